"""Markdown as a page that is pleasant to read: Qt's own leaves no room between its parts."""

from __future__ import annotations

from PySide6.QtGui import (
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextFrameFormat,
    QTextTable,
)
from PySide6.QtWidgets import QTextBrowser

from studio.ui.theme.fonts import code_font
from studio.ui.theme.theme import Theme

_HEADING_PIXELS = {1: 19, 2: 15, 3: 13}
_ABOVE_HEADING = {1: 4, 2: 16, 3: 10}
_LINE_HEIGHT = 130
"""Per cent of the font's own."""


def show_markdown(browser: QTextBrowser, text: str, theme: Theme) -> None:
    """Show a Markdown text with room around headings, paragraphs, lists and in tables."""
    browser.setMarkdown(text)
    cursor = QTextCursor(browser.document())
    for frame in browser.document().rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            _make_room_in(frame, theme)
    block = browser.document().begin()
    while block.isValid():
        cursor.setPosition(block.position())
        _make_room_around(block, cursor, browser.logicalDpiY())
        block = block.next()


def _make_room_around(block: QTextBlock, cursor: QTextCursor, dots_per_inch: int) -> None:
    form = block.blockFormat()
    level = form.headingLevel()
    in_table = cursor.currentTable() is not None
    form.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    form.setTopMargin(_ABOVE_HEADING.get(level, 0))
    form.setBottomMargin(0 if in_table else 3 if block.textList() else 8)
    cursor.setBlockFormat(form)
    if level:
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        size = cursor.charFormat()
        size.clearProperty(QTextFormat.Property.FontSizeAdjustment)  # it would win over the size
        size.setFontPointSize(_HEADING_PIXELS.get(level, 13) * 72 / dots_per_inch)
        size.setFontWeight(600)
        cursor.setCharFormat(size)
        return
    parts = block.begin()
    while not parts.atEnd():
        fragment = parts.fragment()
        if fragment.charFormat().fontFixedPitch():
            code = QTextCharFormat()
            code.setFontFamilies(code_font().families())
            cursor.setPosition(fragment.position())
            cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(code)
        parts += 1


def _make_room_in(table: QTextTable, theme: Theme) -> None:
    form = table.format()
    form.setCellPadding(6)
    form.setBorderCollapse(True)
    form.setBorder(1)
    form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    form.setBorderBrush(theme.color("field_line"))
    form.setTopMargin(4)
    form.setBottomMargin(12)
    table.setFormat(form)
