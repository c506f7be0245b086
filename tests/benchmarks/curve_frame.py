"""CPU milliseconds a frame of a plot, for curves of a thousand to ten million points, and of the Train tab's four.

    python -m tests.benchmarks.curve_frame

To reach: under 16 ms with ten million points. Each frame adds one point and is drawn off the screen.
"""

from __future__ import annotations

import os
import statistics
import sys
import time

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from studio.spec.events import Series
from studio.ui.pages.training.panels.curves_panel import CurvesPanel
from studio.ui.theme.fonts import load_fonts
from studio.ui.theme.theme import Theme
from studio.ui.widgets.curve_plot import CurvePlot

FRAMES = 60
COUNTS = tuple(10**power for power in range(3, 8))
LIVE_STEPS = 5000


def let_settle() -> None:
    """Run the event loop until what was asked of it is done."""
    loop = QEventLoop()
    QTimer.singleShot(100, loop.quit)
    loop.exec()


def frame_milliseconds(plots: list[CurvePlot], step: int) -> list[float]:
    """CPU time of each of many frames in which every plot gets a point and is drawn."""
    times = []
    for frame in range(FRAMES):
        start = time.process_time()
        for plot in plots:
            name = next(iter(plot.curves()))
            plot.extend(name, Series.of([step + frame], [0.5]))
            plot.canvas.draw()
            assert plot.canvas.surface is not None
            plot.canvas.surface.viewport().repaint()
        times.append((time.process_time() - start) * 1000)
    return times


def tell(what: str, times: list[float]) -> None:
    """Print median and worst."""
    print(f"{what:<46} {statistics.median(times):7.2f} ms a frame, at most {max(times):.2f}")


def measure_one_plot(theme: Theme) -> None:
    """A plot of 1000 × 600 with one noisy curve, plain, smoothed, and dashed."""
    random = np.random.default_rng(0)
    for count in COUNTS:
        values = random.normal(size=count)
        for how, smoothing, index in (("plain", 0.0, 0), ("smoothed", 0.9, 0), ("dashed", 0.0, 1)):
            plot = CurvePlot(theme, "Loss")
            plot.resize(1000, 600)
            plot.set_smoothing(smoothing)
            plot.set_curve("train", np.arange(count), values, index)
            plot.show()
            let_settle()
            tell(f"{count:>10,} points, {how}", frame_milliseconds([plot], count))
            plot.close()


def measure_train_tab(theme: Theme) -> None:
    """The three plots of a run that the Train tab shows at 1280 × 800."""
    panel = CurvesPanel(theme)
    panel.resize(662, 640)
    plots = [panel.findChild(CurvePlot, f"train.{name}_plot") for name in ("loss", "metric", "lr")]
    steps = np.arange(LIVE_STEPS)
    for plot in plots:
        plot.set_steps(2 * LIVE_STEPS, 500, "epoch")
        plot.set_marks([1000, 2000], shows_now=True)
        plot.set_curve("train", steps, np.exp(-steps / 1000) + 0.01)
        _show_with_parents(plot)
    panel.show()
    let_settle()
    tell("the Train tab's three plots together", frame_milliseconds(plots, LIVE_STEPS))
    panel.close()


def _show_with_parents(plot: QWidget) -> None:
    """Turn to the page of a stack that a plot lies on."""
    stack = plot.parentWidget()
    if hasattr(stack, "setCurrentWidget"):
        stack.setCurrentWidget(plot)


def main() -> None:
    """Print all figures."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication(sys.argv[:1])
    load_fonts()
    theme = Theme(app, "dark")
    measure_one_plot(theme)
    measure_train_tab(theme)


if __name__ == "__main__":
    main()
