"""Plots as they are seen, read and walked: curves and their table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication, QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QTableView, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from studio.spec.events import Series
from studio.ui.theme.theme import Theme
from studio.ui.widgets.curve_plot import SMOOTHINGS, CurvePlot, smoothing_window
from studio.ui.widgets.curve_table import CurveTable
from studio.ui.widgets.plot_ranges import Ranges

_NO_KEYS = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def every_move() -> Iterator[None]:
    """pyqtgraph takes no more than so many moves of the mouse a second; here it takes each."""
    usual = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", -1)
    yield
    pg.setConfigOption("mouseRateLimit", usual)


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """The dark colours."""
    return Theme(qapp, "dark")


@pytest.fixture
def plot(theme: Theme, qtbot: QtBot) -> CurvePlot:
    """A plot on a window of its own, shown."""
    plot = CurvePlot(theme, "Loss")
    plot.setObjectName("a.plot")
    qtbot.addWidget(plot)
    plot.resize(500, 300)
    with qtbot.waitExposed(plot):
        plot.show()
    return plot


def _pixels(image: QImage, colour: QColor, tolerance: int = 24) -> int:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    array = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 2::-1]
    wanted = np.array([colour.red(), colour.green(), colour.blue()])
    return int((np.abs(array.astype(int) - wanted).max(axis=2) <= tolerance).sum())


def _image(plot: CurvePlot) -> QImage:
    """What the canvas shows, with what was just given."""
    plot.canvas.draw()
    return plot.canvas.grab().toImage()


def _mouse(plot: CurvePlot) -> QWidget:
    """What the mouse is over."""
    return plot.findChild(pg.PlotWidget).viewport()


def test_curves_are_drawn_in_their_colours(plot: CurvePlot, theme: Theme) -> None:
    before = _image(plot)
    assert _pixels(before, theme.color("series1")) == 0
    plot.set_curve("train", [0, 50, 100], [1.0, 0.5, 0.2])
    plot.set_curve("test", [0, 50, 100], [1.2, 0.7, 0.4], 1)
    image = _image(plot)
    solid, dashed = _pixels(image, theme.color("series1")), _pixels(image, theme.color("series2"))
    assert solid > 200
    assert 50 < dashed < 0.8 * solid, "the second line has gaps, so that colour is not all that tells"


def test_the_plot_follows_the_theme(plot: CurvePlot, theme: Theme) -> None:
    plot.set_curve("train", [0, 100], [1.0, 0.2])
    dark = theme.color("series1")
    theme.set_mode("light")
    image = _image(plot)
    assert _pixels(image, theme.color("series1")) > 100
    assert _pixels(image, dark, 8) == 0


def test_points_that_come_are_added_and_axes_stay(plot: CurvePlot) -> None:
    plot.set_steps(20)
    plot.extend("train", Series.of([1, 2, 3], [1.0, 0.9, 0.8]))
    _image(plot)
    axes = [axis["item"] for axis in plot.canvas.surface.plotItem.axes.values() if axis["item"].isVisible()]
    shown, pictures = plot.canvas.content.ranges.y, [axis.picture for axis in axes]
    plot.extend("train", Series.of([4, 5], [0.82, 0.95]))
    _image(plot)
    assert len(plot.curves()["train"].points) == 5
    assert plot.canvas.content.ranges.y == shown
    assert len(pictures) == 2
    assert [axis.picture for axis in axes] == pictures, "unchanged axes are not painted again"


def test_a_hidden_plot_is_not_drawn(plot: CurvePlot, qtbot: QtBot) -> None:
    plot.hide()
    plot.extend("train", Series.of([1, 2], [5.0, 6.0]))
    QApplication.sendPostedEvents()
    plot.canvas.draw()
    assert plot.canvas.content.ranges.y == (0.0, 1.0), "finding ranges is part of drawing"
    with qtbot.waitExposed(plot):
        plot.show()
    qtbot.waitUntil(lambda: plot.canvas.content.ranges.y == (5.0, 6.0))


def test_a_plot_is_one_of_pyqtgraph_once_points_are_seen(plot: CurvePlot, qtbot: QtBot) -> None:
    assert plot.findChild(QWidget, "a.plot.canvas") is plot.canvas
    qtbot.waitUntil(lambda: plot.canvas.surface is not None)  # made ahead, unseen
    surface = plot.findChild(pg.PlotWidget, "a.plot.canvas.surface")
    assert not surface.isVisible()
    plot.extend("train", Series.of([1, 2], [1.0, 0.5]))
    qtbot.waitUntil(surface.isVisible)
    drawn = [item for item in surface.items() if isinstance(item, pg.PlotCurveItem)]
    assert any(item.xData is not None and list(item.xData) == [1, 2] for item in drawn)
    plot.clear()
    qtbot.waitUntil(lambda: not surface.isVisible())


def test_what_is_given_before_the_first_showing_is_drawn_then(theme: Theme, qtbot: QtBot) -> None:
    plot = CurvePlot(theme, "Loss")
    qtbot.addWidget(plot)
    plot.resize(500, 300)
    plot.set_curve("train", [0, 50, 100], [1.0, 0.5, 0.2])
    with qtbot.waitExposed(plot):
        plot.show()
    qtbot.waitUntil(lambda: _pixels(plot.canvas.grab().toImage(), theme.color("series1")) > 200)


def test_values_that_are_not_finite_leave_gaps(plot: CurvePlot, theme: Theme) -> None:
    plot.set_curve("train", np.arange(100), np.full(100, np.nan))
    assert _pixels(_image(plot), theme.color("series1")) == 0
    plot.set_curve("train", np.arange(100), np.where(np.arange(100) % 50 < 25, 1.0, np.inf))
    assert _pixels(_image(plot), theme.color("series1")) > 20
    assert "train" in plot.summary()


@pytest.mark.parametrize("values", [[0.0, 0.0], [-1.0, -2.0], [1e-300, 1e300], [5.0]])
@pytest.mark.parametrize("log", [False, True])
def test_odd_values_are_drawn_without_a_warning(plot: CurvePlot, values: list[float], log: bool) -> None:
    plot.set_curve("train", range(len(values)), values)
    plot.set_log(log)
    _image(plot)


def test_a_single_point_is_seen(plot: CurvePlot, theme: Theme) -> None:
    plot.extend("train", Series.of([3], [0.5]))
    assert 10 < _pixels(_image(plot), theme.color("series1")) < 60
    plot.extend("train", Series.of([4, 90], [0.5, 0.9]))
    assert _pixels(_image(plot), theme.color("series1")) > 200


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_menu_of_the_right_button_has_the_table(plot: CurvePlot, qtbot: QtBot) -> None:
    plot.set_curve("train", [1, 2, 3], [0.9, 0.2, 0.5])
    _image(plot)
    place = QPoint(100, 80)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, _mouse(plot).mapToGlobal(place))
    QApplication.sendEvent(_mouse(plot), event)
    menu = QApplication.activePopupWidget()
    assert [action.text() for action in menu.actions()] == ["Show as table…", "Show everything"]
    menu.close()


def test_smoothing_keeps_the_raw_curve_behind(plot: CurvePlot, theme: Theme) -> None:
    noise = np.random.default_rng(0).normal(size=1000) * 0.2 + 1
    plot.set_curve("train", np.arange(1000), noise)
    rough = _pixels(_image(plot), theme.color("series1"))
    plot.set_smoothing(0.98)
    smooth = _pixels(_image(plot), theme.color("series1"))
    assert 100 < smooth < rough / 2


def test_every_smoothing_of_the_menu_can_be_chosen(plot: CurvePlot) -> None:
    button = plot.findChild(QToolButton, "a.plot.smooth")
    actions = plot.findChild(QMenu).actions()
    assert len(actions) == len(SMOOTHINGS)
    actions[-1].trigger()
    assert plot.canvas.content.window == smoothing_window(SMOOTHINGS[-1])
    assert button.text() == f"smooth {SMOOTHINGS[-1]}"
    assert smoothing_window(0) == 1


def test_keys_walk_the_points_and_say_them(plot: CurvePlot, qtbot: QtBot) -> None:
    plot.set_curve("train", [1, 2, 3], [0.9, 0.5, 0.25])
    plot.set_curve("test", [2], [0.7], 1)
    canvas = plot.canvas
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    assert canvas.accessibleDescription() == "step 1, train 0.9, test 0.7"
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.content.cursor_step == 2
    qtbot.keyClick(canvas, Qt.Key.Key_End)
    assert canvas.accessibleDescription().startswith("step 3, train 0.25")
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.content.cursor_step == 3
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert canvas.content.cursor_step == 2
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.content.cursor_step is None


def test_the_mouse_finds_the_nearest_point(plot: CurvePlot, qtbot: QtBot) -> None:
    plot.set_curve("train", np.arange(0, 101, 10), np.linspace(1, 0, 11))
    _image(plot)
    place = plot.canvas.surface.pixel_of(52.0, 0.5).toPoint()
    with qtbot.waitSignal(plot.canvas.pointed) as told:
        qtbot.mouseMove(_mouse(plot), place)
    assert told.args == ["step 50, train 0.5"]


def test_keys_zoom_and_a_double_click_shows_everything(plot: CurvePlot, qtbot: QtBot) -> None:
    plot.set_curve("train", np.arange(1000), np.arange(1000) / 1000)
    _image(plot)
    ranges = plot.canvas.content.ranges
    qtbot.keyClick(plot.canvas, Qt.Key.Key_Plus)
    low, high = ranges.shown_x
    assert 0 < low < high < 1000
    _image(plot)
    _turn_wheel(plot, Qt.KeyboardModifier.NoModifier)
    assert ranges.shown_x == (low, high), "without Ctrl the wheel scrolls the panel"
    _turn_wheel(plot, Qt.KeyboardModifier.ControlModifier)
    assert ranges.shown_x[1] - ranges.shown_x[0] < high - low
    assert low < ranges.shown_x[0] < 400 < ranges.shown_x[1] < high
    qtbot.mouseDClick(_mouse(plot), Qt.MouseButton.LeftButton)
    assert ranges.zoomed is None


def _turn_wheel(plot: CurvePlot, keys: Qt.KeyboardModifier) -> None:
    place = plot.canvas.surface.pixel_of(400, 0.4)
    none = Qt.MouseButton.NoButton
    wheel = QWheelEvent(place, place, QPoint(), QPoint(0, 120), none, keys, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(_mouse(plot), wheel)
    assert wheel.isAccepted() == (keys == Qt.KeyboardModifier.ControlModifier)


@pytest.mark.usefixtures("every_move")
def test_dragging_moves_what_is_zoomed_and_stays_inside_the_data(plot: CurvePlot, qtbot: QtBot) -> None:
    plot.set_curve("train", np.arange(1001), np.arange(1001) / 1000)
    ranges = plot.canvas.content.ranges
    _image(plot)
    ranges.show(400, 600)
    _image(plot)
    _drag(plot, qtbot, QPoint(250, 100), -60)
    low, high = ranges.shown_x
    assert high - low == pytest.approx(200)
    assert 420 < low < 440
    for height in range(20, 120, 20):  # presses at one place would be a double click
        _drag(plot, qtbot, QPoint(100, height), 300)
    assert ranges.shown_x == pytest.approx((0, 200))


def _drag(plot: CurvePlot, qtbot: QtBot, begin: QPoint, pixels: int) -> None:
    left, mouse = Qt.MouseButton.LeftButton, _mouse(plot)
    qtbot.mousePress(mouse, left, pos=begin)
    for part in (0.5, 1.0):
        place = QPointF(begin + QPoint(round(pixels * part), 0))
        move = QMouseEvent(QEvent.Type.MouseMove, place, mouse.mapToGlobal(place), left, left, _NO_KEYS)
        QApplication.sendEvent(mouse, move)
    qtbot.mouseRelease(mouse, left, pos=begin + QPoint(pixels, 0))


def test_a_zoom_stays_inside_the_data() -> None:
    ranges = Ranges(x=(0.0, 1000.0))
    ranges.zoom(0.5)
    assert ranges.shown_x == (250.0, 750.0)
    ranges.show(600, 1100)
    assert ranges.shown_x == (500.0, 1000.0)
    ranges.show(-20, 480)
    assert ranges.shown_x == (0.0, 500.0)
    ranges.zoom(1e-9)
    assert ranges.shown_x == (0.0, 500.0), "no narrower than a millionth"
    ranges.zoom(100)
    assert ranges.zoomed is None


def test_a_long_run_fills_its_plot_from_the_start() -> None:
    ranges = Ranges(expected_end=46_000)
    shown = []
    for step in (1, 70, 1000, 6000, 46_000):
        ranges.fit_x(0, step)
        assert ranges.x[1] / 8 <= max(step, 46_000 / 4**8) <= ranges.x[1]
        shown.append(ranges.x[1])
    assert shown == sorted(shown)
    assert shown[-1] == 46_000


def test_the_summary_is_read_aloud(plot: CurvePlot) -> None:
    assert plot.summary().startswith("Loss: no points yet")
    plot.set_curve("train", [1, 2, 3], [0.9, 0.2, 0.5])
    assert plot.summary() == "Loss. train: 0.5 at step 3, lowest 0.2, highest 0.9, 3 points."
    plot.set_title("Accuracy", "%")
    assert "train: 50 % at step 3" in plot.summary()
    plot.clear()
    assert plot.summary().startswith("Accuracy: no points yet")


def test_the_table_holds_all_points_and_is_copied(plot: CurvePlot, qtbot: QtBot) -> None:
    plot.set_curve("train", [1, 2, 3], [0.9, 0.2, 0.5])
    plot.set_curve("test", [2], [0.7], 1)
    plot.show_table()
    table = plot.findChild(CurveTable)
    assert table is not None
    model = table.findChild(QTableView).model()
    assert (model.rowCount(), model.columnCount()) == (3, 3)
    qtbot.mouseClick(table.findChild(QPushButton, "plot.table.copy"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "step\ttrain\ttest\n1\t0.9\t\n2\t0.2\t0.7\n3\t0.5\t"
    table.close()


def test_two_thousand_frames_are_drawn(plot: CurvePlot) -> None:
    """Some releases of Qt's bindings lose a reference in each call and abort after a while."""
    for step in range(2000):
        plot.extend("train", Series.of([step], [1 / (step + 1)]))
        plot.canvas.draw()
        plot.canvas.surface.viewport().repaint()
    assert len(plot.curves()["train"].points) == 2000


@pytest.mark.parametrize("count", [1_000_000, 10_000_000])
def test_of_millions_of_points_only_what_the_screen_can_show_is_drawn(
    plot: CurvePlot, count: int, theme: Theme
) -> None:
    plot.set_curve("train", np.arange(count), np.random.default_rng(0).normal(size=count))
    plot.set_smoothing(0.9)
    assert _pixels(_image(plot), theme.color("series1")) > 100
    plot.extend("train", Series.of([count], [0.0]))
    plot.canvas.draw()
    drawn = [item.xData for item in plot.canvas.surface.items() if isinstance(item, pg.PlotCurveItem)]
    sizes = [len(steps) for steps in drawn if steps is not None]
    assert max(sizes) > 100
    assert sum(sizes) <= 6 * plot.width()
