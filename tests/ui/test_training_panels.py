"""The side panels of the Train tab: recipes, what a run came to, and what should be known of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from studio.bridge.jobs import JobHost
from studio.catalog.checking import read_spec
from studio.runs.workspace import Workspace
from studio.settings.store import SettingsStore
from studio.ui.pages.training.page import TrainingPage
from studio.ui.pages.training.panels.meaning_panel import MeaningPanel
from studio.ui.services import Services
from studio.ui.theme.theme import Theme
from studio.ui.widgets.fold import Fold
from studio.ui.widgets.heat_map import ConfusionMatrix
from studio.ui.widgets.notice import Notice

LONG = 60_000


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication, workspace: Workspace, tmp_path: Path) -> Iterator[TrainingPage]:
    """The page with a recipe in it, and jobs in threads."""
    host = JobHost(single_process=True)
    page = TrainingPage(Services(host, workspace, SettingsStore(tmp_path / "settings.toml"), Theme(qapp, "dark")))
    qtbot.addWidget(page)
    page.resize(1280, 700)
    with qtbot.waitExposed(page):
        page.show()
    _choose(page, "train.recipe", "digits-cnn")
    yield page
    with qtbot.waitSignal(host.all_ended, timeout=LONG):
        host.close()


@pytest.fixture
def meaning(qapp: QApplication, qtbot: QtBot) -> MeaningPanel:
    """The right panel alone, shown."""
    panel = MeaningPanel(Theme(qapp, "dark"))
    qtbot.addWidget(panel)
    panel.resize(284, 900)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def _choose(page: TrainingPage, name: str, data: str) -> None:
    box = page.findChild(QComboBox, name)
    box.setCurrentIndex(box.findData(data))
    assert box.currentData() == data


def _recipes(page: TrainingPage) -> list[str]:
    box = page.findChild(QComboBox, "train.recipe")
    return [box.itemText(index) for index in range(box.count())]


def _shown(panel: MeaningPanel) -> set[str]:
    return {notice.name for notice in panel.findChildren(Notice) if notice.isVisible()}


def _says(panel: MeaningPanel, text: str) -> bool:
    return any(one.text() == text and one.isVisible() for one in panel.findChildren(QLabel))


def test_a_file_is_offered_only_while_its_specification_is_in_use(page: TrainingPage, tmp_path: Path) -> None:
    box = page.findChild(QComboBox, "train.recipe")
    shipped = _recipes(page)
    own = read_spec("digits-cnn").model_copy(update={"recipe": None}).as_toml()
    for name in ("first.toml", "second.toml"):
        path = tmp_path / name
        path.write_text(own, encoding="utf-8")
        page.open_specification(path)
        page.findChild(QLineEdit, "train.form.training.epochs").setText("4")
        assert _recipes(page) == [*shipped, name]
        assert box.currentText() == name
    _choose(page, "train.recipe", "linear-regression")
    assert _recipes(page) == shipped


def test_what_a_run_came_to_stands_only_beside_its_own_specification(page: TrainingPage, qtbot: QtBot) -> None:
    _choose(page, "train.recipe", "linear-regression")
    page.presenter.start()
    qtbot.waitUntil(lambda: page.presenter.state == "finished", timeout=LONG)
    folds = {fold._title: fold._summary for fold in page.findChildren(Fold)}
    said = {title: summary.text() for title, summary in folds.items()}
    assert "train" in said["Data"]
    assert "parameter" in said["Model"]
    assert said["Training"].startswith("took")
    _choose(page, "train.recipe", "digits-cnn")
    assert {summary.text() for summary in folds.values()} == {""}
    _choose(page, "train.recipe", "linear-regression")
    assert {title: summary.text() for title, summary in folds.items()} == said


def test_the_keyboard_stays_where_an_ingredient_is_chosen(page: TrainingPage, qtbot: QtBot) -> None:
    box = page.findChild(QComboBox, "train.form.optimizer.name")
    page.activateWindow()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    before = page.presenter.spec.optimizer.name
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert page.presenter.spec.optimizer.name != before
    assert box.hasFocus()
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert page.presenter.spec.optimizer.name == before


def test_the_notice_that_came_first_gives_way(meaning: MeaningPanel) -> None:
    for name in ("one", "two", "three", "four"):
        meaning.warn(name, f"Notice {name}.")
    assert _shown(meaning) == {"two", "three", "four"}
    meaning.warn("two", "Notice two again.")
    meaning.warn("five", "Notice five.")
    assert _shown(meaning) == {"four", "two", "five"}
    next(one for one in meaning.findChildren(Notice) if one.name == "two").clear()
    meaning.warn("six", "Notice six.")
    assert _shown(meaning) == {"four", "five", "six"}, "what was dismissed makes room"


def test_notices_are_counted_as_they_are_dismissed(meaning: MeaningPanel, qtbot: QtBot) -> None:
    for name in ("one", "two", "three"):
        meaning.warn(name, f"Notice {name}.")
    for number, words in ((1, "2 notices"), (2, "1 notice")):
        close = meaning.findChild(QPushButton, f"train.doctor.{number}.close")
        qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
        assert _says(meaning, words)
    meaning.findChild(QPushButton, "train.doctor.3.close").click()
    assert not _says(meaning, "Notices")
    meaning.warn("four", "Notice four.")
    assert _says(meaning, "1 notice")


def test_the_cell_that_is_pointed_at_is_said_of_the_newest_matrix(meaning: MeaningPanel, qtbot: QtBot) -> None:
    meaning.show_confusion({"labels": ["cat", "dog"], "matrix": [[3, 1], [0, 4]]}, 1)
    qtbot.keyClick(meaning.findChild(ConfusionMatrix), Qt.Key.Key_Right)
    assert _says(meaning, "true cat, rightly read as cat: 3 of 4")
    meaning.show_confusion({"labels": ["cat", "dog"], "matrix": [[4, 0], [0, 4]]}, 2)
    assert _says(meaning, "true cat, rightly read as cat: 4 of 4")
    meaning.begin("classification")
    assert not _says(meaning, "true cat, rightly read as cat: 4 of 4")
