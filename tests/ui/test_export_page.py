"""The Export tab, driven by object names with the real job in its child process."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.bridge.jobs import JobHost
from studio.runs.folder import RunFolder
from studio.runs.state import RunState
from studio.runs.workspace import Workspace
from studio.settings.store import SettingsStore
from studio.spec.exports import FORMATS, ExportedFile, FormatName
from studio.ui.pages.exporting.page import ExportingPage
from studio.ui.pages.exporting.wording import difference_text, latency_text, share_text, size_text
from studio.ui.services import Services
from studio.ui.theme.theme import Theme
from studio.ui.widgets.bar_chart import Bar, BarChart

W = TypeVar("W", bound=QWidget)

MODEL = "torchvision:squeezenet1_1"
PATIENCE = 120_000


class Stage:
    """A window with nothing but the page in it, and short ways to its controls."""

    def __init__(self, qtbot: QtBot, workspace: Workspace) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.qtbot = qtbot
        self.window = QMainWindow()
        self.host = JobHost(self.window)
        theme = Theme(application, "dark", self.window)
        self.services = Services(self.host, workspace, SettingsStore(), theme, self.window)
        self.page = ExportingPage(self.services)
        self.presenter = self.page.presenter
        self.window.setCentralWidget(self.page)
        self.window.resize(1280, 720)
        with qtbot.waitExposed(self.window):
            self.window.show()

    def find(self, kind: type[W], name: str) -> W:
        found = self.page.findChild(kind, name)
        assert found is not None, name
        return found

    def click(self, name: str) -> None:
        self.qtbot.mouseClick(self.find(QPushButton, name), Qt.MouseButton.LeftButton)

    def choose(self, ref: str) -> None:
        combo = self.find(QComboBox, "export.model")
        assert combo.findData(ref) >= 0
        combo.setCurrentIndex(combo.findData(ref))

    def set_formats(self, *names: FormatName) -> None:
        for one in FORMATS:
            self.find(QCheckBox, f"export.formats.{one.name}").setChecked(one.name in names)

    def set_folder(self, folder: Path) -> None:
        field = self.find(QLineEdit, "export.folder")
        field.setText(str(folder))
        field.editingFinished.emit()

    def prepare(self, folder: Path, *names: FormatName) -> None:
        """A small model with random weights, to `names` in `folder`."""
        self.choose(MODEL)
        self.find(QCheckBox, "export.pretrained").setChecked(False)
        self.set_formats(*names)
        self.set_folder(folder)

    def wait(self) -> None:
        self.qtbot.waitUntil(lambda: not self.presenter.is_running, timeout=PATIENCE)

    def cell(self, row: int, column: int) -> str:
        return str(self.find(QTableView, "export.results").model().index(row, column).data())

    def close(self) -> None:
        if not self.host.has_ended_all:
            with self.qtbot.waitSignal(self.host.all_ended, timeout=20_000):
                self.host.close()
        self.window.close()
        self.window.deleteLater()


@pytest.fixture
def stage(qtbot: QtBot, workspace: Workspace) -> Iterator[Stage]:
    stage = Stage(qtbot, workspace)
    yield stage
    stage.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for exports."""
    made = tmp_path / "exports of a test"
    made.mkdir()
    return made


def test_the_empty_page_teaches_and_offers_one_click(stage: Stage) -> None:
    assert stage.find(QPushButton, "export.start_onnx").isVisible()
    assert not stage.find(QTableView, "export.results").isVisible()
    assert stage.find(QPushButton, "export.start").isEnabled()
    assert not stage.find(QPushButton, "export.cancel").isEnabled()


def test_every_control_has_a_name_and_says_what_it_is(stage: Stage) -> None:
    for kind in (QPushButton, QCheckBox, QComboBox, QSpinBox, QTableView, QPlainTextEdit, QLineEdit):
        for control in stage.page.findChildren(kind):
            if control.objectName().startswith("qt_"):
                continue
            assert control.objectName().startswith("export."), control
            if control.isVisible():
                assert control.accessibleName(), control.objectName()


def test_an_export_from_choice_to_snippet(stage: Stage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.prepare(folder, "onnx", "pt2", "safetensors")
    stage.click("export.start")
    assert stage.presenter.is_running
    assert not stage.find(QPushButton, "export.start").isEnabled()
    stage.wait()

    assert stage.presenter.outcome == "Exported 3 files."
    names = [f"squeezenet1_1{suffix}" for suffix in (".onnx", ".pt2", ".safetensors")]
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    assert [stage.cell(row, 0) for row in range(3)] == ["ONNX", "torch.export", "safetensors"]
    assert stage.cell(0, 2) == "✓ Equal within tolerance"
    assert stage.cell(1, 2) == stage.cell(2, 2) == "✓ Equal"
    assert stage.cell(0, 4) == "100 %"
    assert stage.cell(0, 5).endswith(("ms", "µs"))
    assert stage.cell(2, 5) == "–"

    chart = stage.find(BarChart, "export.latency")
    assert [bar.name for bar in chart.bars] == ["eager PyTorch", "ONNX Runtime", "torch.export"]
    assert sum(bar.is_best for bar in chart.bars) == 1

    snippet = stage.find(QPlainTextEdit, "export.snippet")
    assert "InferenceSession" in snippet.toPlainText()
    stage.click("export.copy_snippet")
    script = folder / "use.py"
    script.write_text(QApplication.clipboard().text(), encoding="utf-8")
    monkeypatch.chdir(folder)
    assert runpy.run_path(str(script))["y"].shape == (1, 1000)

    stage.find(QTableView, "export.results").selectRow(1)
    assert stage.presenter.selected == "pt2"
    assert "torch.export.load" in snippet.toPlainText()
    with stage.qtbot.waitSignal(stage.services.open_in_vision) as asked:
        stage.click("export.open_in_vision")
    assert asked.args == [str(folder / "squeezenet1_1.pt2")]


def test_files_that_are_there_are_replaced_only_when_told(stage: Stage, folder: Path) -> None:
    there = folder / "squeezenet1_1.safetensors"
    there.write_bytes(b"precious")
    stage.prepare(folder, "safetensors")
    stage.click("export.start")
    notice = stage.find(QWidget, "export.notice")
    assert notice.isVisible()
    assert notice.property("role") == "notice-warn"
    assert not stage.presenter.is_running
    # Dismissed and asked again, it shows again.
    stage.click("export.notice.close")
    assert not notice.isVisible()
    stage.click("export.start")
    assert notice.isVisible()
    assert there.read_bytes() == b"precious"
    stage.click("export.notice.act")
    assert not notice.isVisible()
    stage.wait()
    assert stage.presenter.outcome == "Exported 1 file."
    assert there.read_bytes() != b"precious"


def test_the_wheel_over_model_and_opset_changes_nothing(stage: Stage) -> None:
    model, opset = stage.find(QComboBox, "export.model"), stage.find(QSpinBox, "export.opset")
    stage.find(QLineEdit, "export.name").setFocus()
    before = stage.presenter.request
    for control in (model, opset):
        place = QPointF(control.rect().center())
        turn = QWheelEvent(
            place,
            control.mapToGlobal(place),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(control, turn)
    assert stage.presenter.request == before


def test_only_the_files_that_were_asked_about_are_replaced(stage: Stage, folder: Path) -> None:
    for name in ("squeezenet1_1", "other"):
        (folder / f"{name}.safetensors").write_bytes(b"precious")
    stage.prepare(folder, "safetensors")
    notice = stage.find(QWidget, "export.notice")
    changes: tuple[Callable[[], None], ...] = (
        lambda: stage.find(QLineEdit, "export.name").setText("other"),
        lambda: stage.set_folder(folder.parent),
        lambda: stage.choose("torchvision:resnet18"),
        lambda: stage.set_formats("state_dict"),
        lambda: stage.page.take_drop([folder / "other.safetensors"]),
    )
    for change in changes:
        stage.choose(MODEL)
        stage.find(QLineEdit, "export.name").clear()
        stage.set_folder(folder)
        stage.set_formats("safetensors")
        stage.click("export.start")
        assert notice.isVisible()
        change()
        assert not notice.isVisible(), "the question was about other files"


def test_replace_after_a_refusal_exports_what_was_refused(stage: Stage, folder: Path) -> None:
    stage.prepare(folder, "safetensors")
    stage.click("export.start")
    # A file that comes while the export is under way; a second one of the next name is not asked about.
    (folder / "squeezenet1_1.safetensors").write_bytes(b"came late")
    (folder / "other.safetensors").write_bytes(b"precious")
    stage.wait()
    assert stage.presenter.error is not None
    assert stage.presenter.error.action == "export.overwrite"
    stage.find(QLineEdit, "export.name").setText("other")
    stage.click("export.notice.act")
    stage.wait()
    assert stage.presenter.outcome == "Exported 1 file."
    assert (folder / "other.safetensors").read_bytes() == b"precious"
    assert (folder / "squeezenet1_1.safetensors").read_bytes() != b"came late"


def test_weights_that_were_chosen_stay_when_a_run_appears(
    stage: Stage, folder: Path, workspace: Workspace
) -> None:
    stage.page.take_drop([folder / "a.pth"])
    model = stage.presenter.model
    run = RunFolder.create(workspace, "digits-cnn")
    run.write_state(RunState(status="finished", step=3, epoch=1))
    with stage.qtbot.waitSignal(stage.presenter.models_changed, timeout=PATIENCE):
        stage.presenter.list_runs()
    stage.qtbot.waitUntil(lambda: stage.presenter.models[0].ref.startswith("run:"), timeout=PATIENCE)
    assert stage.presenter.model == model
    assert stage.presenter.request.weights == str(folder / "a.pth")


def test_a_failure_is_shown_where_it_happened(stage: Stage, folder: Path) -> None:
    (folder / "file").write_text("not a folder", encoding="utf-8")
    stage.prepare(folder / "file" / "inside", "onnx")
    stage.click("export.start")
    stage.wait()
    notice = stage.find(QWidget, "export.notice")
    assert notice.isVisible()
    assert "cannot be written" in notice.accessibleName()
    assert stage.presenter.outcome == "The export failed."
    assert stage.find(QPushButton, "export.start").isEnabled()


def test_a_format_that_cannot_hold_the_model_says_so_beside_the_good_ones(stage: Stage, folder: Path) -> None:
    stage.prepare(folder, "onnx", "safetensors")
    stage.choose("torchvision:ssdlite320_mobilenet_v3_large")
    stage.click("export.start")
    stage.wait()
    assert stage.presenter.outcome == "Exported 1 file, 1 failed."
    assert stage.cell(0, 2) == "! Failed"
    stage.find(QTableView, "export.results").selectRow(0)
    notice = stage.find(QWidget, "export.file_notice")
    assert notice.isVisible()
    assert "detector" in notice.accessibleName()
    assert not stage.find(QPlainTextEdit, "export.snippet").isVisible()


def test_a_stop_leaves_no_half_file(stage: Stage, folder: Path) -> None:
    stage.prepare(folder, "onnx", "torchscript", "pt2")
    stage.click("export.start")
    stage.qtbot.waitUntil(lambda: bool(stage.presenter.files), timeout=PATIENCE)
    stage.click("export.cancel")
    assert not stage.find(QPushButton, "export.cancel").isEnabled()
    stage.wait()
    assert stage.presenter.outcome.startswith("Stopped.")
    assert stage.presenter.error is None
    done = {Path(str(file.path)).name for file in stage.presenter.files.values()}
    left = {path.name for path in folder.iterdir() if not path.name.startswith(".export-")}
    assert left == done


def test_start_waits_for_a_format_and_a_folder(stage: Stage, folder: Path) -> None:
    stage.prepare(folder)
    start = stage.find(QPushButton, "export.start")
    assert not start.isEnabled()
    assert start.toolTip() == "Choose at least one format."
    stage.set_formats("onnx")
    assert start.isEnabled()
    stage.qtbot.keyClicks(stage.find(QLineEdit, "export.name"), "a/b")
    assert not start.isEnabled()


def test_the_folder_follows_the_model_until_it_is_chosen(stage: Stage, workspace: Workspace, folder: Path) -> None:
    field = stage.find(QLineEdit, "export.folder")
    stage.choose(MODEL)
    assert field.text() == str(workspace.exports / "squeezenet1_1")
    stage.set_folder(folder)
    stage.choose("torchvision:resnet18")
    assert field.text() == str(folder)
    stage.set_folder(Path())
    stage.set_folder(folder)
    assert stage.presenter.folder == str(folder)


def test_another_tab_can_hand_over_a_model(stage: Stage) -> None:
    stage.services.open_in_export.emit("run:0007-digits-cnn@last")
    combo = stage.find(QComboBox, "export.model")
    assert combo.currentData() == "run:0007-digits-cnn@last"
    assert stage.presenter.request.target("onnx").name == "0007-digits-cnn-last.onnx"


def test_drops_say_what_they_do(stage: Stage, folder: Path) -> None:
    assert stage.page.drop_hint([folder]) == f"Export into {folder.name}"
    assert stage.page.drop_hint([folder / "a.pt2"]) == "Export a.pt2"
    assert stage.page.drop_hint([folder / "photo.jpg"]) == ""
    assert stage.page.drop_hint([folder, folder]) == ""
    assert "weights of a.pth" in stage.page.drop_hint([folder / "a.pth"])
    stage.page.take_drop([folder / "a.pth"])
    assert stage.presenter.request.weights == str(folder / "a.pth")
    stage.choose(MODEL)
    assert stage.presenter.request.weights == ""
    stage.page.take_drop([folder])
    assert stage.presenter.folder == str(folder)
    (folder / "a.pt2").write_bytes(b"")
    stage.page.take_drop([folder / "a.pt2"])
    assert stage.presenter.model == str(folder / "a.pt2")


def test_the_chart_is_read_as_text_and_walked_with_keys(stage: Stage) -> None:
    chart = BarChart(stage.services.theme, "export.chart_alone", "Latency", stage.window)
    chart.set_bars([Bar("eager", 17.5, "17.5 ms"), Bar("ONNX Runtime", 6.1, "6.1 ms", is_best=True)])
    assert chart.as_text() == "Latency: eager 17.5 ms; ONNX Runtime 6.1 ms, best."
    stage.qtbot.keyClick(chart, Qt.Key.Key_Down)
    stage.qtbot.keyClick(chart, Qt.Key.Key_Down)
    assert chart.accessibleDescription() == "ONNX Runtime 6.1 ms"


def test_numbers_are_said_with_units_and_never_rounded_to_what_they_are_not() -> None:
    assert size_text(18_730_000) == "18.7 MB"
    assert size_text(None) == "–"
    assert difference_text(0.0) == "0"
    assert difference_text(5.67e-6) == "5.7e-6"
    assert latency_text(0.01437) == "14.4 µs"
    assert latency_text(0.99999) == "1 ms"
    assert latency_text(1234.5) == "1234 ms"
    assert share_text(0.99999) == "99.9 %"
    assert share_text(1.0) == "100 %"
    assert ExportedFile("onnx", "equal", latency_ms=2.0, eager_latency_ms=5.0).speed == 2.5
