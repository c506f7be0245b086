"""The table of exported files: two lines a cell, so that seven facts fit without being tight."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from studio.spec.exports import ExportedFile, FormatName, format_info
from studio.ui.pages.exporting.wording import (
    NOTHING,
    difference_text,
    latency_text,
    share_text,
    size_text,
    speed_text,
    verdict_words,
)
from studio.ui.theme.theme import Theme
from studio.ui.widgets.naming import named

_ROW_HEIGHT = 52
_HEADER_HEIGHT = 36
_PADDING = 12
_BELOW = Qt.ItemDataRole.UserRole + 1
_COLOR = Qt.ItemDataRole.UserRole + 2
_EXACT = Qt.ItemDataRole.UserRole + 3

_COLUMNS = (("Format", 0), ("Size", 76), ("Verdict", 176), ("Difference", 92), ("Top-1", 66), ("Latency", 94))
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class ResultRow:
    """A format that was asked for: its file once there is one, and what goes on until then."""

    name: FormatName
    file: ExportedFile | None = None
    stage: str = "waiting"


@dataclass(frozen=True)
class _Cell:
    text: str
    below: str = ""
    color: str = "text"
    is_exact: bool = False


class ResultsModel(QAbstractTableModel):
    """The rows as Qt reads them; a screen reader gets both lines of a cell."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.rows: tuple[ResultRow, ...] = ()

    def set_rows(self, rows: tuple[ResultRow, ...]) -> None:
        """Show these rows; the selection stays where the formats are the same."""
        if rows == self.rows:
            return
        same = [row.name for row in rows] == [row.name for row in self.rows]
        if not same:
            self.beginResetModel()
        self.rows = rows
        if same:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(_COLUMNS) - 1))
        else:
            self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own default)
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own default)
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _COLUMNS[section][0]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        cell = _cells(self.rows[index.row()])[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{_COLUMNS[index.column()][0]}: {cell.text} {cell.below}".strip()
        if role == Qt.ItemDataRole.ToolTipRole:
            file = self.rows[index.row()].file
            return (file.error.line() if file.error else file.path) if file else ""
        return {
            Qt.ItemDataRole.DisplayRole: cell.text,
            _BELOW: cell.below,
            _COLOR: cell.color,
            _EXACT: cell.is_exact,
        }.get(role)  # type: ignore[call-overload]  # a role is an int here


def _cells(row: ResultRow) -> tuple[_Cell, ...]:
    """The cells of a row, in the order of the columns."""
    info, file, nothing = format_info(row.name), row.file, _Cell("")
    if file is None:
        stage = _Cell(row.stage.capitalize(), "", "muted")
        return (_Cell(info.title, info.hint), nothing, stage, nothing, nothing, nothing)
    words = verdict_words(file.verdict)
    return (
        _Cell(info.title, Path(file.path).name if file.path else info.hint),
        _Cell(size_text(file.bytes), f"opset {file.opset}" if file.opset else "", is_exact=True),
        _Cell(words.text, words.below, words.color),
        _Cell(difference_text(file.max_rel_diff), "of the largest" if file.max_rel_diff else "", is_exact=True),
        _Cell(share_text(file.top1_agreement), "agree" if file.top1_agreement else "", is_exact=True),
        _Cell(latency_text(file.latency_ms), speed_text(file), is_exact=True),
    )


class TwoLineDelegate(QStyledItemDelegate):
    """Paints a cell's value and, smaller below, what it is compared with."""

    def __init__(self, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(60, _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        painter.save()
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_selected:
            painter.fillRect(option.rect, self._theme.color("selected"))
        if index.row() < index.model().rowCount() - 1:
            painter.setPen(self._theme.color("grid"))
            painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        text, below = str(index.data()), str(index.data(_BELOW) or "")
        room = QRectF(option.rect).adjusted(_PADDING, 0, -6, 0)
        upper = QFont(option.font)
        if index.column() == 0:
            upper.setWeight(QFont.Weight.DemiBold)
        elif index.data(_EXACT):
            upper.setFamily("JetBrains Mono")
            upper.setPixelSize(12)
        lower = QFont(option.font)
        lower.setPixelSize(11)
        color = "faint" if text == NOTHING else str(index.data(_COLOR))
        top = room.adjusted(0, 8, 0, 0) if below else room
        align = Qt.AlignmentFlag.AlignTop if below else Qt.AlignmentFlag.AlignVCenter
        painter.setFont(upper)
        painter.setPen(self._theme.color(color))
        _write(painter, top, align, text)
        if below:
            under = "muted" if is_selected else "faint"
            painter.setFont(lower)
            painter.setPen(self._theme.color(under))
            _write(painter, room.adjusted(0, 27, 0, 0), Qt.AlignmentFlag.AlignTop, below)
        painter.restore()


def _write(painter: QPainter, where: QRectF, align: Qt.AlignmentFlag, text: str) -> None:
    short = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideMiddle, where.width())
    painter.drawText(where, int(Qt.AlignmentFlag.AlignLeft | align), short)


class ResultsTable(QTableView):
    """The table; as high as its rows, so that the chart below takes what is left."""

    format_selected = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        named(self, "export.results", "Exported files")
        self._model = ResultsModel(self)
        self.setModel(self._model)
        self.setItemDelegate(TwoLineDelegate(theme, self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setFixedHeight(_HEADER_HEIGHT)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(60)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, (_, width) in enumerate(_COLUMNS):
            if width:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
                self.setColumnWidth(column, width)
        self.selectionModel().currentRowChanged.connect(self._on_row_changed)
        theme.changed.connect(self.viewport().update)

    def show_rows(self, rows: tuple[ResultRow, ...], selected: FormatName | None) -> None:
        """Show these rows and select one."""
        self._model.set_rows(rows)
        self.setFixedHeight(_HEADER_HEIGHT + _ROW_HEIGHT * max(1, len(rows)) + 2 * self.frameWidth() + 2)
        names = [row.name for row in rows]
        if selected in names and self.currentIndex().row() != names.index(selected):
            self.selectRow(names.index(selected))

    def _on_row_changed(self, current: QModelIndex) -> None:
        if current.isValid() and current.row() < len(self._model.rows):
            self.format_selected.emit(self._model.rows[current.row()].name)
