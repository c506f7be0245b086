"""Inter for the window, JetBrains Mono for code: vendored, so that every system looks the same."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase

from studio.resources import resource

BODY_PIXELS = 13
SMALL_PIXELS = 12
_loaded: list[int] = []


def load_fonts() -> None:
    """Make the vendored fonts known to Qt, once a process. Needs an application."""
    if _loaded:
        return
    for path in sorted(resource("fonts").glob("*.[ot]tf")):
        _loaded.append(QFontDatabase.addApplicationFont(str(path)))


def body_font(pixels: int = BODY_PIXELS) -> QFont:
    """The window's font, with figures of one width, so that changing numbers do not dance."""
    font = QFont("Inter")
    font.setPixelSize(pixels)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def code_font(pixels: int = SMALL_PIXELS) -> QFont:
    """The font of code and exact values."""
    font = QFont("JetBrains Mono")
    font.setPixelSize(pixels)
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font
