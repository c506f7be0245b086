"""A label for exact values: it wraps anywhere, and what is copied from it is the text as it was given."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QClipboard,
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QLabel, QMenu, QWidget

from studio.ui.widgets.naming import set_role

_BREAK = "\u200b"
_LONGEST_WORD = 18
_NARROWEST = 8


class ValueLabel(QLabel):
    """Shows a value of any length within whatever width there is; a QLabel breaks at spaces only.

    A long word, such as a path or a function's full name, breaks after its dots and bars where it can
    and within a name where it must. The mouse selects; Ctrl+C and the menu copy.
    """

    def __init__(self, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = QTextDocument(self)
        self._document.setDocumentMargin(0)
        self._document.setUndoRedoEnabled(False)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._document.setDefaultTextOption(option)
        self._chosen = QTextCursor(self._document)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        if role:
            set_role(self, role)

    def chosen_text(self) -> str:
        """What is selected, with the characters of the value and no others."""
        return self._chosen.selectedText().replace("\u2029", "\n").replace(_BREAK, "")

    def choose_all(self) -> None:
        """Select the whole value."""
        self._chosen.select(QTextCursor.SelectionType.Document)
        self.update()

    def copy(self) -> None:
        """Put what is selected, or all where nothing is, on the clipboard."""
        QGuiApplication.clipboard().setText(self.chosen_text() or self.text())

    def setText(self, text: str) -> None:
        if text == self.text():
            return
        self._document.setPlainText(_breakable(text))
        self._chosen = QTextCursor(self._document)
        super().setText(text)

    def heightForWidth(self, width: int) -> int:
        if not self.wordWrap():
            return super().heightForWidth(width)
        margins = self.contentsMargins()
        self._lay_out(width - margins.left() - margins.right())
        return math.ceil(self._document.size().height()) + margins.top() + margins.bottom()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width(), self.heightForWidth(hint.width())) if self.wordWrap() else hint

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        narrowest = _NARROWEST * self.fontMetrics().averageCharWidth()
        return QSize(min(hint.width(), narrowest), hint.height()) if self.wordWrap() else hint

    def paintEvent(self, event: QPaintEvent) -> None:
        area = self._text_area()
        context = QAbstractTextDocumentLayout.PaintContext()
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Text, palette.color(self.foregroundRole()))
        context.palette = palette
        if self._chosen.hasSelection():
            selection = QAbstractTextDocumentLayout.Selection()
            selection.cursor = self._chosen
            selection.format.setBackground(palette.highlight())
            selection.format.setForeground(palette.highlightedText())
            context.selections = [selection]
        painter = QPainter(self)
        painter.translate(area.topLeft())
        self._document.documentLayout().draw(painter, context)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._reach(event.position(), QTextCursor.MoveMode.MoveAnchor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._reach(event.position(), QTextCursor.MoveMode.KeepAnchor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard.supportsSelection() and self._chosen.hasSelection():
            clipboard.setText(self.chosen_text(), QClipboard.Mode.Selection)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._chosen.select(QTextCursor.SelectionType.WordUnderCursor)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.choose_all()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._chosen.clearSelection()
            self.update()
        super().focusOutEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy", self.copy)
        menu.addAction("Select all", self.choose_all)
        menu.popup(event.globalPos())

    def _lay_out(self, width: float) -> None:
        if self._document.defaultFont() != self.font():
            self._document.setDefaultFont(self.font())
        self._document.setTextWidth(max(width, 1) if self.wordWrap() else -1)

    def _text_area(self) -> QRectF:
        """Where the text lies, laid out for the width that there is."""
        area = QRectF(self.contentsRect())
        self._lay_out(area.width())
        if not self.alignment() & Qt.AlignmentFlag.AlignTop:
            area.setTop(area.top() + max(0.0, (area.height() - self._document.size().height()) / 2))
        return area

    def _reach(self, point: QPointF, mode: QTextCursor.MoveMode) -> None:
        inside = point - self._text_area().topLeft()
        place = self._document.documentLayout().hitTest(inside, Qt.HitTestAccuracy.FuzzyHit)
        self._chosen.setPosition(max(place, 0), mode)
        self.update()


def _breakable(text: str) -> str:
    """The text as it is laid out: a long word may break after its dots and bars."""
    words = [re.sub(r"([./_])", rf"\1{_BREAK}", w) if len(w) > _LONGEST_WORD else w for w in text.split(" ")]
    return " ".join(words)
