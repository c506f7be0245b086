"""Icons are drawn for the screen that they are on."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from studio.ui.theme.icons import icon


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_an_icon_has_a_pixel_for_each_of_the_screens(qapp: QApplication, scale: float) -> None:
    pixmap = icon("play", "#000000", "#888888").pixmap(QSize(16, 16), scale)
    assert pixmap.devicePixelRatio() == scale
    assert pixmap.size() == QSize(16, 16) * scale
    assert pixmap.deviceIndependentSize().toSize() == QSize(16, 16)
    picture = pixmap.toImage()
    drawn = [
        x for x in range(picture.width()) for y in range(picture.height()) if picture.pixelColor(x, y).alpha()
    ]
    assert max(drawn) > picture.width() * 0.7, "the drawing fills the whole picture"


def test_a_disabled_icon_has_another_colour(qapp: QApplication) -> None:
    made = icon("square", "#000000", "#ff0000")
    pictures = [
        made.pixmap(QSize(16, 16), 1.0, mode).toImage() for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled)
    ]
    assert pictures[0] != pictures[1]
