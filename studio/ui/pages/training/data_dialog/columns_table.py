"""The columns of a table: what each is used for, which can be changed in place, and what it holds."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from studio.spec.data_check import ColumnSummary
from studio.ui.theme.theme import Theme
from studio.ui.widgets.form import ChoiceBox
from studio.ui.widgets.naming import named
from studio.ui.widgets.tool_tip import plain_tip

Index = QModelIndex | QPersistentModelIndex

CHOSEN = "as you chose"
ROLES = {
    "target": "Target",
    "feature": "Feature",
    "left out": "Left out",
    "group": "Group",
    "time": "Time",
    "split": "Train or test",
}
_TEXT_ROLES = {"target": "Target", "text": "Text", "left out": "Left out"}
_TITLES = ("Column", "Used as", "Holds", "Values", "Missing")
ROLE = 1
_VALUES = 3
_HEIGHT = 32
_WIDTHS = (170, 118, 98, 0, 74)


class ColumnsModel(QAbstractTableModel):
    """One row a column of the file. Setting the role tells whoever listens; the answer comes from there."""

    role_asked = Signal(str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._columns: tuple[ColumnSummary, ...] = ()
        self.roles = ROLES
        theme.changed.connect(self._on_theme_changed)

    def show_columns(self, columns: Sequence[ColumnSummary], *, are_texts: bool) -> None:
        """Show these columns; where their names stay, so does the keyboard's place."""
        self.roles = _TEXT_ROLES if are_texts else ROLES
        same = [one.name for one in columns] == [one.name for one in self._columns]
        if not same:
            self.beginResetModel()
        self._columns = tuple(columns)
        if not same:
            self.endResetModel()
        elif columns:
            self.dataChanged.emit(self.index(0, 0), self.index(len(columns) - 1, len(_TITLES) - 1))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._columns)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(_TITLES)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        can_change = index.column() == ROLE and self._columns[index.row()].role != "target"
        return flags | Qt.ItemFlag.ItemIsEditable if can_change else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        column = self._columns[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(column, index.column())
        if role == Qt.ItemDataRole.EditRole:
            return column.role
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(column, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._hint(column, index.column()))
        if role == Qt.ItemDataRole.DecorationRole and index.flags() & Qt.ItemFlag.ItemIsEditable:
            return self._theme.icon("chevron-down", "muted")
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or index.column() != ROLE:
            return False
        self.role_asked.emit(self._columns[index.row()].name, str(value))
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _text(self, column: ColumnSummary, at: int) -> str:
        # Why a column is left out says more than what it holds.
        values = column.reason if column.role == "left out" and column.reason != CHOSEN else column.detail
        texts = (
            column.name,
            self.roles.get(column.role, column.role),
            column.kind,
            values,
            f"{column.missing:,}" if column.missing else "–",
        )
        return texts[at]

    def _hint(self, column: ColumnSummary, at: int) -> str:
        if at == ROLE and column.role == "target":
            return "This is what is told. Make another column the target to use this one otherwise."
        if at == ROLE:
            return "Press Enter to use the column for something else."
        return self._text(column, at)

    def _colour(self, column: ColumnSummary, at: int) -> QColor:
        if column.role == "left out":
            return self._theme.color("faint")
        if at == ROLE and column.role == "target":
            return self._theme.color("accent")
        return self._theme.color("warn" if at == len(_TITLES) - 1 and column.missing else "text")

    def _on_theme_changed(self) -> None:
        if self._columns:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._columns) - 1, len(_TITLES) - 1))


class RoleDelegate(QStyledItemDelegate):
    """A list of roles where the role stands; it opens at once."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        box = named(ChoiceBox(parent), "train.data.role", "What the column is used for")
        model = index.model()
        assert isinstance(model, ColumnsModel)
        for role, title in model.roles.items():
            box.addItem(title, role)
        box.activated.connect(self._on_activated)
        return box

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, QComboBox)
        editor.setCurrentIndex(editor.findData(index.data(Qt.ItemDataRole.EditRole)))
        editor.showPopup()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        assert isinstance(editor, QComboBox)
        if editor.currentData() != index.data(Qt.ItemDataRole.EditRole):
            model.setData(index, editor.currentData())

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.decorationPosition = QStyleOptionViewItem.Position.Right

    def _on_activated(self) -> None:
        editor = self.sender()
        assert isinstance(editor, QWidget)
        self.commitData.emit(editor)
        self.closeEditor.emit(editor)


class ColumnsTable(QTableView):
    """The columns; Enter, F2 or a click on a role changes it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "train.data.columns", "Columns of the file, and what each is used for")
        self.columns = ColumnsModel(theme, self)
        self.setModel(self.columns)
        self.setItemDelegateForColumn(ROLE, RoleDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # long names often differ at their ends
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_HEIGHT)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        for index, width in enumerate(_WIDTHS):
            if width:
                self.setColumnWidth(index, width)
        header.setSectionResizeMode(_VALUES, QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(self._on_clicked)
        self.activated.connect(self._on_activated)

    def _on_clicked(self, index: QModelIndex) -> None:
        if index.column() == ROLE:
            self._on_activated(index)

    def _on_activated(self, index: QModelIndex) -> None:
        place = self.columns.index(index.row(), ROLE)
        if place.flags() & Qt.ItemFlag.ItemIsEditable:
            self.edit(place)
