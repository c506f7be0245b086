"""What is known of the run that trains, or trained last: gathered from its events. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from studio.spec.events import Measured, Progressed
from studio.spec.quantities import duration
from studio.ui.widgets.plot_axis import number_text

_METRICS = {
    "accuracy/test": ("Accuracy, test", "%", True),
    "mae/test": ("Mean error, test", "", False),
    "r2/test": ("R², test", "", True),
    "balanced_accuracy/test": ("Balanced accuracy, test", "%", True),
    "bits/test": ("Bits/char, test", "", False),
    "exact/test": ("Exact, test", "%", True),
    "rmse/test": ("RMSE, test", "", False),
    "skill/test": ("Skill, test", "", True),
    "distance/test": ("Distance, test", "", False),
    "classes/test": ("Classes made, test", "", True),
    "reconstruction/test": ("Pixel error, test", "", False),
    "neighbours/test": ("Alike neighbours, test", "%", True),
    "return/test": ("Return, test", "", True),
    "least/test": ("Least return, test", "", True),
    "map/test": ("mAP, test", "%", True),
    "map50/test": ("mAP at 50 %, test", "%", True),
}

_SHOWN = {
    "adversarial": "distance/test",
    "autoencoding": "reconstruction/test",
    "reinforcement": "return/test",
    "detection": "map/test",
    "regression": "mae/test",
    "language": "bits/test",
    "translation": "exact/test",
    "forecasting": "skill/test",
}
"""What is shown beside the loss, by the kind of problem; for all others the accuracy."""


@dataclass(frozen=True)
class Metric:
    """A measure beside the loss: its name among the curves, its title, its unit, and which way is better."""

    name: str
    title: str
    unit: str = ""
    higher_is_better: bool = True

    @property
    def phrase(self) -> str:
        """The title inside a sentence: ``test accuracy``."""
        what, _, where = self.title.partition(", ")
        return f"{where} {what if what.isupper() or len(what) < 3 else what[0].lower() + what[1:]}".strip()

    def text(self, value: float) -> str:
        """A value with its unit: ``98.9 %``."""
        if self.unit == "%":
            return f"{value * 100:.1f} %"
        return f"{number_text(value)}{' ' + self.unit if self.unit else ''}"


def metric_for(task: str, name: str = "") -> Metric:
    """The measure that a task shows beside its loss; `name` where the run says another one."""
    if not name or name == "loss/test":
        name = _SHOWN.get(task, "accuracy/test")
    title, unit, higher = _METRICS.get(name, (name.replace("/", ", ").capitalize(), "", True))
    return Metric(name, title, unit, higher)


@dataclass
class LiveRun:
    """One run as its events tell it."""

    metric: Metric
    about: dict[str, Any] = field(default_factory=dict)
    progress: Progressed | None = None
    latest: dict[str, float] = field(default_factory=dict)
    best: dict[str, float] = field(default_factory=dict)
    before: dict[str, float] = field(default_factory=dict)
    checkpoints: list[float] = field(default_factory=list)
    tested_step: float = 0.0
    has_ended: bool = False

    @property
    def id(self) -> str:
        """The run's ID; "" until it is known."""
        return str(self.about.get("run", ""))

    @property
    def folder(self) -> str:
        """The run's folder; "" until it is known."""
        return str(self.about.get("folder", ""))

    @property
    def epochs(self) -> int:
        """Epochs that are planned; 0 until it is known."""
        return int(self.about.get("epochs", 0))

    @property
    def steps_per_epoch(self) -> int:
        """Steps of an epoch, 1 until it is known."""
        return max(1, int(self.about.get("steps_per_epoch", 1)))

    @property
    def steps(self) -> int:
        """Steps of the whole run; 0 until it is known."""
        return int(self.about.get("steps", 0))

    @property
    def step(self) -> int:
        """The newest step that was told."""
        return int(self.progress.done) if self.progress else int(self.about.get("step", 0))

    @property
    def epoch(self) -> int:
        """The epoch that is being trained, counted from 1; the last one when the run has ended."""
        done, begun = divmod(self.step, self.steps_per_epoch)
        if self.has_ended and not begun:
            return min(self.epochs, done)
        return min(self.epochs, done + 1) if self.epochs else 0

    @property
    def tested_epoch(self) -> int:
        """The epoch after which the model was tested last."""
        return round(self.tested_step / self.steps_per_epoch)

    def measure(self, event: Measured) -> None:
        """Take the newest values, the ones before them, and the best."""
        for name, series in event.series.items():
            if not len(series):
                continue
            previous = series.values[-2] if len(series) > 1 else self.latest.get(name)
            if previous is not None:
                self.before[name] = previous
            self.latest[name] = series.values[-1]
            if name.endswith("/test"):
                self.tested_step = series.steps[-1]
            better = max if name == self.metric.name and self.metric.higher_is_better else min
            finite = [value for value in series.values if math.isfinite(value)]
            if name in self.best:
                finite.append(self.best[name])
            if finite:
                self.best[name] = better(finite)

    def loss_tile(self) -> tuple[str, str, str]:
        """Value, comparison and its role, for the tile of the loss."""
        name = "loss/test" if "loss/test" in self.latest else "loss/train"
        if name not in self.latest:
            return "–", "", "faint"
        value, before = self.latest[name], self.before.get(name)
        if before is None or not math.isfinite(value - before):
            return number_text(value), "", "faint"
        change = value - before
        sign = "−" if change < 0 else "+"
        role = "good" if change < 0 else "muted"
        return number_text(value), f"{sign}{number_text(float(f'{abs(change):.2g}'))}", role

    def metric_tile(self) -> tuple[str, str, str]:
        """Value, comparison and its role, for the tile of the metric."""
        value = self.latest.get(self.metric.name)
        if value is None:
            return "–", "", "faint"
        best = self.best.get(self.metric.name, value)
        return self.metric.text(value), f"best {self.metric.text(best)}", "good" if value == best else "muted"

    def rate_tile(self) -> tuple[str, str]:
        """Steps a second, and samples a second where the batch is known."""
        if self.progress is None or not self.progress.rate > 0:
            return "–", ""
        rate = self.progress.rate
        samples = int(self.about.get("train_samples", 0)) / self.steps_per_epoch * rate
        return f"{_short(rate)}/s", f"{_short(samples)} samples/s" if samples else "steps"

    def epoch_tile(self) -> tuple[str, str]:
        """Epoch of epochs, and the time left."""
        if not self.epochs:
            return "–", ""
        left = self.progress.seconds_left if self.progress else None
        return f"{self.epoch} / {self.epochs}", "" if left is None else f"{duration(left)} left"


def _short(value: float) -> str:
    """A rate in at most five characters: a tile has room for no more."""
    for size, letter in ((1e6, " M"), (1e3, " k")):
        if value >= 10 * size:
            return f"{value / size:.0f}{letter}"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
