"""One's own data in the window: dropped, looked at, mended, used and trained, by object names."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QPushButton,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.bridge.jobs import JobHost
from studio.runs.workspace import Workspace
from studio.settings.store import SettingsStore
from studio.ui.pages.training.data_dialog.columns_table import ROLE, ColumnsTable
from studio.ui.pages.training.data_dialog.dialog import DataDialog
from studio.ui.pages.training.page import TrainingPage
from studio.ui.services import Services
from studio.ui.theme.theme import Theme
from studio.ui.widgets.bar_chart import BarChart
from studio.ui.widgets.sample_strip import SampleStrip
from tests.own_data import write_pictures, write_table

LONG = 60_000


class Driver:
    """The page, and the dialog over it, with hands."""

    def __init__(self, page: TrainingPage, qtbot: QtBot) -> None:
        self.page, self.qtbot = page, qtbot

    @property
    def dialog(self) -> DataDialog:
        found = self.page.findChild(DataDialog, "train.data.dialog")
        assert found is not None
        return found

    def find(self, kind: type, name: str) -> QWidget:
        found = self.dialog.findChild(kind, name)
        assert found is not None, name
        return found

    def drop(self, path: Path) -> DataDialog:
        self.page.take_drop([path])
        self.wait_until_looked()
        return self.dialog

    def wait(self, what: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(what, timeout=LONG)

    def wait_until_looked(self) -> None:
        presenter = self.dialog.presenter
        self.wait(lambda: not presenter.is_looking)

    def click(self, name: str) -> None:
        self.qtbot.mouseClick(self.find(QPushButton, name), Qt.MouseButton.LeftButton)

    def names(self) -> list[str]:
        return [one.name for one in self.dialog.presenter.findings or ()]

    def click_fix(self, name: str) -> None:
        self.click(f"train.data.fix.{self.names().index(name)}")
        self.wait_until_looked()

    def set_role(self, column: str, role: str) -> None:
        table = self.find(ColumnsTable, "train.data.columns")
        model = table.model()
        names = [model.index(row, 0).data() for row in range(model.rowCount())]
        assert model.setData(model.index(names.index(column), ROLE), role)
        self.wait_until_looked()

    def role(self, column: str) -> str:
        found = self.dialog.presenter.column(column)
        assert found is not None
        return found.role

    @property
    def use(self) -> QPushButton:
        return self.find(QPushButton, "train.data.use")  # type: ignore[return-value]


def _drive(
    qtbot: QtBot, qapp: QApplication, workspace: Workspace, tmp_path: Path, *, in_child: bool
) -> Iterator[Driver]:
    host = JobHost(single_process=not in_child)
    services = Services(host, workspace, SettingsStore(tmp_path / "settings.toml"), Theme(qapp, "dark"))
    page = TrainingPage(services)
    qtbot.addWidget(page)
    page.resize(1280, 700)
    with qtbot.waitExposed(page):
        page.show()
    yield Driver(page, qtbot)
    with qtbot.waitSignal(host.all_ended, timeout=LONG):
        host.close()


@pytest.fixture
def train(qtbot: QtBot, qapp: QApplication, workspace: Workspace, tmp_path: Path) -> Iterator[Driver]:
    yield from _drive(qtbot, qapp, workspace, tmp_path, in_child=False)


@pytest.fixture
def train_in_child(qtbot: QtBot, qapp: QApplication, workspace: Workspace, tmp_path: Path) -> Iterator[Driver]:
    yield from _drive(qtbot, qapp, workspace, tmp_path, in_child=True)


def test_a_dropped_table_is_mended_used_and_trained(train_in_child: Driver, tmp_path: Path) -> None:
    train = train_in_child
    path = write_table(tmp_path / "people.csv", gaps=3)
    before = path.read_bytes()
    assert train.page.drop_hint([path]) == "Look at people.csv, and train on it"
    dialog = train.drop(path)
    assert dialog.windowTitle() == "Your data: people.csv"
    assert train.names()[0] == "data.missing"
    assert not train.use.isEnabled()
    assert "no value" in train.use.toolTip()
    train.click_fix("data.missing")
    assert dialog.presenter.data["missing"] == "median"
    assert "data.filled" in train.names()
    train.click("train.data.undo")
    train.wait_until_looked()
    assert train.names()[0] == "data.missing"
    assert "missing" not in dialog.presenter.data
    train.click_fix("data.missing")
    train.wait(train.use.isEnabled)
    train.click("train.data.use")
    spec = train.page.presenter.spec
    assert spec is not None, train.page.presenter.problem
    assert spec.data.name == "table"
    assert spec.data.parameters["target"] == "bought"
    assert spec.model.name == "mlp"
    assert train.page.presenter.source == "people.csv"
    train.page.presenter.set_value("training", "epochs", 4)
    train.qtbot.mouseClick(train.page.findChild(QPushButton, "train.start"), Qt.MouseButton.LeftButton)
    train.wait(lambda: train.page.presenter.state in ("finished", "failed"))
    assert train.page.presenter.state == "finished", train.page.presenter.report()
    assert train.page.presenter.run.best["accuracy/test"] > 0.6
    assert path.read_bytes() == before, "the originals are never changed"


def test_roles_are_changed_in_place_and_taken_back(train: Driver, tmp_path: Path) -> None:
    train.drop(write_table(tmp_path / "people.csv"))
    assert (train.role("bought"), train.role("age"), train.role("id")) == ("target", "feature", "left out")
    train.set_role("age", "left out")
    assert train.role("age") == "left out"
    assert train.dialog.presenter.data["leave_out"] == ["age"]
    train.set_role("city", "group")
    assert train.dialog.presenter.data["group_by"] == "city"
    train.set_role("age", "feature")
    assert "leave_out" not in train.dialog.presenter.data
    train.set_role("joined", "time")
    assert train.dialog.presenter.data["time_by"] == "joined"
    train.set_role("income", "target")
    assert train.dialog.presenter.task == "regression"
    assert train.dialog.presenter.data["scale_target"]
    assert train.role("bought") == "feature"
    assert train.dialog.presenter.tables()["loss"] == {"name": "MSELoss"}
    for _ in range(5):
        train.click("train.data.undo")
        train.wait_until_looked()
    assert train.role("bought") == "target"
    assert not train.find(QPushButton, "train.data.undo").isEnabled()
    train.set_role("id", "feature")
    assert "id" in train.dialog.presenter.data["columns"]


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)", extend=True)
def test_a_role_is_chosen_by_keyboard(train: Driver, tmp_path: Path) -> None:
    train.drop(write_table(tmp_path / "people.csv"))
    table = train.find(ColumnsTable, "train.data.columns")
    assert isinstance(table, ColumnsTable)
    table.setFocus()
    table.setCurrentIndex(table.model().index(1, ROLE))
    train.qtbot.keyClick(table, Qt.Key.Key_Return)
    box = table.findChild(QComboBox, "train.data.role")
    assert box is not None
    train.qtbot.keyClick(box.view(), Qt.Key.Key_Down)
    train.qtbot.keyClick(box.view(), Qt.Key.Key_Return)
    train.wait_until_looked()
    assert train.role("age") == "left out"
    assert train.dialog.isVisible(), "Enter was for the list, not for the dialog's buttons"


def test_the_target_and_the_split_are_chosen(train: Driver, tmp_path: Path) -> None:
    train.drop(write_table(tmp_path / "people.csv"))
    target = train.find(QComboBox, "train.data.target")
    assert isinstance(target, QComboBox)
    target.setCurrentIndex(target.findText("city"))
    target.activated.emit(target.currentIndex())
    train.wait_until_looked()
    assert train.role("city") == "target"
    chart = train.find(BarChart, "train.data.classes")
    assert isinstance(chart, BarChart)
    assert {bar.name for bar in chart.bars} == {"Bonn", "Köln", "München"}
    share = train.find(QDoubleSpinBox, "train.data.test_share")
    assert isinstance(share, QDoubleSpinBox)
    share.setValue(50)
    train.wait_until_looked()
    assert train.dialog.presenter.data["test_fraction"] == 0.5
    assert "60 train · 60 test" in (
        train.dialog.presenter.summary.counts if train.dialog.presenter.summary else ""
    )


def test_a_folder_of_images_is_shown_and_mended(train: Driver, tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "shapes", each=12)
    (folder / "circle" / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n no picture")
    (folder / "circle" / "notes.txt").write_text("not an image")
    train.drop(folder)
    assert train.names()[0] == "data.bad_image"
    assert "data.other_files" in train.names()
    train.click_fix("data.bad_image")
    assert train.dialog.presenter.data["skip_bad"] is True
    train.wait(train.use.isEnabled)
    strip = train.find(SampleStrip, "train.data.pictures")
    assert "circle" in strip.accessibleDescription()
    train.click("train.data.use")
    spec = train.page.presenter.spec
    assert spec is not None
    assert (spec.data.name, spec.model.name) == ("images", "cnn")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", b"", "empty.csv is empty."),
        ("header.csv", b"a,b,c\n", "header.csv has a header but no rows."),
        ("ragged.csv", b"a,b\n1,2\n3\n", "ragged.csv, line 3 has 1 field;"),
        ("bad.xlsx", b"no zip", "bad.xlsx is damaged"),
        ("bad.npz", b"no zip", "bad.npz"),
    ],
)
def test_what_cannot_be_read_is_said(train: Driver, tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    train.drop(tmp_path / name)
    assert says in train.find(QWidget, "train.data.findings").accessibleDescription()
    assert not train.use.isEnabled()
    state = train.find(QLabel, "train.data.state")
    assert isinstance(state, QLabel)
    assert "Mend this first" in state.text()


def test_two_hundred_long_columns_fit(train: Driver, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    names = [f"measurement {number} of a thing with a very long name indeed" for number in range(200)]
    random.seed(0)
    lines = [",".join(f"{random.gauss(0, 1):.3f}" for _ in names) + f",{'ab'[row % 2]}" for row in range(40)]
    path.write_text(",".join([*names, "y"]) + "\n" + "\n".join(lines))
    train.drop(path)
    table = train.find(ColumnsTable, "train.data.columns")
    preview = train.find(QTableView, "train.data.preview")
    assert isinstance(table, QTableView)
    assert isinstance(preview, QTableView)
    assert table.model().rowCount() == 201
    assert preview.model().columnCount() == 201
    assert train.dialog.width() <= 1100


def test_every_control_of_the_dialog_has_a_name(train: Driver, tmp_path: Path) -> None:
    dialog = train.drop(write_table(tmp_path / "people.csv", gaps=2))
    kinds = (QPushButton, QComboBox, QDoubleSpinBox, QTableView)
    controls = [
        one for kind in kinds for one in dialog.findChildren(kind) if not one.objectName().startswith("qt_")
    ]
    assert [
        one for one in controls if not one.objectName() or not (one.accessibleName() or not one.isVisible())
    ] == []


def test_escape_leaves_everything_as_it_was(train: Driver, tmp_path: Path) -> None:
    train.page.presenter.load_first()
    spec = train.page.presenter.spec
    dialog = train.drop(write_table(tmp_path / "people.csv"))
    with train.qtbot.waitSignal(dialog.destroyed):
        train.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert train.page.presenter.spec == spec


def test_what_is_no_data_is_not_taken(train: Driver, tmp_path: Path) -> None:
    assert train.page.drop_hint([tmp_path / "song.mp3"]) == ""
    assert train.page.drop_hint([tmp_path / "a.csv", tmp_path / "b.csv"]) == ""
    assert train.page.drop_hint([tmp_path]).startswith("Look at")
