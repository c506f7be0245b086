"""What only a real window system shows: the window gets there, is painted, takes the keyboard, and goes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow, QTabWidget
from pytestqt.qtbot import QtBot

from studio.ui.theme.tokens import DARK, LIGHT

pytestmark = pytest.mark.display


def _colours_on_screen(window: QMainWindow) -> set[str]:
    """Colours of the pixels that the window system shows where the window is."""
    corner = window.mapToGlobal(window.rect().topLeft()) - window.screen().geometry().topLeft()
    size = window.size()
    picture = window.screen().grabWindow(0, corner.x(), corner.y(), size.width(), size.height()).toImage()
    return {
        picture.pixelColor(x, y).name()
        for x in range(0, picture.width(), 8)
        for y in range(0, picture.height(), 8)
    }


def test_platform_is_a_window_system(qapp: QGuiApplication) -> None:
    assert qapp.platformName() in ("xcb", "wayland", "cocoa", "windows")


def test_window_is_painted_in_the_colours_of_its_theme(window: QMainWindow, qtbot: QtBot) -> None:
    for mode, tokens in (("dark", DARK), ("light", LIGHT)):
        window.findChild(QTabWidget, "tabs").setFocus()
        window.window_actions.set_theme(mode)
        qtbot.waitUntil(lambda tokens=tokens: {tokens["window"], tokens["surface"]} <= _colours_on_screen(window))


def test_keyboard_goes_through_the_tabs(window: QMainWindow, qtbot: QtBot) -> None:
    tabs = window.findChild(QTabWidget, "tabs")
    window.activateWindow()
    qtbot.waitUntil(lambda: QGuiApplication.focusWindow() is window.windowHandle())
    for index, key in enumerate((Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5)):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda index=index: tabs.currentIndex() == index)


def test_tab_key_reaches_a_control(window: QMainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.waitUntil(lambda: QGuiApplication.focusWindow() is window.windowHandle())
    before = window.focusWidget()
    qtbot.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
    assert window.focusWidget() is not before
    assert window.focusWidget().objectName()
