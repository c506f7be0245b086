"""What the README promises for the first five minutes, in the whole window, by its controls' names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QMainWindow, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from studio.bridge.jobs import JobHost
from studio.runs.folder import RunFolder
from studio.runs.workspace import Workspace

pytestmark = pytest.mark.slow
LONG = 120_000


class Hand:
    """The user's hand: presses, chooses and drops, and waits as long as a person would."""

    def __init__(self, window: QMainWindow, qtbot: QtBot) -> None:
        self.window = window
        self._qtbot = qtbot

    def control(self, name: str) -> QWidget:
        found = self.window.findChild(QWidget, name)
        assert found is not None, name
        return found

    def until(self, condition: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(condition, timeout=LONG)

    def open(self, page: str) -> None:
        self.window.findChild(QTabWidget, "tabs").show_page(page)

    def press(self, name: str) -> None:
        button = self.control(name)
        self.until(lambda: button.isEnabled() and button.isVisible())
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def choose(self, name: str, text: str) -> None:
        box = self.control(name)
        assert isinstance(box, QComboBox)
        self.until(lambda: box.findText(text, Qt.MatchFlag.MatchContains) >= 0)
        box.setCurrentIndex(box.findText(text, Qt.MatchFlag.MatchContains))
        box.activated.emit(box.currentIndex())

    def drop(self, *paths: Path) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        place = QPointF(self.window.rect().center())
        how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        for event in (QDragEnterEvent(place.toPoint(), *how), QDropEvent(place, *how)):
            QApplication.sendEvent(self.window, event)

    def texts(self, name: str) -> list[str]:
        return [label.text() for label in self.control(name).findChildren(QLabel)]


def test_the_first_five_minutes(window: QMainWindow, qtbot: QtBot, workspace: Workspace) -> None:
    hand = Hand(window, qtbot)
    hand.until(lambda: window.findChild(JobHost).torch_state == "ready")

    hand.open("autograd")
    hand.press("autograd.run")
    hand.until(lambda: {"3", "8"} <= set(hand.texts("autograd.gradients")))

    hand.open("train")
    hand.choose("train.recipe", "Handwritten digits")
    hand.press("train.start")
    hand.until(lambda: hand.control("train.export").isEnabled() and not window.findChild(JobHost).running)
    run = RunFolder.open(workspace, "0001-digits-cnn")
    assert run.read_result()["metrics"]["accuracy/test"] >= 0.975

    hand.open("runs")
    hand.until(lambda: hand.control("runs.table").model().rowCount() == 1)

    hand.open("train")
    hand.press("train.export")
    hand.press("export.start")
    files = workspace.exports / "0001-digits-cnn"
    hand.until(lambda: hand.control("export.results").model().rowCount() == 3)
    hand.until(lambda: not window.findChild(JobHost).running)
    assert {path.suffix for path in files.iterdir()} >= {".onnx", ".pt", ".pt2"}

    import sklearn

    photographs = Path(sklearn.__file__).parent / "datasets" / "images"
    before = (photographs / "flower.jpg").read_bytes()
    hand.open("vision")
    hand.drop(photographs / "flower.jpg")
    answer = hand.control("vision.results")
    hand.until(lambda: answer.accessibleDescription().startswith("daisy"))

    hand.choose("vision.model", "0001-digits-cnn")
    hand.until(lambda: answer.accessibleDescription()[:1] in tuple("0123456789"))
    assert (photographs / "flower.jpg").read_bytes() == before
