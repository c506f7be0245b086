"""The middle of the Train tab: messages, tiles, curves, and the picture of the task."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QSplitter, QVBoxLayout, QWidget

from studio.spec.events import Series
from studio.ui.pages.training.live_run import LiveRun
from studio.ui.pages.training.panels.views_panel import ViewsPanel
from studio.ui.theme.theme import Theme
from studio.ui.widgets.curve_plot import CurvePlot
from studio.ui.widgets.layout import label
from studio.ui.widgets.naming import named, set_flag, set_role
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.plot_axis import number_text
from studio.ui.widgets.tiles import NumberTile

_INTRODUCTION = (
    (
        "Start makes a run of its own.",
        "Its folder holds the specification, the curves, checkpoints and a plain script.",
    ),
    (
        "Training has a process of its own.",
        "Pause, stop or change the learning rate at any step; the window stays free.",
    ),
    ("Nothing is lost.", "Checkpoints are saved while it trains; the best and the last one are kept."),
    ("Then take it further.", "Export it with proof, or drop an image on it in Vision."),
)


class Introduction(QFrame):
    """What happens on Start, until it has happened once."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(2)
        column.addWidget(label("What happens on Start", "strong"))
        for what, more in _INTRODUCTION:
            column.addSpacing(6)
            column.addWidget(label(what, "muted"))
            column.addWidget(label(more, "faint", wrap=True))
        column.addStretch(1)


class CurvesPanel(QWidget):
    """Shows numbers and curves of the run. Curves are drawn once a drain, and only while they are seen."""

    rate_asked = Signal(str)
    """A learning rate that was typed while the run trains."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notice = Notice(theme, "train.notice")
        self._loss_tile = named(NumberTile("Loss, test"), "train.tile.loss", "Loss")
        self._metric_tile = named(NumberTile("Accuracy, test"), "train.tile.metric", "Metric")
        self._rate_tile = named(NumberTile("Learning rate"), "train.tile.lr", "Learning rate")
        self._speed_tile = named(NumberTile("Rate"), "train.tile.rate", "Steps a second")
        self._epoch_tile = named(NumberTile("Epoch"), "train.tile.epoch", "Epoch")
        self._live_rate = named(
            QLineEdit(),
            "train.live_lr",
            "New learning rate of the running run",
            "A new rate for the next step, then Enter",
        )
        self._live_rate.setPlaceholderText("change…")
        self._live_rate.returnPressed.connect(self._on_rate_typed)
        self._live_rate.textEdited.connect(self._on_rate_edited)
        set_role(self._live_rate, "inline")
        self._rate_tile.add(self._live_rate)
        self._live_rate.hide()
        tiles = QHBoxLayout()
        tiles.setSpacing(10)
        for tile in (self._loss_tile, self._metric_tile, self._rate_tile, self._speed_tile, self._epoch_tile):
            tiles.addWidget(tile, 1)
        self._loss = CurvePlot(theme, "Loss")
        self._loss.setObjectName("train.loss_plot")
        self._loss.set_empty_text(
            "The loss of each step on the training data, and of each epoch on the test data."
        )
        self._loss.set_log(True)
        self._loss.set_smoothing(0.6)
        self._metric = CurvePlot(theme, "Accuracy", "%")
        self._metric.setObjectName("train.metric_plot")
        self._metric.set_empty_text("How good the answers to the test data are, epoch by epoch.")
        self._metric.set_controls(log=False, smooth=False)
        self._rates = CurvePlot(theme, "Learning rate")
        self._rates.setObjectName("train.lr_plot")
        self._rates.set_controls(log=True, smooth=False)
        self._rates.set_empty_text("The learning rate of each step, as the schedule sets it.")
        self._lower = ViewsPanel(theme, Introduction(), {self._rates: "Learning rate"})
        self._lay_out(tiles)

    def _lay_out(self, tiles: QHBoxLayout) -> None:
        upper = QSplitter(Qt.Orientation.Horizontal)
        upper.setObjectName("train.plots")
        both = QSplitter(Qt.Orientation.Vertical)
        both.setObjectName("train.rows")
        for splitter, parts in ((upper, (self._loss, self._metric)), (both, (upper, self._lower))):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(10)
            set_role(splitter, "gap")
            for stretch, part in zip((3, 2), parts, strict=True):
                splitter.addWidget(part)
                splitter.setStretchFactor(splitter.count() - 1, stretch)
            splitter.setSizes([600, 400])
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 10)
        column.setSpacing(10)
        column.addWidget(self.notice)
        column.addLayout(tiles)
        column.addWidget(both, 1)

    def begin(self, run: LiveRun, task: str) -> None:
        """A run begins: what is left of the one before goes."""
        for plot in (self._loss, self._metric, self._rates):
            plot.clear()
        self.notice.clear()
        self._lower.begin(task)
        self._loss.set_log(task != "reinforcement")  # what an agent makes small is below zero at times
        self.show_metric(run)

    def show_metric(self, run: LiveRun) -> None:
        """Say which measure is shown beside the loss."""
        metric = run.metric
        self._metric_tile.set_title(metric.title)
        self._metric.set_title(metric.title.removesuffix(", test"), metric.unit)

    def show_run(self, run: LiveRun, *, is_working: bool) -> None:
        """Show the newest numbers, and where the run stands on the axes."""
        self._loss_tile.set_title("Loss, test" if "loss/test" in run.latest or not run.latest else "Loss, train")
        self._loss_tile.show_value(*run.loss_tile())
        self._metric_tile.show_value(*run.metric_tile())
        rate = run.latest.get("lr")
        self._rate_tile.show_value("–" if rate is None else number_text(rate))
        self._live_rate.setVisible(is_working and rate is not None)
        self._speed_tile.show_value(*run.rate_tile())
        epoch, left = run.epoch_tile()
        self._epoch_tile.show_value(epoch, left if is_working else "")
        for plot in (self._loss, self._metric, self._rates):
            plot.set_steps(run.steps, run.steps_per_epoch, "epoch")
        for plot in (self._loss, self._metric):
            plot.set_marks(run.checkpoints, shows_now=is_working)

    def extend(self, series: dict[str, Series], run: LiveRun) -> None:
        """Add new points to the curves."""
        for name, points in series.items():
            if name.startswith("loss/"):
                self._loss.extend(name.removeprefix("loss/"), points, 0 if name == "loss/train" else 1)
            elif name.endswith("/train"):  # a second loss, such as that of a discriminator
                self._loss.extend(name.removesuffix("/train"), points, 2)
            elif name == run.metric.name:
                self._metric.extend(name.partition("/")[2] or name, points, 2, solid=True)
            elif name == "lr":
                self._rates.extend("rate", points, 3, solid=True)

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        """Show a picture of the task in the view that is for it."""
        self._lower.show_picture(name, data)

    def show_rate_error(self, text: str) -> None:
        """Say why a learning rate was not taken; "" when it was."""
        set_flag(self._live_rate, "invalid", bool(text))
        self._live_rate.setToolTip(text or "A new rate for the next step, then Enter")
        self._live_rate.setAccessibleDescription(text)
        if not text:
            self._live_rate.clear()
            self._live_rate.clearFocus()

    def _on_rate_typed(self) -> None:
        self.rate_asked.emit(self._live_rate.text())

    def _on_rate_edited(self) -> None:
        set_flag(self._live_rate, "invalid", False)
