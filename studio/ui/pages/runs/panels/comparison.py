"""Curves of the selected runs over each other, and the keys in which their specifications differ."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.runs.details import differences
from studio.runs.index_job import RunRead
from studio.spec.events import Series
from studio.spec.quantities import is_share, measure, metric_title
from studio.ui.pages.runs.presenter import COMPARED_AT_MOST, RunsPresenter
from studio.ui.pages.runs.wording import short_name, value_text
from studio.ui.theme.theme import Theme
from studio.ui.widgets.curve_plot import CurvePlot
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.naming import named, set_role
from studio.ui.widgets.tool_tip import plain_tip

_WIDEST_COLUMN = 150


class ComparisonPanel(QWidget):
    """Shows one run's curves, or those of several with their differences."""

    def __init__(self, presenter: RunsPresenter, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self._presenter = presenter
        self._curve = ""
        self._drawn: dict[str, tuple[Series, int, bool]] = {}
        self._drawn_curve = ""
        self._wished = ""
        self.setObjectName("runs.comparison")
        self.choice = named(QComboBox(), "runs.curve", "Curve that is shown")
        self.choice.setMinimumContentsLength(14)
        self.choice.setPlaceholderText("none yet")
        self.choice.activated.connect(self._on_chosen)
        self.plot = CurvePlot(theme, "Curve")
        self.plot.setObjectName("runs.plot")
        self.plot.set_empty_text("Select a run to see its curves, several to compare them.")
        self._heading = label("Differences", "strong")
        self._note = label("", "faint")
        self.table = self._make_table()
        self._card = self._make_card()
        top = row(label("Curve", "muted"), self.choice, None, spacing=10)
        plots = QVBoxLayout()
        plots.setSpacing(8)
        plots.addWidget(top)
        plots.addWidget(self.plot, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(plots, 1)
        layout.addWidget(self._card, 1)
        presenter.selection_changed.connect(self.render)
        presenter.details_changed.connect(self.render)
        self.render()

    def render(self) -> None:
        """Draw what the presenter knows."""
        runs = self._presenter.compared
        self._render_choice(runs)
        self._render_plot(runs)
        self._card.setVisible(len(self._presenter.selected) > 1)
        if len(runs) > 1:
            self._render_differences(runs)

    def focus_differences(self) -> None:
        """Put the keyboard on the differences."""
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _render_choice(self, runs: list[RunRead]) -> None:
        names = list(dict.fromkeys(name for run in runs for name in sorted(run.curves)))
        # What the user chose, else the curve by which the runs are judged, else any.
        wishes = [self._wished, *(run.details.row.metric for run in runs), *names]
        self._curve = next((name for name in wishes if name in names), "")
        if [self.choice.itemData(index) for index in range(self.choice.count())] != names:
            self.choice.clear()
            for name in names:
                self.choice.addItem(metric_title(name).capitalize(), name)
        self.choice.setCurrentIndex(self.choice.findData(self._curve))
        self.choice.setEnabled(bool(names))

    def _render_plot(self, runs: list[RunRead]) -> None:
        """A run at work is read again and again: what stays of its curves keeps zoom and cursor."""
        self.plot.set_title(
            metric_title(self._curve).capitalize() if runs else "Curve", "%" if is_share(self._curve) else ""
        )
        wanted: dict[str, tuple[Series, int, bool]] = {}
        for index, run in enumerate(runs):
            series = run.curves.get(self._curve)
            if series is not None and len(series):
                name = run.details.row.id if len(runs) == 1 else short_name(run.details.row.id)
                wanted[name] = (series, index, len(runs) == 1)
        if self._curve != self._drawn_curve or not wanted.keys() & self._drawn.keys():
            self.plot.clear()
            self._drawn = {}
        for name in self._drawn.keys() - wanted.keys():
            self.plot.remove(name)
        for name, (series, index, is_alone) in wanted.items():
            if self._drawn.get(name) != wanted[name]:
                self.plot.set_curve(name, series.steps, series.values, index, solid=is_alone)
        self._drawn, self._drawn_curve = wanted, self._curve
        hidden = len(self._presenter.selected) - COMPARED_AT_MOST
        self.plot.set_note(f"{hidden} more selected" if hidden > 0 else "")

    def _render_differences(self, runs: list[RunRead]) -> None:
        found = differences([run.details.spec for run in runs])
        rows = [run.details.row for run in runs]
        judged = {line.metric for line in rows}
        bests = [measure(line.best, line.metric) for line in rows]
        if len(judged) > 1:
            bests = [f"{best}, {metric_title(line.metric)}" for best, line in zip(bests, rows, strict=True)]
        lines = [(f"best {metric_title(judged.pop())}" if len(judged) == 1 else "best", bests)]
        lines += [(part.key, [value_text(value) for value in part.values]) for part in found]
        self._note.setText("" if found else "same specification")
        self.table.setHeaderLabels(["", *(short_name(run.details.row.id) for run in runs)])
        self.table.clear()
        for key, values in lines:
            item = QTreeWidgetItem([key, *values])
            for column, value in enumerate(values, start=1):
                item.setToolTip(column, plain_tip(value))
            self.table.addTopLevelItem(item)
        for column in range(len(runs) + 1):
            self.table.resizeColumnToContents(column)
            self.table.setColumnWidth(column, min(self.table.columnWidth(column), _WIDEST_COLUMN))

    def _on_chosen(self) -> None:
        self._curve = self._wished = str(self.choice.currentData() or "")
        self._render_plot(self._presenter.compared)

    def _make_table(self) -> QTreeWidget:
        table = named(QTreeWidget(), "runs.differences", "Keys in which the selected runs differ")
        set_role(table, "plain")
        table.setRootIsDecorated(False)
        table.setUniformRowHeights(True)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.header().setMinimumSectionSize(56)
        table.header().setStretchLastSection(False)
        return table

    def _make_card(self) -> QFrame:
        card = set_role(QFrame(), "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(12, 10, 6, 6)
        column.setSpacing(6)
        column.addWidget(row(self._heading, None, self._note))
        column.addWidget(self.table, 1)
        return card
