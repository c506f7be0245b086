"""What the Train tab shows of texts and series, and trying a model there, with the real jobs behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.bridge.jobs import JobHost
from studio.runs.workspace import Workspace
from studio.settings.store import SettingsStore
from studio.ui.pages.training.page import TrainingPage
from studio.ui.pages.training.trying import WAITS
from studio.ui.pages.training.views.attention_view import AttentionView
from studio.ui.pages.training.views.written_view import WrittenView
from studio.ui.services import Services
from studio.ui.theme.theme import Theme
from studio.ui.widgets.attention_map import AttentionMap
from studio.ui.widgets.curve_plot import CurvePlot
from studio.ui.widgets.layout import KeyValues
from studio.ui.widgets.probability_bars import ProbabilityBars

W = TypeVar("W", bound=QWidget)
LONG = 60_000


class Driver:
    """A page with hands."""

    def __init__(self, page: TrainingPage, qtbot: QtBot) -> None:
        self.page, self.qtbot = page, qtbot

    def find(self, kind: type[W], name: str) -> W:
        found = self.page.findChild(kind, name)
        assert found is not None, name
        return found

    def click(self, name: str) -> None:
        self.qtbot.mouseClick(self.find(QPushButton, name), Qt.MouseButton.LeftButton)

    def wait(self, what: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(what, timeout=LONG)

    def choose(self, recipe: str, **values: dict[str, object]) -> None:
        box = self.find(QComboBox, "train.recipe")
        box.setCurrentIndex(box.findData(recipe))
        for table, keys in values.items():
            for key, value in keys.items():
                self.page.presenter.set_value(table, key, value)

    def train(self, recipe: str, **values: dict[str, object]) -> None:
        self.choose(recipe, **values)
        self.click("train.start")
        self.wait(lambda: self.page.presenter.state in ("finished", "failed"))
        assert self.page.presenter.state == "finished", self.page.presenter.report()


@pytest.fixture
def train(qtbot: QtBot, qapp: QApplication, workspace: Workspace, tmp_path: Path) -> Iterator[Driver]:
    """The page, with jobs in threads."""
    host = JobHost(single_process=True)
    page = TrainingPage(Services(host, workspace, SettingsStore(tmp_path / "settings.toml"), Theme(qapp, "dark")))
    qtbot.addWidget(page)
    page.resize(1280, 760)
    with qtbot.waitExposed(page):
        page.show()
    yield Driver(page, qtbot)
    with qtbot.waitSignal(host.all_ended, timeout=LONG):
        host.close()


def test_a_name_is_told_while_it_is_typed(train: Driver) -> None:
    panel = train.find(QWidget, "train.try")
    assert panel.isHidden(), "there is nothing to try before the first run"
    train.train("text-classification", training={"epochs": 2}, data={"name": "surnames", "most": 100})
    assert panel.isVisible()
    line, bars = train.find(QLineEdit, "train.try.text"), train.find(ProbabilityBars, "train.try.bars")
    train.qtbot.keyClicks(line, "Virtanen")
    train.wait(lambda: len(bars.bars) == 4)
    labels = train.page.presenter.run.about["labels"]
    assert {bar.name for bar in bars.bars} <= set(labels)
    assert bars.bars[0].share >= bars.bars[1].share
    line.clear()
    train.wait(lambda: not bars.bars)
    assert "→" in train.find(KeyValues, "train.worst_texts").accessibleDescription()
    train.choose("linear-regression")
    train.click("train.start")
    train.wait(lambda: train.page.presenter.state == "finished")
    assert panel.isHidden(), "numbers cannot be typed"


def test_a_run_without_a_checkpoint_says_so_and_answers_what_was_typed_later(train: Driver) -> None:
    train.choose("text-classification", training={"epochs": 200}, data={"name": "surnames", "most": 40})
    train.click("train.start")
    panel, state = train.find(QWidget, "train.try"), train.find(QLabel, "train.try.state")
    train.wait(panel.isVisible)
    assert state.text() == WAITS
    train.qtbot.keyClicks(train.find(QLineEdit, "train.try.text"), "Rossi")
    assert not train.find(ProbabilityBars, "train.try.bars").bars
    train.click("train.stop")
    train.wait(lambda: train.page.presenter.state == "stopped")
    train.wait(lambda: bool(train.find(ProbabilityBars, "train.try.bars").bars))
    assert state.isHidden()


def test_a_text_is_written_and_can_be_stopped(train: Driver) -> None:
    small = {"name": "gpt", "width": 32, "layers": 1}
    train.train("char-lm", training={"epochs": 2}, data={"name": "kjv", "characters": 9000}, model=small)
    view = train.page.findChild(WrittenView)
    assert view.isVisible()
    samples = train.find(QScrollArea, "train.written")
    assert "step" in samples.accessibleDescription()
    output, button = train.find(QPlainTextEdit, "train.try.output"), train.find(QPushButton, "train.try.generate")
    train.qtbot.keyClicks(train.find(QLineEdit, "train.try.prompt"), "And God said")
    train.find(QDoubleSpinBox, "train.try.temperature").setValue(0.5)
    train.click("train.try.generate")
    train.wait(lambda: button.text() == "Generate" and len(output.toPlainText()) == 400)
    first = output.toPlainText()
    train.click("train.try.generate")
    assert button.text() == "Stop"
    train.click("train.try.generate")
    assert button.text() == "Generate"
    train.click("train.try.generate")
    train.wait(lambda: button.text() == "Generate" and len(output.toPlainText()) == 400)
    assert output.toPlainText() != first, "each time other random numbers"


def test_attention_is_walked_sample_by_sample(train: Driver) -> None:
    train.train("date-translation", training={"epochs": 1}, data={"name": "dates", "count": 300, "test_count": 20})
    view, verdict = train.page.findChild(AttentionView), train.find(QLabel, "train.attention.verdict")
    shown = train.find(AttentionMap, "train.attention.map")
    assert view.isVisible()
    assert verdict.text()[0] in "✓✗"
    before = shown.accessibleDescription()
    train.click("train.attention.next")
    assert shown.accessibleDescription() != before
    train.qtbot.keyClick(shown, Qt.Key.Key_Left)
    assert shown.accessibleDescription() == before
    with train.qtbot.waitSignal(shown.pointed):
        train.qtbot.keyClick(shown, Qt.Key.Key_Down)
    assert "from" in shown.accessibleDescription()


def test_the_forecast_is_drawn_beside_the_naive_one(train: Driver) -> None:
    train.train("sunspots", training={"epochs": 2})
    plot = train.find(CurvePlot, "train.forecast_plot")
    train.wait(lambda: len(plot.curves()) == 3)
    assert set(plot.curves()) == {"true", "naive", "forecast"}
    assert len(plot.curves()["forecast"].points) == len(plot.curves()["naive"].points) == 77


def test_views_are_empty_and_say_what_comes(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme(qapp, "light")
    written, attention = WrittenView(theme), AttentionView(theme)
    for view in (written, attention):
        qtbot.addWidget(view)
        view.show()
        assert any("the model" in part.text() for part in view.findChildren(QLabel) if part.isVisible())
    sample = {"step": 7, "epoch": 1, "bits": 2.5, "text": "a\nb"}
    written.show_picture("written", {"prompt": "x", "samples": [sample, {**sample, "step": 9, "text": "later"}]})
    texts = [part.text() for part in written.findChildren(QLabel) if part.isVisible()]
    assert texts.index("later") < texts.index("a ¶ b"), "the newest stands first"
    written.clear()
    assert not any(part.text() == "later" for part in written.findChildren(QLabel) if part.isVisible())
    right = {"source": ["3", " ", "m"], "answer": ["0", "3"], "true": "03", "shares": [0.1, 0.2, 0.7, 1, 0, 0]}
    attention.show_picture("attention", {"samples": [right, {**right, "true": "04"}]})
    verdict = attention.findChild(QLabel, "train.attention.verdict")
    assert verdict.text() == "✓ 03"
    attention.findChild(QPushButton, "train.attention.next").click()
    assert verdict.text() == "✗ 03, right is 04"
    shown = attention.findChild(AttentionMap)
    assert shown.sentence(0) == "“0” from 3 [m], 70 %"
    theme.set_mode("dark")
    shown.grab()
    with pytest.raises(ValueError, match="are needed"):
        shown.show_shares(["a"], ["b"], [0.1, 0.2])
