"""Facts in a side panel: whatever the value, it is seen whole and copied as it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.ui.theme.theme import Theme
from studio.ui.widgets.layout import KeyValues, Panel
from studio.ui.widgets.value_label import ValueLabel

_PATH = "/home/somebody/photographs/holidays_2024/a-very-long-file-name.without.end.jpg"


@pytest.fixture
def facts(qtbot: QtBot, qapp: QApplication) -> Iterator[KeyValues]:
    """Facts in a panel as narrow as it gets."""
    panel, facts = Panel(240, 284), KeyValues()
    theme = Theme(qapp, "light")
    theme.setParent(panel)
    panel.add(facts)
    panel.close_column()
    qtbot.addWidget(panel)
    panel.resize(240, 500)
    with qtbot.waitExposed(panel):
        panel.show()
    yield facts
    panel.close()


def value(facts: KeyValues, text: str) -> ValueLabel:
    return next(each for each in facts.findChildren(ValueLabel) if each.text() == text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Backward", "BinaryCrossEntropyWithLogitsBackward0"),
        ("File", _PATH),
        ("Hash", "0123456789abcdef" * 16),
        ("aParameterWithALongNameWithoutAnyDotInIt", "1"),
    ],
)
def test_a_word_of_any_length_stays_inside_the_panel(facts: KeyValues, qtbot: QtBot, name: str, text: str) -> None:
    facts.set_facts([("Kind", "result"), (name, text)])
    panel = facts.window()
    assert isinstance(panel, Panel)
    qtbot.waitUntil(lambda: panel.widget().width() == panel.viewport().width())
    shown = value(facts, text)
    assert panel.viewport().width() >= shown.mapTo(panel.viewport(), shown.rect().bottomRight()).x()
    if len(text) > 30:
        qtbot.waitUntil(lambda: shown.height() >= 2 * shown.fontMetrics().height())


def test_what_is_copied_is_the_value_and_nothing_else(facts: KeyValues, qtbot: QtBot) -> None:
    facts.set_facts([("File", _PATH), ("Sends on", "x: 1\ny: 2")])
    clipboard = QGuiApplication.clipboard()
    for text in (_PATH, "x: 1\ny: 2"):
        shown = value(facts, text)
        assert shown.accessibleName() in ("", text)
        qtbot.mouseClick(shown, Qt.MouseButton.LeftButton)
        qtbot.keyClick(shown, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClick(shown, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert clipboard.text() == text
    shown = value(facts, _PATH)
    qtbot.mousePress(shown, Qt.MouseButton.LeftButton, pos=QPoint(0, 4))
    qtbot.mouseMove(shown, QPoint(shown.width() - 1, shown.height() - 4))
    qtbot.mouseRelease(shown, Qt.MouseButton.LeftButton, pos=QPoint(shown.width() - 1, shown.height() - 4))
    assert shown.chosen_text()
    assert shown.chosen_text() in _PATH
    qtbot.keyClick(shown, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text() == shown.chosen_text()
