"""The lists of layers and transforms as a person edits them, and what is said before Start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QTableWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.bridge.jobs import JobHost
from studio.runs.workspace import Workspace
from studio.settings.store import SettingsStore
from studio.ui.pages.training.page import TrainingPage
from studio.ui.services import Services
from studio.ui.theme.theme import Theme
from studio.ui.widgets.fold import Fold
from studio.ui.widgets.ingredient_list import IngredientList
from studio.ui.widgets.ingredient_rows import Row, RowsView

W = TypeVar("W", bound=QWidget)
LONG = 60_000


class Editor:
    """A page with hands."""

    def __init__(self, page: TrainingPage, qtbot: QtBot) -> None:
        self.page, self.qtbot = page, qtbot

    def find(self, kind: type[W], name: str) -> W:
        found = self.page.findChild(kind, name)
        assert found is not None, name
        return found

    def click(self, name: str) -> None:
        self.qtbot.mouseClick(self.find(QPushButton, name), Qt.MouseButton.LeftButton)

    def choose(self, name: str, data: Any) -> None:
        box = self.find(QComboBox, name)
        box.setCurrentIndex(box.findData(data))

    def press(self, name: str, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(self.find(RowsView, name), key, modifier)

    def wait(self, what: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(what, timeout=LONG)

    def wait_for_look(self) -> None:
        look = self.page.presenter.look
        self.wait(lambda: look.is_current and not look.is_looking)

    def names(self, table: str = "layers") -> list[str]:
        tables = self.page.presenter.tables
        items = tables["model"]["layers"] if table == "layers" else tables.get("augment", [])
        return [item["name"] for item in items]

    def rows(self, name: str = "train.layers.list") -> list[Row]:
        view = self.find(RowsView, name)
        return [view.item(index).data(Qt.ItemDataRole.UserRole) for index in range(view.count())]

    def add(self, name: str, search: str) -> None:
        self.click(f"{name}.add")
        field = self.find(QLineEdit, f"{name}.search")
        self.qtbot.keyClicks(field, search)
        self.qtbot.keyClick(field, Qt.Key.Key_Return)

    def summary(self, title: str) -> str:
        folds = {fold._title: fold._summary.text() for fold in self.page.findChildren(Fold)}
        return folds[title]


@pytest.fixture
def editor(qtbot: QtBot, qapp: QApplication, workspace: Workspace, tmp_path: Path) -> Iterator[Editor]:
    """The page with a stack for the digits, and jobs in threads."""
    host = JobHost(single_process=True)
    services = Services(host, workspace, SettingsStore(tmp_path / "settings.toml"), Theme(qapp, "dark"))
    page = TrainingPage(services)
    qtbot.addWidget(page)
    page.resize(1280, 700)
    with qtbot.waitExposed(page):
        page.show()
    page.presenter.choose_recipe("digits-cnn")
    made = Editor(page, qtbot)
    made.choose("train.form.model.name", "stack")
    yield made
    with qtbot.waitSignal(host.all_ended, timeout=LONG):
        host.close()


FIRST = ["Conv2d", "BatchNorm2d", "ReLU", "AdaptiveAvgPool2d", "Flatten", "Linear"]


def test_a_stack_begins_with_layers_that_fit_and_shows_their_shapes(editor: Editor) -> None:
    assert editor.names() == FIRST
    assert [row.shape for row in editor.rows()] == ["16×8×8", "16×8×8", "16×8×8", "16×4×4", "256", "10"]
    assert editor.rows()[0].count == "160"
    assert "gives 16×8×8, 160 parameters" in editor.rows()[0].spoken()
    assert editor.page.presenter.reason_not_to_start == ""


def test_layers_are_added_moved_and_taken_out_by_the_keyboard_and_undone(editor: Editor) -> None:
    rows = editor.find(RowsView, "train.layers.list")
    rows.setCurrentRow(1)
    editor.add("train.layers", "drop")
    assert editor.names() == [*FIRST[:2], "Dropout", *FIRST[2:]]
    assert rows.currentRow() == 2
    editor.press("train.layers.list", Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert editor.names()[2:4] == ["ReLU", "Dropout"]
    assert rows.currentRow() == 3
    editor.press("train.layers.list", Qt.Key.Key_Delete)
    assert editor.names() == FIRST
    for wanted in ("ReLU", "Dropout"):
        editor.press("train.layers.list", Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert editor.names()[2] == wanted
    editor.click("train.layers.undo")
    assert editor.names() == FIRST
    assert not editor.find(QPushButton, "train.layers.undo").isEnabled()


def test_buttons_do_the_same(editor: Editor) -> None:
    editor.find(RowsView, "train.layers.list").setCurrentRow(0)
    assert not editor.find(QPushButton, "train.layers.up").isEnabled()
    editor.click("train.layers.down")
    assert editor.names()[:2] == ["BatchNorm2d", "Conv2d"]
    editor.click("train.layers.up")
    editor.click("train.layers.remove")
    assert editor.names() == FIRST[1:]


def test_dragging_moves_a_layer(editor: Editor) -> None:
    rows = editor.find(RowsView, "train.layers.list")
    rows.moved.emit(2, 0)
    assert editor.names()[:3] == ["ReLU", "Conv2d", "BatchNorm2d"]
    assert rows.dragDropMode() == RowsView.DragDropMode.InternalMove


def test_the_selected_layer_is_edited_by_its_form(editor: Editor) -> None:
    editor.find(RowsView, "train.layers.list").setCurrentRow(0)
    editor.find(QLineEdit, "train.layers.out_channels").setText("32")
    editor.find(QLineEdit, "train.layers.kernel_size").setText("3, 5")
    assert editor.page.presenter.tables["model"]["layers"][0] == {
        "name": "Conv2d",
        "out_channels": 32,
        "kernel_size": [3, 5],
        "padding": 1,
    }
    assert editor.rows()[0].shape == "32×8×6"
    editor.find(QLineEdit, "train.layers.kernel_size").setText("wide")
    assert editor.rows()[0].errors["kernel_size"].startswith("`model.layers[0].kernel_size` is 'wide'")
    assert not editor.find(QPushButton, "train.start").isEnabled()
    assert editor.find(QLabel, "train.state").text() == "Mend model.layers[0].kernel_size first"


def test_a_layer_that_does_not_fit_is_named_before_start(editor: Editor) -> None:
    editor.find(RowsView, "train.layers.list").setCurrentRow(4)
    editor.click("train.layers.remove")
    wrong = editor.rows()[-1]
    assert wrong.error.startswith("The last layer gives 16×4×10 numbers, and 10 are wanted: put Flatten before it")
    assert [row.is_wrong for row in editor.rows()] == [False, False, False, False, True]
    assert editor.find(QLabel, "train.layers.error").text() == wrong.error
    assert not editor.find(QPushButton, "train.start").isEnabled()
    editor.press("train.layers.list", Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not any(row.is_wrong for row in editor.rows())
    assert editor.find(QPushButton, "train.start").isEnabled()


def test_every_layer_can_be_searched(editor: Editor) -> None:
    editor.click("train.layers.add")
    choices = editor.find(QListWidget, "train.layers.choices")
    field = editor.find(QLineEdit, "train.layers.search")
    assert choices.item(0).text() == "Conv2d"
    field.setText("pool")
    shown = [choices.item(row).text() for row in range(choices.count()) if not choices.item(row).isHidden()]
    assert "MaxPool2d" in shown
    assert "Conv2d" not in shown
    editor.qtbot.keyClick(field, Qt.Key.Key_Down)
    assert choices.currentItem().text() == shown[1]
    field.setText("nothing like it")
    editor.qtbot.keyClick(field, Qt.Key.Key_Return)
    editor.qtbot.keyClick(field, Qt.Key.Key_Escape)
    editor.wait(lambda: editor.page.findChild(QLineEdit, "train.layers.search") is None)
    assert editor.names() == FIRST


def test_data_and_model_are_told_before_start(editor: Editor) -> None:
    editor.choose("train.form.model.name", "cnn")
    editor.wait_for_look()
    assert editor.summary("Data") == "1,437 train · 360 test"
    assert editor.summary("Model") == "25,978 parameters"
    editor.click("train.layers.show")
    table = editor.find(QTableWidget, "train.layers.table")
    assert [table.item(0, column).text() for column in range(4)] == ["blocks.0", "Conv2d", "16×8×8", "144"]
    editor.find(QDialog, "train.layers.dialog").accept()


def test_what_would_fail_keeps_the_run_from_starting(editor: Editor) -> None:
    editor.find(QLineEdit, "train.form.data.test_fraction").setText("0.0001")
    assert editor.page.presenter.reason_not_to_start == ""
    editor.wait_for_look()
    assert "cannot be made like this" in editor.page.presenter.reason_not_to_start
    assert "cannot be made like this" in editor.find(QWidget, "train.form.data.name").parentWidget().error
    assert not editor.find(QPushButton, "train.start").isEnabled()
    editor.find(QLineEdit, "train.form.data.test_fraction").setText("0.3")
    assert editor.find(QPushButton, "train.start").isEnabled()


def test_transforms_are_listed_and_one_image_shows_what_they_do(editor: Editor) -> None:
    fold = editor.find(QPushButton, "train.form.fold.augment")
    assert not editor.find(QWidget, "train.augment.preview").isVisible()
    editor.qtbot.mouseClick(fold, Qt.MouseButton.LeftButton)
    editor.add("train.augment", "rotation")
    assert editor.names("augment") == ["RandomRotation"]
    assert editor.summary("Augmentation") == "1 transform"
    preview = editor.find(QWidget, "train.augment.preview")
    editor.wait(preview.isVisible)
    before = preview.grab().toImage()
    editor.find(QLineEdit, "train.augment.degrees").setText("80")
    editor.wait_for_look()
    assert preview.grab().toImage() != before
    assert "changed, draw 8" in preview.accessibleDescription()
    editor.click("train.augment.remove")
    assert editor.page.presenter.tables.get("augment") is None
    assert not preview.isVisible()


def test_transforms_are_for_images_only(editor: Editor) -> None:
    editor.add("train.augment", "erasing")
    editor.choose("train.recipe", "linear-regression")
    assert not editor.find(IngredientList, "train.augment").isVisible()
    editor.choose("train.recipe", "digits-cnn")
    assert editor.names("augment") == []
    assert not editor.find(QPushButton, "train.augment.undo").isEnabled()


def test_a_look_that_cannot_be_had_does_not_keep_from_starting(editor: Editor) -> None:
    editor.wait_for_look()
    job = editor.page.presenter.look._job
    with editor.qtbot.waitSignal(job.ended, timeout=LONG):
        job.kill()
    editor.find(QLineEdit, "train.form.training.epochs").setText("3")
    assert editor.page.presenter.reason_not_to_start == ""
    editor.wait_for_look()
    assert editor.summary("Data") == "1,437 train · 360 test"


def test_what_failed_is_looked_at_again_when_the_page_comes_back(editor: Editor) -> None:
    editor.find(QLineEdit, "train.form.data.test_fraction").setText("0.0001")
    editor.wait_for_look()
    first = editor.page.presenter.look.refused
    editor.page.hide()
    editor.page.show()
    editor.wait(lambda: editor.page.presenter.look.refused not in (None, first))
    assert "cannot be made like this" in editor.page.presenter.reason_not_to_start
