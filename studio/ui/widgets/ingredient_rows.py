"""The rows of a list of ingredients: name, what it is told, and at the right what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDropEvent, QFont, QFontMetrics, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.ui.theme.theme import Theme

ROW_HEIGHT = 28
_ROWS_IN_SIGHT = 12
_ROW = Qt.ItemDataRole.UserRole
_PLACE = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Row:
    """One row: `error` is why it does not fit, `errors` what is wrong with single values."""

    name: str
    note: str = ""
    shape: str = ""
    count: str = ""
    error: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_wrong(self) -> bool:
        """Whether something is wrong here."""
        return bool(self.error or self.errors)

    def spoken(self) -> str:
        """The row as a sentence."""
        parts = [self.name, self.note, f"gives {self.shape}" if self.shape else ""]
        parts += [f"{self.count} parameters" if self.count else "", self.error, *self.errors.values()]
        return ", ".join(part for part in parts if part)


class RowsView(QListWidget):
    """Rows that are walked with the arrow keys, and moved with Alt and an arrow key, or by dragging."""

    moved = Signal(int, int)
    remove_asked = Signal()
    undo_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(_Painter(theme, self))
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme.changed.connect(self.viewport().update)

    def show_rows(self, rows: list[Row]) -> None:
        """Show these rows; the selected place stays."""
        place = self.currentRow()
        while self.count() > len(rows):
            self.takeItem(self.count() - 1)
        while self.count() < len(rows):
            self.addItem(QListWidgetItem())
        for index, row in enumerate(rows):
            item = self.item(index)
            item.setData(_PLACE, index)
            if item.data(_ROW) != row:
                item.setData(_ROW, row)
                item.setText(row.name)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, row.spoken())
                item.setToolTip(row.error or "\n".join(row.errors.values()) or f"{row.name} {row.note}".strip())
        self.setFixedHeight(ROW_HEIGHT * min(max(1, len(rows)), _ROWS_IN_SIGHT) + 4)
        self.setVisible(bool(rows))
        if rows:
            self.setCurrentRow(min(max(place, 0), len(rows) - 1))

    def dropEvent(self, event: QDropEvent) -> None:
        held = self.currentItem().data(_PLACE) if self.currentItem() is not None else None
        super().dropEvent(event)
        order = [self.item(index).data(_PLACE) for index in range(self.count())]
        if held is not None and held in order and order.index(held) != held:
            self.moved.emit(held, order.index(held))

    def event(self, event: QEvent) -> bool:
        # The window has actions with these keys too; here they mean the list.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._is_ours(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        place = self.currentRow()
        if not self._is_ours(event):
            super().keyPressEvent(event)
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo_asked.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_asked.emit()
        else:
            other = place + (1 if event.key() == Qt.Key.Key_Down else -1)
            if 0 <= other < self.count():
                self.moved.emit(place, other)

    @staticmethod
    def _is_ours(event: QKeyEvent) -> bool:
        is_arrow = event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)
        is_move = is_arrow and bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        is_removal = event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
        return is_move or is_removal or event.matches(QKeySequence.StandardKey.Undo)


class _Painter(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(_ROW)
        if row is None:
            return
        theme = self._theme
        painter.save()
        area: QRect = option.rect.adjusted(1, 1, -1, -1)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_selected or row.is_wrong:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("bad_wash" if row.is_wrong else "selected"))
            painter.drawRoundedRect(area, 5, 5)
        if is_selected:
            painter.setBrush(theme.color("bad" if row.is_wrong else "muted"))
            painter.drawRoundedRect(QRect(area.left(), area.top() + 5, 3, area.height() - 10), 1, 1)
        inside = area.adjusted(10, 0, -8, 0)
        if row.is_wrong:
            theme.icon("triangle-alert", "bad").paint(
                painter, QRect(inside.left(), inside.center().y() - 7, 14, 14)
            )
            inside.setLeft(inside.left() + 20)
        small = QFont(option.font)
        small.setPixelSize(12)
        right = self._draw_right(painter, inside, row, small)
        inside.setRight(right)
        painter.setFont(option.font)
        metrics = QFontMetrics(option.font)
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, inside.width())
        self._draw(painter, inside, name, theme.color("bad" if row.is_wrong else "text"))
        inside.setLeft(inside.left() + metrics.horizontalAdvance(name) + 8)
        if inside.width() > 18:
            painter.setFont(small)
            note = QFontMetrics(small).elidedText(row.note, Qt.TextElideMode.ElideRight, inside.width())
            self._draw(painter, inside, note, theme.color("muted"))
        painter.restore()

    def _draw_right(self, painter: QPainter, inside: QRect, row: Row, font: QFont) -> int:
        """Draw shape and count; returns where they begin."""
        painter.setFont(font)
        right = inside.right()
        for text, color in ((row.count, "faint"), (row.shape, "muted")):
            if text:
                width = QFontMetrics(font).horizontalAdvance(text)
                place = QRect(right - width, inside.top(), width + 1, inside.height())
                self._draw(painter, place, text, self._theme.color(color))
                right -= width + 10
        return right

    @staticmethod
    def _draw(painter: QPainter, place: QRect, text: str, color: QColor) -> None:
        painter.setPen(color)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
