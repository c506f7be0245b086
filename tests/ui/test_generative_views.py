"""Views of generators, planes, agents and detectors: mouse, keys, sliders, and what they say in words."""

from __future__ import annotations

from array import array

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QPushButton, QSlider, QWidget

from studio.spec.events import Measured, Series
from studio.ui.pages.training.live_run import LiveRun, metric_for
from studio.ui.pages.training.panels.curves_panel import CurvesPanel
from studio.ui.pages.training.views.canvas import images_of, places
from studio.ui.pages.training.views.episode_view import EpisodeView
from studio.ui.pages.training.views.plane_view import PlaneView
from studio.ui.pages.training.views.reconstructions_view import ReconstructionsView
from studio.ui.pages.training.views.registry import VIEWS
from studio.ui.pages.training.views.samples_view import SamplesView
from studio.ui.pages.training.views.scenes_view import ScenesView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.curve_plot import CurvePlot
from studio.ui.widgets.tiles import NumberTile


@pytest.fixture
def theme(qapp):
    """A theme of the test's own."""
    theme = Theme(qapp, "dark")
    yield theme
    theme.deleteLater()


def shown(qtbot, view, width=700, height=230):
    """The view, exposed at the size that it has in a window of 1280×800."""
    qtbot.addWidget(view)
    view.resize(width, height)
    with qtbot.waitExposed(view):
        view.show()
    return view


def described(view, name):
    """What a control of the view says to a screen reader."""
    return view.findChild(QWidget, name).accessibleDescription()


def samples(epochs):
    """Four pictures of 2×2 after each epoch, as bright as the epoch's number."""
    return {
        "shape": [1, 2, 2],
        "columns": 8,
        "epochs": list(epochs),
        "grids": array("B", [epoch for epoch in epochs for _ in range(16)]),
        "labels": ["0", "1"],
        "counts": [700, 200],
        "made": 1000,
    }


def test_the_slider_of_samples_goes_back_and_follows_again(qtbot, theme):
    view = shown(qtbot, SamplesView(theme))
    slider = view.findChild(QSlider, "train.samples.epoch")
    assert "from the same noise" in described(view, "train.samples")
    assert not slider.isVisible()
    view.show_picture("samples", samples([1, 2, 3]))
    assert "4 pictures after epoch 3; clearly of each class: 0 700, 1 200" in described(view, "train.samples")
    view.show_picture("samples", samples([1, 2, 3, 4]))
    assert "epoch 4" in described(view, "train.samples"), "at its end it follows"
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    assert "epoch 1;" in described(view, "train.samples")
    view.show_picture("samples", samples([1, 3, 5, 7, 9]))
    assert "epoch 1;" in described(view, "train.samples"), "who looks back is not torn away"
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert "epoch 9" in described(view, "train.samples")
    view.clear()
    assert "from the same noise" in described(view, "train.samples")


def plane():
    """A plane of 3×3 pictures of one pixel: 0 to 80 row by row."""
    return {
        "shape": [1, 1, 1],
        "across": 3,
        "reach": 2.0,
        "pictures": array("B", range(0, 90, 10)),
        "x": array("d", [-1.0, 1.5]),
        "y": array("d", [0.5, -1.5]),
        "classes": array("I", [0, 1]),
        "labels": ["zero", "one"],
    }


def test_a_plane_is_walked_with_mouse_and_keys(qtbot, theme):
    view = shown(qtbot, PlaneView(theme))
    points, decoded = view.findChild(QWidget, "train.plane.points"), view.findChild(QWidget, "train.plane.decoded")
    qtbot.keyClick(points, Qt.Key.Key_Left)
    assert "will" not in described(view, "train.plane.points"), "an empty plane is not walked"
    view.show_picture("plane", plane())
    assert decoded.pixels().flatten().tolist() == [40], "the middle"
    for _ in range(100):
        qtbot.keyClick(points, Qt.Key.Key_Right)
    assert described(view, "train.plane.decoded") == "The picture at x 2.00, y 0.00"
    assert decoded.pixels().flatten().tolist() == [50]
    qtbot.keyClick(points, Qt.Key.Key_Up)
    assert decoded.pixels().flatten().tolist() == [48], "one of twenty steps up, blended with the row above"
    square = points.square()
    corner = QPointF(square.left() + 1, square.top() + 1).toPoint()
    qtbot.mouseMove(points, QPoint(int(square.center().x()), int(square.center().y())))
    qtbot.mouseMove(points, corner)
    assert decoded.pixels().flatten().tolist()[0] <= 1
    assert described(view, "train.plane.map").startswith("At x −1.9")
    view.clear()
    assert "under the mouse" in described(view, "train.plane.decoded")


def test_reconstructions_stand_below_their_originals(qtbot, theme):
    view = shown(qtbot, ReconstructionsView(theme))
    data = {"shape": [1, 1, 1], "originals": array("B", [250, 10]), "reconstructions": array("B", [120, 130])}
    view.show_picture("reconstructions", {**data, "captions": ["7", "3"]})
    assert described(view, "train.reconstructions") == "Pictures of 7, 3, each above its reconstruction"
    picture: QImage = view.grab().toImage()
    greys = {picture.pixelColor(x, y).name() for x in range(0, 700, 5) for y in range(0, 230, 5)}
    assert {"#fafafa", "#0a0a0a", "#787878", "#828282"} <= greys


def episode(steps, epoch):
    """A game in which the cart goes right."""
    position = array("d", [step / 100 for step in range(steps + 1)])
    angle = array("d", [0.0] * (steps + 1))
    return {"position": position, "angle": angle, "return": float(steps), "returns": [steps], "epoch": epoch}


def test_a_game_plays_while_it_is_seen_and_gives_way_to_a_newer_one(qtbot, theme):
    view = shown(qtbot, EpisodeView(theme))
    slider, play = view.findChild(QSlider, "train.episode.step"), view.findChild(QPushButton, "train.episode.play")
    assert not play.isVisible()
    view.show_picture("episode", episode(10, 1))
    if not view.is_playing:  # a system that asks for less motion
        play.click()
    assert view.is_playing
    assert play.text() == "Pause"
    view.show_picture("episode", episode(400, 2))
    assert "epoch 1" in described(view, "train.episode")
    qtbot.waitUntil(lambda: "epoch 2 · return 400" in _words(view))
    view.hide()
    assert not view.is_playing
    view.show()
    assert view.is_playing
    play.click()
    assert not view.is_playing
    assert play.text() == "Play"
    slider.setValue(200)
    assert "4.00 s of 8.00 s" in _words(view)
    view.show_picture("episode", episode(20, 3))
    assert "epoch 2" in _words(view), "who has paused looks at this game"
    play.click()
    assert "epoch 3" in _words(view)
    qtbot.waitUntil(lambda: not view.is_playing)
    assert slider.value() == 20
    play.click()
    assert view.is_playing
    assert slider.value() == 0
    view.clear()
    assert not view.is_playing
    assert not play.isVisible()


def _words(view):
    return " ".join(label.text() for label in view.findChildren(QLabel))


def scenes(count):
    """Scenes of 4×4 pixels with one thing each, found twice."""
    return {
        "shape": [3, 4, 4],
        "pictures": array("B", [100] * count * 48),
        "labels": ["circle", "square"],
        "true": [[[0.0, 0.0, 0.0, 2.0, 2.0]] for _ in range(count)],
        "found": [[[0.0, 0.9, 0.0, 0.0, 2.0, 2.0], [1.0, 0.2, 1.0, 1.0, 3.0, 3.0]] for _ in range(count)],
    }


def test_scenes_are_stepped_through_and_boxes_answer_to_the_score(qtbot, theme):
    view = shown(qtbot, ScenesView(theme))
    strip = view.findChild(QWidget, "train.scenes")
    back, on = (view.findChild(QPushButton, f"train.scenes.{name}") for name in ("back", "on"))
    view.show_picture("scenes", scenes(9))
    assert described(view, "train.scenes").startswith("scene 1: true circle; found circle 90%. scene 2")
    assert not back.isEnabled()
    score = view.findChild(QSlider, "train.scenes.score")
    score.setValue(5)
    assert "found circle 90%, square 20%" in described(view, "train.scenes")
    score.setValue(95)
    assert "found nothing" in described(view, "train.scenes")
    strip.setFocus()
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    assert "scene 1:" not in described(view, "train.scenes")
    assert back.isEnabled()
    for _ in range(5):
        qtbot.keyClick(strip, Qt.Key.Key_Right)
    assert "scene 9:" in described(view, "train.scenes")
    assert not on.isEnabled()
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    assert "scene 9:" not in described(view, "train.scenes")
    view.clear()
    assert not back.isVisible()


@pytest.mark.parametrize("task", ["adversarial", "autoencoding", "reinforcement", "detection"])
@pytest.mark.parametrize("mode", ["dark", "light"])
def test_empty_and_small_views_are_painted(qtbot, theme, task, mode):
    theme.set_mode(mode)
    for kind in VIEWS[task]:
        view = shown(qtbot, kind(theme), 300, 120)
        assert not view.grab().isNull()
        for part in view.findChildren(QWidget):
            if part.objectName().startswith("train."):
                assert part.accessibleName(), part.objectName()


def test_places_fill_the_area_and_pictures_keep_their_colours(qtbot):
    from PySide6.QtCore import QRectF

    area = QRectF(0, 0, 400, 100)
    for count in (1, 7, 64):
        found = places(count, area, 4)
        assert len(found) == count
        assert all(area.adjusted(-0.01, -0.01, 0.01, 0.01).contains(place) for place in found)
    assert places(64, area, 0)[0].width() == pytest.approx(25)
    (image,) = images_of(array("B", [255, 0, 0, 255, 0, 128]), [3, 1, 2])
    assert image.pixelColor(0, 0).getRgb()[:3] == (255, 0, 0)
    assert image.pixelColor(1, 0).getRgb()[:3] == (0, 255, 128)


def test_the_loss_of_a_discriminator_is_drawn_beside_the_generators(qtbot, theme):
    panel = CurvesPanel(theme)
    qtbot.addWidget(panel)
    run = LiveRun(metric_for("adversarial", "distance/test"))
    panel.begin(run, "adversarial")
    points = Series.of([1.0, 2.0], [0.7, 0.6])
    series = {"loss/train": points, "discriminator/train": points, "distance/test": points}
    run.measure(Measured(series))
    panel.extend(series, run)
    panel.show_run(run, is_working=False)
    assert list(panel.findChild(CurvePlot, "train.loss_plot").curves()) == ["train", "discriminator"]
    assert list(panel.findChild(CurvePlot, "train.metric_plot").curves()) == ["test"]
    assert "Loss, train" in panel.findChild(NumberTile, "train.tile.loss").accessibleName()
    assert run.metric_tile() == ("0.6", "best 0.6", "good")
