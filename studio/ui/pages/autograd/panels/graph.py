"""The middle: the graph, which pass of it, and the timeline below."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSpinBox, QStackedWidget, QVBoxLayout, QWidget

from studio.bridge.jobs import Job, JobHost
from studio.spec.events import Event, Pictured
from studio.ui.pages.autograd.presenter import AutogradPresenter
from studio.ui.pages.autograd.view_state import PassView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.graph_items import CARD_HEIGHT, CARD_WIDTH, CardFace
from studio.ui.widgets.graph_view import GraphView
from studio.ui.widgets.layered_layout import Layout, LayoutRequest, layered
from studio.ui.widgets.layout import label
from studio.ui.widgets.naming import named, set_role
from studio.ui.widgets.timeline import Timeline

_AT_ONCE = 100
"""Cards and edges together that are laid out between two frames, in less than 8 ms; more take a job."""
_MOST = 3_000


class GraphPanel(QWidget):
    """Draws the pass that the presenter looks at, at its moment."""

    def __init__(
        self, presenter: AutogradPresenter, theme: Theme, host: JobHost, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._presenter = presenter
        self._host = host
        self._job: Job | None = None
        self._laid_out: PassView | None = None
        self.graph = GraphView(theme, "autograd.graph", "Graph of the snippet")
        self.graph.setAcceptDrops(False)
        self.timeline = Timeline(theme, "autograd.timeline")
        self.pass_box = named(QSpinBox(), "autograd.pass", "Pass that is shown")
        self.pass_box.setPrefix("Pass ")
        self.pass_box.setFixedWidth(160)
        self.pass_box.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._count = label("", "muted")
        self._fit = Button(
            theme,
            "",
            "autograd.fit",
            role="quiet",
            icon="maximize",
            accessible_name="Fit",
            tool_tip="Show all (0)",
        )
        self._title = label("", "title", wrap=True)
        self._text = label("", "muted", wrap=True)
        self._run = Button(theme, "Run the snippet", "autograd.run_first", icon="play")
        self._build()
        self._fit.clicked.connect(self.graph.fit)
        self._run.clicked.connect(presenter.run)
        self.graph.chosen.connect(presenter.select)
        self.timeline.moved.connect(presenter.move_to)
        self.pass_box.valueChanged.connect(self._on_pass_chosen)
        presenter.recorded.connect(self._on_recorded)
        presenter.moved.connect(self._on_moved)
        presenter.changed.connect(self._on_changed)
        self._on_recorded()

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(14, 8, 8, 0)
        top.addWidget(self.pass_box)
        top.addSpacing(8)
        top.addWidget(self._count)
        top.addStretch(1)
        top.addWidget(self._fit)
        drawn = QWidget()
        inner = QVBoxLayout(drawn)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addLayout(top)
        inner.addWidget(self.graph, 1)
        empty = QWidget()
        column = QVBoxLayout(empty)
        column.setContentsMargins(60, 40, 60, 40)
        column.addStretch(1)
        for part in (self._title, self._text):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(part)
        column.addSpacing(8)
        column.addWidget(self._run, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self._stack = QStackedWidget()
        self._stack.addWidget(empty)
        self._stack.addWidget(drawn)
        bar = set_role(QFrame(), "panel")
        QVBoxLayout(bar).addWidget(self.timeline)
        bar.layout().setContentsMargins(0, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._stack, 1)
        layout.addWidget(set_role(QFrame(), "line"))
        layout.addWidget(bar)

    def _on_recorded(self) -> None:
        view = self._presenter.view
        self._show_passes()
        moments = view.pass_.moments if view is not None else ()
        self.timeline.set_moments([moment.phase for moment in moments], [moment.label for moment in moments])
        self._laid_out = None
        self._forget_job()
        if view is None or not view.nodes or len(view.nodes) > _MOST:
            self._stack.setCurrentIndex(0)
            self._show_empty()
            return
        sizes = tuple((CARD_WIDTH, CARD_HEIGHT) for _ in view.nodes)
        rank = {node.index: place for place, node in enumerate(view.nodes)}
        edges = tuple((rank[edge.source], rank[edge.target]) for edge in view.edges)
        if len(sizes) + len(edges) <= _AT_ONCE:
            self._draw(view, layered(sizes, edges))
            return
        if self._host.is_closing:
            return
        self._job = self._host.start("layout", LayoutRequest(sizes, edges))
        self._job.received.connect(self._on_laid_out)

    def _draw(self, view: PassView, layout: Layout) -> None:
        self._laid_out = view
        edges = [(edge.source, edge.target) for edge in view.edges]
        self.graph.set_graph(self._faces(view), edges, layout)
        self._stack.setCurrentIndex(1)
        self._on_moved()

    def _faces(self, view: PassView) -> dict[int, CardFace]:
        position = self._presenter.position
        moment = view.moment(position)
        results = {node.name for node in view.nodes if node.kind == "result"}
        faces = {}
        for node in view.nodes:
            state = view.card(node, position)
            faces[node.index] = CardFace(
                node.kind,
                node.title,
                node.name if node.kind == "operation" and node.name not in results else "",
                state.value,
                state.gradient if state.exists else "",
                state.exists,
                state.is_at_work,
                moment.phase if moment is not None else "forward",
            )
        return faces

    def _on_moved(self) -> None:
        view, position = self._presenter.view, self._presenter.position
        moment = self._presenter.moment
        self.timeline.set_position(position, moment.sentence if moment is not None else "")
        if view is None or view is not self._laid_out:
            return
        number = {edge: index for index, edge in enumerate(view.edges)}
        work = {number[edge]: (state.phase, state.text) for edge, state in view.edges_at_work(position)}
        self.graph.set_faces(self._faces(view), work)
        self.graph.choose(self._presenter.selected)

    def _show_passes(self) -> None:
        recording, view = self._presenter.recording, self._presenter.view
        count = len(recording.passes) if recording is not None else 0
        blocker = QSignalBlocker(self.pass_box)
        self.pass_box.setRange(1, max(count, 1))
        self.pass_box.setSuffix(f" of {count}")
        self.pass_box.setValue(view.number + 1 if view is not None else 1)
        del blocker
        self.pass_box.setVisible(count > 1)
        if view is not None:
            steps = "forward and back" if view.pass_.has_backward else "forward only"
            self._count.setText(f"{len(view.nodes):,} cards, {steps}")

    def _show_empty(self) -> None:
        recording, view = self._presenter.recording, self._presenter.view
        if recording is None:
            self._title.setText("The graph appears here")
            self._text.setText(
                "Run the snippet: each operation becomes a card with its value, and the gradients flow back "
                "through the cards. Then step through it with the timeline below."
            )
        elif view is not None and len(view.nodes) > _MOST:
            self._title.setText(f"The graph has {len(view.nodes):,} cards")
            self._text.setText(
                f"Up to {_MOST:,} are drawn. The timeline and the values are there; use a smaller model to see it."
            )
        elif recording.error is not None and not recording.operations:
            self._title.setText("Nothing was recorded")
            self._text.setText("The snippet ended before PyTorch did anything; the message at the left says why.")
        else:
            self._title.setText("There is no graph")
            self._text.setText(
                "PyTorch keeps a graph only for tensors that require a gradient. "
                "Make one with requires_grad=True and run again."
            )
        self._run.setVisible(recording is None)

    def _on_pass_chosen(self, number: int) -> None:
        self._presenter.choose_pass(number - 1)

    def _on_changed(self) -> None:
        self._run.setEnabled(self._presenter.state == "idle")

    def _on_laid_out(self, events: list[Event]) -> None:
        view = self._presenter.view
        if self.sender() is not self._job or view is None:
            return
        for event in events:
            if isinstance(event, Pictured):
                self._job = None
                self._draw(view, event.data["layout"])

    def _forget_job(self) -> None:
        if self._job is not None:
            self._job.abandon()
            self._job = None
