"""The Export tab: choices at the left, files and latencies in the middle, proof at the right."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from studio.spec.errors import ErrorReport
from studio.ui.pages.exporting.choices import takes_weights
from studio.ui.pages.exporting.panels.choices_panel import ChoicesPanel
from studio.ui.pages.exporting.panels.empty_state import EmptyState
from studio.ui.pages.exporting.panels.proof_panel import ProofPanel
from studio.ui.pages.exporting.panels.results_table import ResultRow, ResultsTable
from studio.ui.pages.exporting.presenter import MODEL_SUFFIXES, WEIGHT_SUFFIXES, ExportPresenter
from studio.ui.pages.exporting.wording import latency_bars
from studio.ui.services import Services
from studio.ui.shell.actions import Action
from studio.ui.widgets.bar_chart import BarChart
from studio.ui.widgets.layout import PageFrame, label, row
from studio.ui.widgets.naming import set_role
from studio.ui.widgets.notice import Notice


class ExportingPage(QWidget):
    """Puts the panels together; everything that it knows is in the presenter."""

    title = "Export"
    icon_name = "upload"

    def __init__(self, services: Services, parent: QWidget | None = None):
        super().__init__(parent)
        self._services = services
        self.presenter = ExportPresenter(services.host, services.workspace, self)
        theme = services.theme
        self._notice = Notice(theme, "export.notice")
        self._empty = EmptyState(theme)
        self._table = ResultsTable(theme)
        self._chart = BarChart(theme, "export.latency", "Latency of one sample")
        self._chart_card = self._latency_card()
        self._proof = ProofPanel(services, self.presenter)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(12)
        for part in (self._notice, self._table, self._chart_card, self._empty):
            column.addWidget(part)
        column.setStretchFactor(self._chart_card, 1)
        column.setStretchFactor(self._empty, 1)
        self._frame = PageFrame(
            theme, "export", left=ChoicesPanel(theme, self.presenter), middle=middle, right=self._proof
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._frame)
        self._said = ""
        self._shown_notice: tuple[ErrorReport | None, tuple[str, ...], int] = (None, (), 0)
        self._connect()
        self.render_state()

    def _latency_card(self) -> QFrame:
        card = set_role(QFrame(), "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(0, 10, 0, 4)
        column.setSpacing(4)
        self._measured = label("", "faint")
        heading = row(label("Latency, batch 1", "strong"), None, self._measured, margins=(14, 0, 14, 0))
        column.addWidget(heading)
        column.addWidget(self._chart, 1)
        self._waiting = label("", "muted", wrap=True)
        self._waiting.setContentsMargins(14, 0, 14, 10)
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self._waiting, 1)
        return card

    def _connect(self) -> None:
        self.presenter.changed.connect(self.render_state)
        self._table.format_selected.connect(self.presenter.select)
        self._empty.start.clicked.connect(self._on_start_onnx)
        self._notice.action_chosen.connect(self._on_remedy)
        self._services.open_in_export.connect(self.presenter.set_model)
        self._services.runs_changed.connect(self._on_runs_changed)

    def actions(self) -> list[Action]:
        """What can be done on this page."""
        return [
            Action(
                "export.start",
                "Export and prove",
                "Run",
                self.presenter.start,
                "Ctrl+Return",
                "upload",
                is_enabled=self._can_start,
            ),
            Action(
                "export.stop",
                "Stop the export",
                "Run",
                self.presenter.stop,
                "Ctrl+.",
                "square",
                is_enabled=self._is_running,
            ),
            Action(
                "export.open_folder",
                "Open the folder of the exports",
                "File",
                self._proof.open_folder,
                "Ctrl+Shift+E",
                "folder-open",
            ),
        ]

    def drop_hint(self, paths: list[Path]) -> str:
        """What a drop of these would do here; empty where it would do nothing."""
        if len(paths) != 1:
            return ""
        if paths[0].is_dir():
            return f"Export into {paths[0].name}"
        suffix, name = paths[0].suffix.lower(), paths[0].name
        if suffix in WEIGHT_SUFFIXES and takes_weights(self.presenter.model):
            return f"Export the model with the weights of {name}"
        return f"Export {name}" if suffix in MODEL_SUFFIXES else ""

    def take_drop(self, paths: list[Path]) -> None:
        """Take a folder as the target, a file as the model or as its weights."""
        if not self.drop_hint(paths):
            return
        (self.presenter.set_folder if paths[0].is_dir() else self.presenter.take_file)(str(paths[0]))

    def render_state(self) -> None:
        """Show what the presenter holds."""
        presenter = self.presenter
        rows = tuple(
            ResultRow(name, presenter.files.get(name), presenter.stage_of(name)) for name in presenter.planned
        )
        self._empty.setVisible(not rows)
        self._empty.start.setEnabled(not presenter.blocked)
        self._table.setVisible(bool(rows))
        self._chart_card.setVisible(bool(rows))
        if rows:
            self._table.show_rows(rows, presenter.selected)
        bars = latency_bars(list(presenter.files.values()), presenter.eager_latency_ms)
        if tuple(bars) != self._chart.bars:
            self._chart.set_bars(bars)
        self._chart.setVisible(bool(bars))
        self._measured.setText("medians, in turns, one thread" if bars else "")
        self._waiting.setVisible(not bars)
        self._waiting.setText(presenter.latency_text)
        self._render_notice()
        if presenter.outcome and presenter.outcome != self._said:
            self._services.status(presenter.outcome)
        self._said = presenter.outcome

    def _render_notice(self) -> None:
        presenter = self.presenter
        shown = (presenter.error, presenter.question, presenter.attempts)
        if shown == self._shown_notice:
            return
        self._shown_notice = shown
        if presenter.question:
            names = ", ".join(presenter.question)
            self._notice.show_message(
                "warn",
                f"{names} {'is' if len(presenter.question) == 1 else 'are'} already there.",
                "A file is replaced only once the new one is proven. Or choose another name or folder.",
                name="export.exists",
                action="export.overwrite",
                action_title="Replace",
            )
        elif presenter.error is not None:
            is_about_files = presenter.error.action == "export.overwrite"
            self._notice.show_report(presenter.error, "Replace" if is_about_files else "")
        else:
            self._notice.clear()

    def _can_start(self) -> bool:
        return not self.presenter.is_running and not self.presenter.blocked

    def _is_running(self) -> bool:
        return self.presenter.is_running

    def _on_start_onnx(self) -> None:
        self.presenter.start_only("onnx")

    def _on_remedy(self, action: str) -> None:
        if action == "export.overwrite":
            self.presenter.replace_files()

    def _on_runs_changed(self) -> None:
        if self.isVisible():
            self.presenter.list_runs()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.presenter.list_runs()
