"""Tool tips that hold text from files: such text is shown as it is, never read as HTML."""

from __future__ import annotations

from html import escape

from PySide6.QtGui import Qt


def plain_tip(text: str) -> str:
    """What makes a tool tip show exactly this text.

    Qt has no other way: it reads what looks like HTML as HTML, and the rest letter by letter.
    """
    if not Qt.mightBeRichText(text):
        return text
    return f"<span>{escape(text)}</span>".replace("\n", "<br>")
