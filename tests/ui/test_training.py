"""The Train tab as a person uses it: by its object names, with the real job behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pyqtgraph as pg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.bridge.jobs import JobHost
from studio.catalog.checking import read_spec
from studio.runs.folder import RunFolder
from studio.runs.workspace import Workspace
from studio.settings.store import SettingsStore
from studio.spec.run import read_tables
from studio.ui.pages.training.page import TrainingPage
from studio.ui.services import Services
from studio.ui.theme.theme import Theme
from studio.ui.widgets.code_dialog import CodeDialog
from studio.ui.widgets.curve_plot import CurvePlot
from studio.ui.widgets.heat_map import ConfusionMatrix
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.tiles import NumberTile

W = TypeVar("W", bound=QWidget)
LONG = 60_000
"""Milliseconds that a busy machine may take for a small run, PyTorch's import included."""


class Driver:
    """A page with hands: finds controls by name and waits for what the page says."""

    def __init__(self, page: TrainingPage, services: Services, qtbot: QtBot) -> None:
        self.page, self.services, self.qtbot = page, services, qtbot

    @property
    def state(self) -> str:
        return self.page.presenter.state

    def find(self, kind: type[W], name: str) -> W:
        found = self.page.findChild(kind, name)
        assert found is not None, name
        return found

    def click(self, name: str) -> None:
        self.qtbot.mouseClick(self.find(QPushButton, name), Qt.MouseButton.LeftButton)

    def type(self, name: str, text: str) -> QLineEdit:
        line = self.find(QLineEdit, name)
        line.selectAll()
        self.qtbot.keyClicks(line, text) if text else self.qtbot.keyClick(line, Qt.Key.Key_Delete)
        return line

    def choose(self, name: str, data: Any) -> None:
        box = self.find(QComboBox, name)
        index = box.findData(data)
        assert index >= 0, f"{name} does not offer {data!r}"
        box.setCurrentIndex(index)

    def wait(self, what: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(what, timeout=LONG)

    def wait_for(self, *states: str) -> None:
        self.wait(lambda: self.state in states)

    def make_endless(self) -> None:
        self.choose("train.recipe", "linear-regression")
        self.type("train.form.training.epochs", "5000000")

    def error_of(self, name: str) -> str:
        field = self.find(QWidget, name).parentWidget()
        return field.error


def _drive(
    qtbot: QtBot, qapp: QApplication, workspace: Workspace, tmp_path: Path, *, in_child: bool
) -> Iterator[Driver]:
    theme = Theme(qapp, "dark")
    host = JobHost(single_process=not in_child)
    services = Services(host, workspace, SettingsStore(tmp_path / "settings.toml"), theme)
    page = TrainingPage(services)
    qtbot.addWidget(page)
    page.resize(1280, 700)
    with qtbot.waitExposed(page):
        page.show()
    yield Driver(page, services, qtbot)
    with qtbot.waitSignal(host.all_ended, timeout=LONG):
        host.close()


@pytest.fixture
def train(qtbot: QtBot, qapp: QApplication, workspace: Workspace, tmp_path: Path) -> Iterator[Driver]:
    """The page, with jobs in threads."""
    yield from _drive(qtbot, qapp, workspace, tmp_path, in_child=False)


@pytest.fixture
def train_in_child(qtbot: QtBot, qapp: QApplication, workspace: Workspace, tmp_path: Path) -> Iterator[Driver]:
    """The page, with jobs in child processes, as a user has it."""
    yield from _drive(qtbot, qapp, workspace, tmp_path, in_child=True)


def test_a_run_is_trained_and_shown(train_in_child: Driver, workspace: Workspace) -> None:
    train = train_in_child
    train.choose("train.recipe", "linear-regression")
    train.click("train.start")
    assert not train.find(QPushButton, "train.start").isVisible()
    assert train.find(QPushButton, "train.pause").isVisible()
    train.wait_for("finished")
    plot = train.find(CurvePlot, "train.loss_plot")
    train.wait(plot.findChild(pg.PlotWidget).isVisible)
    assert len(plot.curves()["train"].points) == 100
    assert plot.curves()["train"].points.values[-1] < 0.01
    assert "test:" in plot.summary()
    assert train.find(NumberTile, "train.tile.epoch").value == "100 / 100"
    assert train.find(NumberTile, "train.tile.loss").value not in ("–", "")
    assert len(train.find(CurvePlot, "train.fit_plot").curves()) == 2
    assert train.find(Notice, "train.notice").name == "train.finished"
    assert train.find(QPushButton, "train.start").isVisible()
    folder = RunFolder.open(workspace, train.page.presenter.run.id)
    assert folder.read_state().status == "finished"


@pytest.mark.slow
def test_digits_are_learnt_and_explained(train_in_child: Driver) -> None:
    train = train_in_child
    train.choose("train.recipe", "digits-cnn")
    train.click("train.start")
    train.wait_for("finished")
    assert train.page.presenter.run.best["accuracy/test"] >= 0.975
    assert "right" in train.find(ConfusionMatrix, "train.confusion").summary()
    assert train.find(QWidget, "train.worst").accessibleDescription()
    assert train.find(NumberTile, "train.tile.metric").value.endswith(" %")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("train.form.optimizer.lr", "-0.1", "`optimizer.lr` is -0.1; it must be above 0."),
        ("train.form.optimizer.lr", "fast", "`optimizer.lr` is 'fast'; it must be a number."),
        ("train.form.training.epochs", "0", "`training.epochs` is 0; it must be 1 or more."),
        ("train.form.training.epochs", "2.5", "`training.epochs` is 2.5; it must be a whole number."),
        ("train.form.model.channels", "16, x", "`model.channels` is '16, x'; it must be a list of whole numbers."),
        ("train.form.model.dropout", "1", "`model.dropout` is 1; it must be 0 or more and below 1."),
    ],
)
def test_a_bad_value_is_said_at_its_field_and_start_waits(train: Driver, name: str, text: str, says: str) -> None:
    train.choose("train.recipe", "digits-cnn")
    line = train.type(name, text)
    assert train.error_of(name) == says
    assert line.property("invalid")
    start = train.find(QPushButton, "train.start")
    assert not start.isEnabled()
    assert start.toolTip() == says
    assert train.find(QLabel, "train.state").text() == f"Mend {name.removeprefix('train.form.')} first"
    train.page.presenter.start()
    assert train.state == "idle"
    train.type(name, "")
    assert train.error_of(name) == ""
    assert start.isEnabled()


def test_an_emptied_field_means_the_default(train: Driver) -> None:
    train.choose("train.recipe", "digits-cnn")
    assert train.page.presenter.spec.recipe == "digits-cnn"
    line = train.type("train.form.optimizer.lr", "")
    spec = train.page.presenter.spec
    assert "lr" not in spec.optimizer.parameters
    assert spec.recipe is None, "reading it back with the recipe would bring the old rate back"
    assert line.placeholderText() == "0.001"
    train.type("train.form.optimizer.lr", "1e-2")
    assert train.page.presenter.spec == read_spec("digits-cnn")


def test_another_ingredient_brings_its_own_fields_and_keeps_the_rate(train: Driver) -> None:
    train.choose("train.recipe", "digits-cnn")
    train.choose("train.form.optimizer.name", "SGD")
    spec = train.page.presenter.spec
    assert spec.optimizer.parameters == {"lr": 0.01, "weight_decay": 0.01}
    train.type("train.form.optimizer.momentum", "0.9")
    assert train.page.presenter.spec.optimizer.parameters["momentum"] == 0.9
    train.choose("train.form.scheduler.name", None)
    assert train.page.presenter.spec.scheduler is None
    train.choose("train.form.model.name", "mlp")
    assert train.page.presenter.spec.model.name == "mlp"


def test_all_fields_come_when_asked_and_where_they_are_wrong(train: Driver) -> None:
    train.choose("train.recipe", "digits-cnn")
    betas = train.find(QLineEdit, "train.form.optimizer.betas")
    assert not betas.isVisible()
    train.click("train.form.all")
    assert betas.isVisible()
    train.type("train.form.optimizer.betas", "0.9, 2")
    train.click("train.form.all")
    assert betas.isVisible()
    train.type("train.form.optimizer.betas", "0.9, 0.99")
    assert not betas.isVisible()
    assert train.page.presenter.spec.optimizer.parameters["betas"] == [0.9, 0.99]


def test_a_check_box_and_a_choice_reach_the_specification(train: Driver) -> None:
    train.choose("train.recipe", "linear-regression")
    train.click("train.form.all")
    train.find(QCheckBox, "train.form.training.shuffle").setChecked(True)
    train.choose("train.form.training.precision", "float64")
    assert train.page.presenter.spec.training.shuffle
    assert train.page.presenter.spec.training.precision == "float64"


def test_start_pressed_twice_starts_one_run(train: Driver, workspace: Workspace) -> None:
    train.make_endless()
    train.click("train.start")
    train.page.presenter.start()
    train.find(QPushButton, "train.start").click()
    train.wait_for("running")
    assert len(train.services.host.running) == 1
    train.click("train.stop")
    train.wait_for("stopped")
    assert len(list(workspace.runs.iterdir())) == 1


def test_pause_resume_stop(train: Driver, workspace: Workspace) -> None:
    train.make_endless()
    train.click("train.start")
    train.wait(lambda: train.page.presenter.run.step > 10)
    pause = train.find(QPushButton, "train.pause")
    train.click("train.pause")
    train.wait_for("paused")
    assert pause.text() == "Resume"
    step = train.page.presenter.run.step
    train.click("train.pause")
    train.wait(lambda: train.page.presenter.run.step > step)
    assert pause.text() == "Pause"
    train.click("train.stop")
    train.wait_for("stopped")
    assert train.find(Notice, "train.notice").name == "train.stopped"
    run = RunFolder.open(workspace, train.page.presenter.run.id)
    assert run.read_state().status == "stopped"
    assert run.checkpoints(), "what was learnt is kept"


def test_a_stopped_run_goes_on_with_its_curves(train: Driver) -> None:
    train.make_endless()
    train.click("train.start")
    train.wait(lambda: train.page.presenter.run.step > 50)
    train.click("train.stop")
    train.wait_for("stopped")
    run, step = train.page.presenter.run.id, train.page.presenter.run.step
    train.services.resume_run.emit(run)
    train.wait(lambda: train.page.presenter.run.step > step + 50)
    points = train.find(CurvePlot, "train.loss_plot").curves()["train"].points
    assert points.steps[0] == 1
    assert (points.steps[1:] - points.steps[:-1] == 1).all()
    assert train.page.presenter.run.id == run
    train.click("train.stop")
    train.wait_for("stopped")


def test_a_run_that_is_not_there_is_said(train: Driver) -> None:
    with train.qtbot.waitSignal(train.services.reported) as told:
        train.services.resume_run.emit("0099-nothing")
    assert told.args[0].name == "run.unknown"
    assert train.state == "idle"


def test_the_learning_rate_is_changed_while_it_trains(train: Driver) -> None:
    train.make_endless()
    train.click("train.start")
    train.wait(lambda: train.page.presenter.run.latest.get("lr") == 0.01)
    rate = train.find(QLineEdit, "train.live_lr")
    train.qtbot.keyClicks(rate, "-1")
    train.qtbot.keyClick(rate, Qt.Key.Key_Return)
    assert rate.property("invalid")
    rate.clear()
    train.qtbot.keyClicks(rate, "2e-3")
    train.qtbot.keyClick(rate, Qt.Key.Key_Return)
    train.wait(lambda: train.page.presenter.run.latest["lr"] == 0.002)
    assert rate.text() == ""
    train.click("train.stop")
    train.wait_for("stopped")


def test_a_run_that_fails_says_why(train: Driver) -> None:
    train.choose("train.recipe", "linear-regression")
    train.type("train.form.optimizer.lr", "1e9")
    train.click("train.start")
    train.wait_for("failed")
    notice = train.find(Notice, "train.notice")
    assert notice.name == "loss.not_finite"
    assert notice.isVisible()
    assert train.find(QPushButton, "train.start").isEnabled()
    box = train.find(QComboBox, "train.recipe")
    box.activated.emit(box.currentIndex())
    assert train.find(QLineEdit, "train.form.optimizer.lr").text() == "0.01"
    train.click("train.start")
    assert not notice.isVisible()
    train.wait_for("finished")


def test_a_specification_is_saved_and_opened(
    train: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.toml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    train.choose("train.recipe", "digits-cnn")
    train.type("train.form.training.epochs", "3")
    train.click("train.save_spec")
    saved = train.page.presenter.spec
    assert read_tables(path)["training"]["epochs"] == 3
    train.choose("train.recipe", "linear-regression")
    train.click("train.open_spec")
    assert train.page.presenter.spec == saved
    assert train.find(QLineEdit, "train.form.training.epochs").text() == "3"


def test_a_dropped_specification_is_opened_and_a_bad_one_is_said(train: Driver, tmp_path: Path) -> None:
    good, bad, image = tmp_path / "good.toml", tmp_path / "bad.toml", tmp_path / "photo.png"
    good.write_text('recipe = "linear-regression"\n[training]\nepochs = 7\n', encoding="utf-8")
    bad.write_text('recipe = "digits-cnn"\n[optimizer]\nlearning_rate = 1\n', encoding="utf-8")
    assert train.page.drop_hint([image]) == ""
    assert "good.toml" in train.page.drop_hint([good])
    train.page.take_drop([good])
    assert train.page.presenter.spec.training.epochs == 7
    assert train.find(QComboBox, "train.recipe").currentData() == "linear-regression"
    train.page.take_drop([bad])
    notice = train.find(Notice, "train.notice")
    assert notice.name == "spec.unknown_key"
    assert "optimizer.learning_rate" in notice.text
    assert train.page.presenter.spec.training.epochs == 7, "a bad file changes nothing"


def test_the_code_is_shown_and_copied(train: Driver) -> None:
    train.choose("train.recipe", "linear-regression")
    train.click("train.code")
    dialog = train.page.findChild(CodeDialog)
    assert dialog is not None
    train.qtbot.mouseClick(dialog.findChild(QPushButton, "train.code_dialog.copy"), Qt.MouseButton.LeftButton)
    script = QApplication.clipboard().text()
    compile(script, "script.py", "exec")
    assert "import torch" in script
    assert "studio" not in script
    dialog.accept()


def test_the_best_checkpoint_goes_to_export_and_vision(train: Driver) -> None:
    assert not train.find(QPushButton, "train.export").isEnabled()
    train.choose("train.recipe", "linear-regression")
    train.click("train.start")
    train.wait_for("finished")
    run = train.page.presenter.run.id
    for button, signal, argument in (
        ("train.export", train.services.open_in_export, f"run:{run}@best"),
        ("train.vision", train.services.open_in_vision, f"run:{run}@best"),
        ("train.show_run", train.services.open_run, run),
    ):
        with train.qtbot.waitSignal(signal) as asked:
            train.click(button)
        assert asked.args == [argument]


def test_the_theme_changes_while_it_trains(train: Driver) -> None:
    train.make_endless()
    train.click("train.start")
    train.wait_for("running")
    for mode in ("light", "dark", "light"):
        step = train.page.presenter.run.step
        train.services.theme.set_mode(mode)
        train.wait(lambda step=step: train.page.presenter.run.step > step)
    train.click("train.stop")
    train.wait_for("stopped")
