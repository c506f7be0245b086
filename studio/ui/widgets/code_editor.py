"""An editor for a page of Python: line numbers, highlighting, marked lines and a marked error."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from studio.ui.theme.fonts import code_font
from studio.ui.theme.theme import Theme
from studio.ui.widgets.code_highlighter import CodeHighlighter
from studio.ui.widgets.naming import named, set_role

_INDENT = 4
_MARGIN_LEFT = 10
_MARGIN_RIGHT = 14
_BAR = 3
_LONGEST_HIGHLIGHTED = 100_000
"""Characters of a text that is set: to highlight a megabyte holds the window up for seconds."""


class CodeEditor(QPlainTextEdit):
    """Edits Python. Lines count from 1, columns too.

    Tab indents; where that would trap the keyboard, Escape first lets Tab leave the editor.
    """

    edited = Signal()
    line_chosen = Signal(int)
    """The cursor was put on a line by the user."""

    def __init__(
        self, theme: Theme, object_name: str, accessible_name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._mark: tuple[int, int, int, int] | None = None
        self._error_line: int | None = None
        self._is_setting = False
        self._last_line = 1
        self._last_text = ""
        named(self, object_name, accessible_name)
        set_role(self, "code")
        self.setFont(code_font())
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabStopDistance(self.fontMetrics().horizontalAdvance(" ") * _INDENT)
        self._numbers = _LineNumbers(self)
        self._highlighter = CodeHighlighter(theme, self.document())
        self.blockCountChanged.connect(self._on_count_changed)
        self.updateRequest.connect(self._on_update_request)
        self.textChanged.connect(self._on_text_changed)
        self.cursorPositionChanged.connect(self._on_cursor_moved)
        theme.changed.connect(self._on_theme_changed)
        self._on_count_changed()

    def text(self) -> str:
        """All that is in the editor."""
        return self.toPlainText()

    def set_text(self, text: str, *, keep_history: bool = False) -> None:
        """Show another text. With `keep_history` it is an edit that Undo takes back."""
        if text == self.toPlainText():
            return
        self._is_setting = True
        # Detached before, for a text that is set is highlighted whole at once.
        is_long = len(text) > _LONGEST_HIGHLIGHTED
        if is_long != (self._highlighter.document() is None):
            self._highlighter.setDocument(None if is_long else self.document())
        if keep_history:
            self._replace(text)
        else:
            self.setPlainText(text)
        self._is_setting = False

    def mark(self, line: int, column: int, end_line: int, end_column: int) -> None:
        """Mark an expression and its line: what the graph shows now."""
        self._mark = (line, column, end_line, end_column)
        self._show_marks()

    def mark_error(self, line: int | None) -> None:
        """Mark the line where the code failed; None takes the mark away."""
        self._error_line = line
        self._show_marks()
        if line is not None:
            self._show_line(line)

    def clear_mark(self) -> None:
        """Take the mark of the expression away."""
        if self._mark is not None:
            self._mark = None
            self._show_marks()

    @property
    def error_line(self) -> int | None:
        """The line that is marked as failed."""
        return self._error_line

    @property
    def marked_line(self) -> int | None:
        """The line that is marked."""
        return self._mark[0] if self._mark else None

    def number_width(self) -> int:
        """Width of the column of line numbers, in pixels."""
        digits = max(2, len(str(self.blockCount())))
        return _MARGIN_LEFT + self.fontMetrics().horizontalAdvance("9") * digits + _MARGIN_RIGHT

    def paint_numbers(self, event: QPaintEvent) -> None:
        """Draw the line numbers that are in sight."""
        painter = QPainter(self._numbers)
        painter.setFont(self.font())
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        width = self._numbers.width()
        while block.isValid() and top <= event.rect().bottom():
            height = self.blockBoundingRect(block).height()
            line = block.blockNumber() + 1
            if block.isVisible() and top + height >= event.rect().top():
                color = {self._error_line: "bad", self.marked_line: "accent"}.get(line)
                if color is not None:
                    painter.fillRect(
                        QRect(0, int(top), _BAR, self.fontMetrics().height()), self._theme.color(color)
                    )
                painter.setPen(self._theme.color(color or "faint"))
                place = QRect(0, int(top), width - _MARGIN_RIGHT, self.fontMetrics().height())
                painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(line))
            top += height
            block = block.next()
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        inside = self.viewport().geometry()
        width = self.number_width()
        self._numbers.setGeometry(inside.left() - width, inside.top(), width, inside.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.setTabChangesFocus(True)
        elif (event.key() == Qt.Key.Key_Tab and not self.tabChangesFocus() and self._indent(1)) or (
            event.key() == Qt.Key.Key_Backtab and not self.tabChangesFocus() and self._indent(-1)
        ):
            return
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._break_line()
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event) -> None:
        self.setTabChangesFocus(False)
        super().focusInEvent(event)

    def _replace(self, text: str) -> None:
        """Change only the part that differs, so that the cursor and the history survive."""
        old = self.toPlainText()
        start = 0
        while start < min(len(old), len(text)) and old[start] == text[start]:
            start += 1
        end = 0
        while end < min(len(old), len(text)) - start and old[-1 - end] == text[-1 - end]:
            end += 1
        cursor = QTextCursor(self.document())
        cursor.setPosition(_units(old[:start]))
        cursor.setPosition(_units(old[: len(old) - end]), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text[start : len(text) - end])

    def _indent(self, direction: int) -> bool:
        cursor = self.textCursor()
        if direction > 0 and not cursor.hasSelection():
            cursor.insertText(" " * (_INDENT - cursor.positionInBlock() % _INDENT))
            return True
        first = self.document().findBlock(cursor.selectionStart())
        last = self.document().findBlock(max(cursor.selectionStart(), cursor.selectionEnd() - 1))
        cursor.beginEditBlock()
        block = first
        while block.isValid() and block.blockNumber() <= last.blockNumber():
            at = QTextCursor(block)
            if direction > 0:
                at.insertText(" " * _INDENT)
            else:
                spaces = len(block.text()) - len(block.text().lstrip(" "))
                at.movePosition(
                    QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor, min(spaces, _INDENT)
                )
                at.removeSelectedText()
            block = block.next()
        cursor.endEditBlock()
        return True

    def _break_line(self) -> None:
        cursor = self.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        indent = len(before) - len(before.lstrip(" "))
        if before.rstrip().endswith(":"):
            indent += _INDENT
        cursor.insertText("\n" + " " * indent)
        self.ensureCursorVisible()

    def _show_marks(self) -> None:
        marks = []
        if self._mark is not None:
            line, column, end_line, end_column = self._mark
            marks.append(self._line_mark(line, self._theme.color("wash")))
            expression = self._position(line, column), self._position(end_line, end_column)
            if None not in expression:
                marks.append(self._expression_mark(*expression))
        if self._error_line is not None:
            marks.append(self._line_mark(self._error_line, self._theme.color("bad_wash")))
            marks.append(self._error_mark(self._error_line))
        self.setExtraSelections([mark for mark in marks if mark is not None])
        self._numbers.update()

    def _line_mark(self, line: int, color: QColor) -> QTextEdit.ExtraSelection | None:
        block = self.document().findBlockByNumber(line - 1)
        if not block.isValid():
            return None
        mark = QTextEdit.ExtraSelection()
        mark.format.setBackground(color)
        mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        mark.cursor = QTextCursor(block)
        return mark

    def _expression_mark(self, start: int, end: int) -> QTextEdit.ExtraSelection:
        mark = QTextEdit.ExtraSelection()
        mark.cursor = QTextCursor(self.document())
        mark.cursor.setPosition(start)
        mark.cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        mark.format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
        mark.format.setUnderlineColor(self._theme.color("accent"))
        return mark

    def _error_mark(self, line: int) -> QTextEdit.ExtraSelection | None:
        block = self.document().findBlockByNumber(line - 1)
        text = block.text()
        if not block.isValid() or not text.strip():
            return None
        mark = QTextEdit.ExtraSelection()
        mark.cursor = QTextCursor(block)
        indent = len(text) - len(text.lstrip())
        mark.cursor.setPosition(block.position() + indent)
        mark.cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        mark.format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        mark.format.setUnderlineColor(self._theme.color("bad"))
        return mark

    def _position(self, line: int, column: int) -> int | None:
        block = self.document().findBlockByNumber(line - 1)
        if not block.isValid():
            return None
        return block.position() + min(_units(block.text()[: column - 1]), max(block.length() - 1, 0))

    def _show_line(self, line: int) -> None:
        """Bring a line into sight, without moving the cursor that the user left somewhere."""
        block = self.document().findBlockByNumber(line - 1)
        if not block.isValid() or self.cursorRect(QTextCursor(block)).intersects(self.viewport().rect()):
            return
        self.verticalScrollBar().setValue(max(0, line - 4))

    def _on_text_changed(self) -> None:
        # Qt says so too when only colours have changed, as with another theme.
        text = self.toPlainText()
        if text == self._last_text:
            return
        self._last_text = text
        if self._mark is not None or self._error_line is not None:
            self._mark, self._error_line = None, None
            self._show_marks()
        if not self._is_setting:
            self.edited.emit()

    def _on_cursor_moved(self) -> None:
        line = self.textCursor().blockNumber() + 1
        if line != self._last_line:
            self._last_line = line
            if self.hasFocus():
                self.line_chosen.emit(line)

    def _on_count_changed(self) -> None:
        self.setViewportMargins(self.number_width(), 0, 0, 0)

    def _on_update_request(self, area: QRect, moved: int) -> None:
        if moved:
            self._numbers.scroll(0, moved)
        else:
            self._numbers.update(0, area.y(), self._numbers.width(), area.height())

    def _on_theme_changed(self) -> None:
        self._show_marks()


class _LineNumbers(QWidget):
    """The column beside the text; the editor paints it."""

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__(editor)
        self._editor = editor

    def sizeHint(self) -> QSize:
        return QSize(self._editor.number_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._editor.paint_numbers(event)


def _units(text: str) -> int:
    """The length as Qt counts, in UTF-16 units."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)
