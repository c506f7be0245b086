"""The controls of the Runs tab by their names, and what they say."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QTableView, QWidget


def table(page: QWidget) -> QTableView:
    return page.findChild(QTableView, "runs.table")


def button(page: QWidget, name: str) -> QPushButton:
    return page.findChild(QPushButton, name)


def cells(page: QWidget, column: int = 0) -> list[str]:
    model = table(page).model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def click_rows(page: QWidget, *rows: int) -> None:
    """Select rows with the mouse, those after the first with Ctrl held."""
    view = table(page)
    for number, row in enumerate(rows):
        place = view.visualRect(view.model().index(row, 0)).center()
        held = Qt.KeyboardModifier.ControlModifier if number else Qt.KeyboardModifier.NoModifier
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, held, place)
