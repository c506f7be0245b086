"""The table of runs: thousands of rows, sorted and filtered by the presenter."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QItemSelection, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from studio.runs.row import RunRow
from studio.ui.pages.runs.presenter import RunsPresenter
from studio.ui.pages.runs.wording import COLUMNS, STATUS_LOOKS, Column
from studio.ui.theme.theme import Theme
from studio.ui.widgets.naming import named
from studio.ui.widgets.tool_tip import plain_tip

_STATUS = next(index for index, column in enumerate(COLUMNS) if column.title == "Status")
_ROW_HEIGHT = 36


class RunsModel(QAbstractTableModel):
    """The rows that the presenter shows."""

    def __init__(self, presenter: RunsPresenter, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self._presenter = presenter
        self._theme = theme
        self._rows: list[RunRow] = []
        self._positions: dict[str, int] = {}
        self._icons: dict[str, QIcon] = {}
        self._strong = QFont()
        self._strong.setWeight(QFont.Weight.DemiBold)
        self._tellers = {
            Qt.ItemDataRole.DisplayRole: self._text,
            Qt.ItemDataRole.TextAlignmentRole: self._side,
            Qt.ItemDataRole.DecorationRole: self._icon,
            Qt.ItemDataRole.ForegroundRole: self._colour,
            Qt.ItemDataRole.FontRole: self._font,
            Qt.ItemDataRole.ToolTipRole: self._tool_tip,
        }
        theme.changed.connect(self._on_theme_changed)

    def take_rows(self) -> bool:
        """Show what the presenter shows now; whether rows came, went or moved."""
        rows = self._presenter.shown
        if [row.id for row in rows] == [row.id for row in self._rows]:
            changed = [index for index, row in enumerate(rows) if row != self._rows[index]]
            self._rows = rows
            for index in changed:
                self.dataChanged.emit(self.index(index, 0), self.index(index, len(COLUMNS) - 1))
            return False
        self.beginResetModel()
        self._rows = rows
        self._positions = {row.id: index for index, row in enumerate(rows)}
        self.endResetModel()
        return True

    def run_id(self, row: int) -> str:
        """The ID of the run in a row."""
        return self._rows[row].id

    def position(self, run_id: str) -> int | None:
        """The row of a run."""
        return self._positions.get(run_id)

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        teller = self._tellers.get(role)
        return teller(self._rows[index.row()], index.column()) if teller is not None else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        return _alignment(COLUMNS[section]) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _text(self, row: RunRow, column: int) -> str:
        return COLUMNS[column].text(row)

    def _side(self, row: RunRow, column: int) -> int:
        return _alignment(COLUMNS[column])

    def _colour(self, row: RunRow, column: int) -> QColor | None:
        if column == _STATUS:
            return self._theme.color(STATUS_LOOKS[row.status].colour)
        return None if column == 0 or COLUMNS[column].is_number else self._theme.color("muted")

    def _font(self, row: RunRow, column: int) -> QFont | None:
        return self._strong if column == 0 else None

    def _tool_tip(self, row: RunRow, column: int) -> str | None:
        return plain_tip(row.problem) or (STATUS_LOOKS[row.status].meaning if column == _STATUS else None)

    def _icon(self, row: RunRow, column: int) -> QIcon | None:
        if column != _STATUS:
            return None
        if row.status not in self._icons:
            look = STATUS_LOOKS[row.status]
            self._icons[row.status] = self._theme.icon(look.icon, look.colour)
        return self._icons[row.status]

    def _on_theme_changed(self) -> None:
        self._icons.clear()
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(COLUMNS) - 1))


def _alignment(column: Column) -> int:
    side = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


class RunsTable(QTableView):
    """Rows of runs; several can be selected. Tells the presenter, and follows it."""

    activated_run = Signal(str)

    def __init__(self, presenter: RunsPresenter, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        named(self, "runs.table", "Runs")
        self._presenter = presenter
        self._is_following = False
        self.rows = RunsModel(presenter, theme, self)
        self.setModel(self.rows)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(56)
        for index, column in enumerate(COLUMNS):
            self.setColumnWidth(index, column.width)
        header.setSortIndicator(presenter.sort_column, Qt.SortOrder.DescendingOrder)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.sortIndicatorChanged.connect(self._on_sorted)
        presenter.listed.connect(self._on_listed)
        presenter.selection_changed.connect(self._follow_selection)
        self.selectionModel().selectionChanged.connect(self._on_selected)
        self.doubleClicked.connect(self._on_double_clicked)

    def selected_ids(self) -> list[str]:
        """The selected runs, from the top."""
        # By ranges, which are whole rows: an index for each of thousands of rows takes its time.
        parts = self.selectionModel().selection()
        rows = {row for part in parts for row in range(part.top(), part.bottom() + 1)}
        return [self.rows.run_id(row) for row in sorted(rows)]

    def _on_sorted(self, column: int, order: Qt.SortOrder) -> None:
        self._presenter.sort_by(column, order == Qt.SortOrder.DescendingOrder)

    def _on_listed(self) -> None:
        # A reset takes the selection away; it is put back before anyone is told.
        self._is_following = True
        moved = self.rows.take_rows()
        self._is_following = False
        if moved:
            self._follow_selection()

    def _follow_selection(self) -> None:
        shown = self.selected_ids()
        if shown and set(shown) == set(self._presenter.selected):
            return
        self._is_following = True
        selection = QItemSelection()
        positions = [self.rows.position(run_id) for run_id in self._presenter.selected]
        for position in positions:
            if position is not None:
                selection.select(self.rows.index(position, 0), self.rows.index(position, len(COLUMNS) - 1))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        last = positions[-1] if positions else None
        if last is not None:
            self.selectionModel().setCurrentIndex(
                self.rows.index(last, 0), QItemSelectionModel.SelectionFlag.NoUpdate
            )
            self.scrollTo(self.rows.index(last, 0))
        self._is_following = False

    def _on_selected(self) -> None:
        if not self._is_following:
            self._presenter.select(self.selected_ids())

    def _on_double_clicked(self, index: QModelIndex) -> None:
        self.activated_run.emit(self.rows.run_id(index.row()))
