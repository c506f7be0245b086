"""What a running loop notes down: gathered cheaply at each step, told a few times a second."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator

import torch
from torch import Tensor

from studio.engine.training.state import Training
from studio.runs.metrics import MetricsWriter
from studio.spec.errors import UserError
from studio.spec.events import Event, Measured, Progressed, Series, Warned

FLUSH_SECONDS = 0.04
"""Time between flushes: about as often as a window draws."""

PICTURE_SECONDS = 0.25
"""Time between pictures: they cost more than points, and nobody reads four a second."""


class Tracker:
    """Gathers the points of all curves; `flush` writes them to the run's file and tells them as events.

    On a CPU the loss is read at each step, which costs a fifth of a microsecond. On a GPU reading
    would make the processor wait at each step, so the losses stay there until the flush.
    """

    def __init__(self, writer: MetricsWriter, run: Training) -> None:
        self.latest = dict(run.metrics)
        self._writer = writer
        self._steps, self._steps_per_epoch = run.steps, run.steps_per_epoch
        self._loss_steps: list[int] = []
        self._losses: dict[str, list[float]] = {}
        self._on_device: dict[str, list[Tensor]] = {}
        self._points: dict[str, tuple[list[float], list[float]]] = {}
        self._rates: deque[tuple[float, int]] = deque([(time.monotonic(), run.step)], maxlen=64)
        self._due = self._pictures_due = 0.0
        self._disk_is_bad = False

    @property
    def is_due(self) -> bool:
        """Whether the time for a flush has come."""
        return time.monotonic() >= self._due

    def pictures_are_due(self) -> bool:
        """Whether the time for new pictures has come; if so, it starts anew."""
        now = time.monotonic()
        if now < self._pictures_due:
            return False
        self._pictures_due = now + PICTURE_SECONDS
        return True

    def note_losses(self, step: int, losses: dict[str, Tensor]) -> bool:
        """Note the losses of a training step, the same ones each time; returns whether a flush is due.

        Raises:
            UserError: ``loss.not_finite``: one is NaN or infinite.
        """
        self._loss_steps.append(step)
        for name, loss in losses.items():
            if loss.is_cpu:
                value = loss.item()
                self._losses.setdefault(name, []).append(value)
                if not math.isfinite(value):
                    raise _not_finite(value, step, self._steps_per_epoch)
            else:
                self._on_device.setdefault(name, []).append(loss.detach())
        return time.monotonic() >= self._due

    def last_loss(self, name: str) -> float:
        """The newest loss of a name, told or not yet."""
        if name in self._on_device:
            return self._on_device[name][-1].item()
        return self._losses[name][-1] if name in self._losses else self.latest[name]

    def note(self, step: int, values: dict[str, float]) -> None:
        """Note values that are measured now and then, such as those of an evaluation."""
        for name, value in values.items():
            steps, points = self._points.setdefault(name, ([], []))
            steps.append(step)
            points.append(value)
            self.latest[name] = value

    def note_rate(self, step: int, learning_rate: float) -> None:
        """Note the learning rate where it is another than before."""
        if learning_rate != self.latest.get("lr"):
            self.note(step, {"lr": learning_rate})

    @property
    def measures(self) -> dict[str, float]:
        """The latest value of every curve that measures the model."""
        return {name: value for name, value in self.latest.items() if name != "lr"}

    def flush(self, step: int, text: str = "") -> Iterator[Event]:
        """Write what was gathered, and tell it.

        Raises:
            UserError: ``loss.not_finite``, where the losses stayed on a device until now.
        """
        now = time.monotonic()
        self._due = now + FLUSH_SECONDS
        series = self._take()
        if series:
            self._writer.append(series)
            yield Measured(series)
        yield from self._tell_disk()
        self._rates.append((now, step))
        first_time, first_step = self._rates[0]
        rate = (step - first_step) / (now - first_time) if now > first_time else 0.0
        left = (self._steps - step) / rate if rate > 0 else None
        yield Progressed(step, self._steps, "steps", rate, left, text)

    def last_points(self) -> Iterator[Event]:
        """Write and tell what was gathered until an error ended the training."""
        series = self._take()
        if series:
            self._writer.append(series)
            yield Measured(series)

    def forget_rate(self, step: int) -> None:
        """Measure the rate anew: the time of a pause does not count."""
        self._rates.clear()
        self._rates.append((time.monotonic(), step))

    def _take(self) -> dict[str, Series]:
        for name, waiting in self._on_device.items():
            values = torch.stack(waiting).cpu().double().tolist()
            self._losses[name] = values
            bad = next((i for i, value in enumerate(values) if not math.isfinite(value)), None)
            if bad is not None:
                self._on_device = {}
                raise _not_finite(values[bad], self._loss_steps[bad], self._steps_per_epoch)
        series = {name: Series.of(steps, values) for name, (steps, values) in self._points.items()}
        steps = [*map(float, self._loss_steps)]
        for name, losses in self._losses.items():
            series[name] = Series.of(steps[: len(losses)], losses)
            self.latest[name] = losses[-1]
        self._loss_steps, self._losses, self._on_device, self._points = [], {}, {}, {}
        return series

    def _tell_disk(self) -> Iterator[Event]:
        problem = self._writer.problem
        if problem is not None and not self._disk_is_bad:
            text = f"The curves cannot be written: {problem.strerror or problem}. They wait in memory."
            yield Warned("metrics.not_written", text)
        self._disk_is_bad = problem is not None


def weights_not_finite(step: int) -> UserError:
    """The error of a run whose last step ruined its weights, after the last loss was measured."""
    return UserError(
        "loss.not_finite",
        f"The weights became infinite or not a number (NaN) in step {step}.",
        "Mostly the learning rate is too large; sometimes the data hold NaN or infinite values.",
        "Lower optimizer.lr and start again; what was saved before is kept.",
    )


def _not_finite(value: float, step: int, steps_per_epoch: int) -> UserError:
    word = "not a number (NaN)" if math.isnan(value) else "infinite"
    return UserError(
        "loss.not_finite",
        f"The loss became {word} at step {step} (epoch {(step - 1) // steps_per_epoch + 1}).",
        "Mostly the learning rate is too large; sometimes the data hold NaN or infinite values.",
        "Lower optimizer.lr and start again; what was saved before is kept.",
    )
