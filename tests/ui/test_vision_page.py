"""The Vision tab as a person uses it: real widgets, a real session in a child process, real photographs."""

from __future__ import annotations

import csv
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QListView, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from torch import Tensor, nn

from studio.bridge.jobs import JobHost
from studio.runs.workspace import Workspace
from studio.settings.store import SettingsStore
from studio.spec.events import Event
from studio.spec.model_names import BUILTIN
from studio.spec.predictions import Answered
from studio.ui.pages.vision.page import VisionPage
from studio.ui.services import Services
from studio.ui.theme.theme import Theme
from studio.ui.widgets.image_view import ImageView, Outline
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.probability_bars import ProbabilityBars

_LONG = 60_000


@pytest.fixture
def photographs() -> dict[str, Path]:
    import skimage

    folder = Path(skimage.__file__).parent / "data"
    return {name: folder / f"{name}.png" for name in ("chelsea", "coffee")}


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication, workspace: Workspace, tmp_path: Path) -> Iterator[VisionPage]:
    """The page with jobs of its own; all of them are ended after the test."""
    host = JobHost()
    theme = Theme(qapp, "light", host)
    services = Services(host, workspace, SettingsStore(tmp_path / "settings.toml"), theme, host)
    page = VisionPage(services)
    qtbot.addWidget(page)
    page.resize(1280, 700)
    page.show()
    yield page
    with qtbot.waitSignal(host.all_ended, timeout=_LONG):
        host.close()


def _find(page: QWidget, kind: type[QWidget], name: str) -> QWidget:
    found = page.findChild(kind, name)
    assert found is not None, name
    return found


def _answered(page: VisionPage, count: int) -> Callable[[], bool]:
    return lambda: page.presenter.state == "ready" and len(page.presenter.predictions) == count


def _drop_on(widget: QWidget, paths: list[Path]) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    rest = (actions, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entered, dropped = QDragEnterEvent(QPoint(10, 10), *rest), QDropEvent(QPointF(10, 10), *rest)
    for event in (entered, dropped):
        QApplication.sendEvent(widget, event)
        assert event.isAccepted()
        assert event.dropAction() == Qt.DropAction.CopyAction


def test_dropped_images_are_answered_and_bad_ones_explained(
    page: VisionPage, qtbot: QtBot, photographs: dict[str, Path], tmp_path: Path
):
    bad = tmp_path / "scan.jpg"
    bad.write_text("not an image")
    _drop_on(_find(page, QWidget, "vision.drop_zone"), [photographs["chelsea"], bad, photographs["coffee"]])
    qtbot.waitUntil(_answered(page, 3), timeout=_LONG)

    gallery = _find(page, QListView, "vision.gallery")
    lines = [
        (gallery.model().index(row, 0).data(), gallery.model().index(row, 0).data(Qt.ItemDataRole.UserRole))
        for row in range(gallery.model().rowCount())
    ]
    assert lines == [("chelsea.png", "tiger cat 0.39"), ("coffee.png", "espresso 0.95")]
    bars = _find(page, ProbabilityBars, "vision.results")
    assert [bar.name for bar in bars.bars[:3]] == ["tiger cat", "Egyptian cat", "tabby"]
    assert bars.bars[0].number == "0.393"
    assert "tiger cat: 0.393" in bars.accessibleDescription()
    unread = _find(page, Notice, "vision.unread")
    assert "1 file not read" in unread.text
    assert "scan.jpg: it is not an image." in unread.text

    view = _find(page, ImageView, "vision.image")
    qtbot.waitUntil(lambda: view.caption == "chelsea.png · 451 × 300", timeout=_LONG)
    gallery.setFocus()
    qtbot.keyClick(gallery, Qt.Key.Key_Down)
    assert bars.bars[0].name == "espresso"
    qtbot.waitUntil(lambda: view.caption == "coffee.png · 600 × 400", timeout=_LONG)
    qtbot.keyClick(gallery, Qt.Key.Key_Delete)
    assert gallery.model().rowCount() == 1
    assert photographs["coffee"].exists()


def test_folder_its_table_and_its_code(
    page: VisionPage, qtbot: QtBot, photographs: dict[str, Path], tmp_path: Path
):
    folder = tmp_path / "写真 und mehr"
    folder.mkdir()
    (folder / "tasse.png").symlink_to(photographs["coffee"])
    (folder / "notes.txt").write_text("left out")
    assert "写真 und mehr" in page.drop_hint([folder])
    code = _find(page, QPushButton, "vision.code")
    assert not code.isEnabled()
    page.take_drop([folder])
    qtbot.waitUntil(_answered(page, 1), timeout=_LONG)
    table = tmp_path / "answers.csv"
    qtbot.mouseClick(_find(page, QPushButton, "vision.save_csv"), Qt.MouseButton.LeftButton)
    dialog = _find(page, QFileDialog, "vision.dialog")
    dialog.fileSelected.emit(str(table))
    dialog.reject()
    with table.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["path"], row["label_1"]) == (str(folder / "tasse.png"), "espresso")

    qtbot.mouseClick(code, Qt.MouseButton.LeftButton)
    script = _find(page, QPlainTextEdit, "vision.code_dialog.text").toPlainText()
    assert "class EfficientNetLite0(nn.Module)" in script
    assert str(folder / "tasse.png") in script
    qtbot.mouseClick(_find(page, QPushButton, "vision.code_dialog.close"), Qt.MouseButton.LeftButton)

    qtbot.mouseClick(_find(page, QPushButton, "vision.clear"), Qt.MouseButton.LeftButton)
    assert _find(page, QListView, "vision.gallery").model().rowCount() == 0
    assert _find(page, ProbabilityBars, "vision.results").bars == ()
    assert _find(page, QPushButton, "vision.open_first").isVisible()
    assert (folder / "tasse.png").exists()


def test_folder_without_images_is_said(page: VisionPage, qtbot: QtBot, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    page.take_drop([tmp_path / "empty"])
    notice = _find(page, Notice, "vision.notice")
    qtbot.waitUntil(lambda: "no image in empty" in notice.text, timeout=_LONG)


def test_pasted_picture_is_kept_and_answered(page: VisionPage, qtbot: QtBot, photographs: dict[str, Path]):
    mime = QMimeData()
    mime.setImageData(QImage(str(photographs["coffee"])))
    page.take_mime(mime)
    qtbot.waitUntil(_answered(page, 1), timeout=_LONG)
    (prediction,) = page.presenter.predictions
    assert prediction.answer() == "espresso 0.95"
    assert Path(prediction.path).parent.name == "pasted"


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)")  # of the offscreen platform
def test_model_without_network_from_a_file_and_typed(
    page: VisionPage,
    qtbot: QtBot,
    photographs: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    page.take_drop([photographs["coffee"]])
    model = _find(page, QComboBox, "vision.model")
    assert model.currentData() == BUILTIN
    model.setCurrentIndex(model.findData("torchvision:squeezenet1_1"))
    notice = _find(page, Notice, "vision.notice")
    qtbot.waitUntil(lambda: notice.name == "model.no_network", timeout=_LONG)
    assert "there is no network" in notice.text
    act = _find(page, QPushButton, "vision.notice.act")
    assert act.text() == "Load a file…"
    qtbot.mouseClick(act, Qt.MouseButton.LeftButton)
    dialog = _find(page, QFileDialog, "vision.dialog")

    weights = tmp_path / "mine.pth"
    torch.save(torchvision.models.squeezenet1_1(num_classes=1000).state_dict(), weights)
    dialog.fileSelected.emit(str(weights))
    dialog.reject()
    qtbot.waitUntil(_answered(page, 1), timeout=_LONG)
    assert not notice.isVisible()
    assert len(_find(page, ProbabilityBars, "vision.results").bars) == 5
    assert page.presenter.opened.source == "torchvision, weights of mine.pth"

    line = model.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "torchvision:resnet5O")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: notice.name == "model.unknown", timeout=_LONG)
    assert "resnet50" in notice.text
    model.setCurrentIndex(model.findData(BUILTIN))
    qtbot.waitUntil(_answered(page, 1), timeout=_LONG)
    assert not notice.isVisible()


def test_task_chooses_a_model_that_is_made_for_it(page: VisionPage, qtbot: QtBot):
    model = _find(page, QComboBox, "vision.model")
    qtbot.mouseClick(_find(page, QPushButton, "vision.task.segment"), Qt.MouseButton.LeftButton)
    assert model.currentData() == "torchvision:lraspp_mobilenet_v3_large"
    assert {model.itemData(index).partition(":")[0] for index in range(model.count() - 1)} == {"torchvision"}
    qtbot.mouseClick(_find(page, QPushButton, "vision.task.classify"), Qt.MouseButton.LeftButton)
    assert model.currentData() == BUILTIN
    assert model.findData("torchvision:resnet50") > 0


def test_what_is_told_of_the_model_before_is_not_believed(
    page: VisionPage, qtbot: QtBot, photographs: dict[str, Path]
):
    told: list[Event] = []
    page.take_drop([photographs["coffee"]])
    qtbot.waitUntil(lambda: page.presenter.state == "opening", timeout=_LONG)
    page.presenter._session.received.connect(told.extend)
    page.presenter.remove(0)
    model = _find(page, QComboBox, "vision.model")
    model.setCurrentIndex(model.findData("torchvision:alexnet"))
    qtbot.waitUntil(lambda: any(isinstance(event, Answered) for event in told), timeout=_LONG)
    assert page.presenter.model == "torchvision:alexnet"
    assert page.presenter.opened is None
    assert page.presenter.state == "idle"
    assert not _find(page, QPushButton, "vision.code").isEnabled()


def test_session_that_is_killed_says_so_and_goes_on(page: VisionPage, qtbot: QtBot, photographs: dict[str, Path]):
    page.take_drop([photographs["coffee"]])
    qtbot.waitUntil(_answered(page, 1), timeout=_LONG)
    os.kill(page.presenter._session.child_pid, signal.SIGKILL)
    notice = _find(page, Notice, "vision.notice")
    qtbot.waitUntil(notice.isVisible, timeout=_LONG)
    page.take_drop([photographs["chelsea"]])
    qtbot.waitUntil(_answered(page, 2), timeout=_LONG)


class Sneaky(nn.Module):
    """TorchScript code that runs when the file is read."""

    def forward(self, values: Tensor) -> Tensor:
        """The same values."""
        return values

    @torch.jit.export
    def __getstate__(self) -> tuple[int, bool]:
        """Nothing of worth."""
        return (1, self.training)

    @torch.jit.export
    def __setstate__(self, state: tuple[int, bool]) -> None:
        """Run at loading."""
        self.training = state[1]


def test_model_file_with_code_is_opened_only_on_request(
    page: VisionPage, qtbot: QtBot, photographs: dict[str, Path], tmp_path: Path
):
    path = tmp_path / "sneaky.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # TorchScript is deprecated
        torch.jit.save(torch.jit.script(Sneaky()), str(path))
    page.take_drop([photographs["coffee"]])
    assert page.drop_hint([path]) == "Use the model sneaky.pt"
    page.take_drop([path])
    notice = _find(page, Notice, "vision.notice")
    qtbot.waitUntil(lambda: notice.name == "model_file.code", timeout=_LONG)
    act = _find(page, QPushButton, "vision.notice.act")
    assert act.text() == "Open it anyway"
    qtbot.mouseClick(act, Qt.MouseButton.LeftButton)
    # It is opened now; being foreign, it does not say what it takes.
    qtbot.waitUntil(lambda: notice.name == "model_file.no_input", timeout=_LONG)


def test_export_is_asked_for_the_model(page: VisionPage, qtbot: QtBot):
    with qtbot.waitSignal(page._services.open_in_export) as asked:
        qtbot.mouseClick(_find(page, QPushButton, "vision.export"), Qt.MouseButton.LeftButton)
    assert asked.args == [BUILTIN]


def test_picture_zooms_about_the_pointer_and_fits_again(page: VisionPage, qtbot: QtBot):
    view = ImageView(page._services.theme, "vision.test_view", "Picture", page)
    view.resize(600, 500)
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    view.set_picture(image, QSize(4000, 3000), "a · 4000 × 3000")
    view.set_outlines((Outline((0, 0, 2000, 1500), "cat 0.90", 0),))
    fitted = view.place()
    at = QPointF(200, 200)
    before = (at - fitted.topLeft()) / fitted.width()
    view.zoom_by(2, at)
    place = view.place()
    assert place.width() == pytest.approx(2 * fitted.width())
    after = (at - place.topLeft()) / place.width()
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()))
    assert "cat 0.90" in view.accessibleDescription()
    view.show()
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.place() == fitted
    view.set_mask(np.full((3, 4, 3), 128, np.uint8))
    with_mask = view.grab().toImage().pixelColor(QPoint(300, 250))
    view.clear_mask()
    assert view.grab().toImage().pixelColor(QPoint(300, 250)) != with_mask


def test_picture_of_deep_grey_is_seen_as_it_is_read(page: VisionPage, qtbot: QtBot, tmp_path: Path):
    path = tmp_path / "deep.png"
    Image.fromarray(np.full((40, 60), 32768, np.uint16)).save(path)
    page.take_drop([path])
    view = _find(page, ImageView, "vision.image")
    qtbot.waitUntil(lambda: view.caption == "deep.png · 60 × 40", timeout=_LONG)
    middle = view.place().center().toPoint()
    assert view.grab().toImage().pixelColor(middle).red() == pytest.approx(128, abs=1)
    qtbot.waitUntil(_answered(page, 1), timeout=_LONG)
