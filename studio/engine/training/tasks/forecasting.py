"""Which number comes next in a series."""

from __future__ import annotations

import importlib
from array import array
from collections.abc import Iterator

import torch
from torch import Tensor

from studio.catalog.shelf import entry
from studio.engine.training.data import outputs_for
from studio.engine.training.state import Training
from studio.engine.training.tasks.task import Judged, Task
from studio.spec.events import Pictured
from studio.spec.run import RunSpec
from studio.zoo.measures.forecasting import naive_forecast

_BEFORE = 60
"""Values of the training part that are drawn before the held-out one."""


class Forecasting(Task):
    """Draws the series with the forecasts of the held-out part, the model's and the naive one."""

    def pictures(self, run: Training, judged: Judged) -> Iterator[Pictured]:
        samples = run.samples
        word, first = times_of(run.spec)
        known, held_out = samples.train_y[:, 0], samples.test_y[:, 0]
        begin = first + len(known)
        series = torch.cat([known[-_BEFORE:], held_out])
        forecast = outputs_for(run.judged_model, samples.test_x)[:, 0]
        naive = naive_forecast(samples.test_x, samples.test_y)[:, 0]
        yield Pictured(
            "forecast",
            {
                "word": word,
                "what": samples.labels[0] if samples.labels else "value",
                "begin": begin,
                "series": (_times(begin - min(_BEFORE, len(known)), len(series)), _array(series)),
                "forecast": (_times(begin, len(forecast)), _array(forecast)),
                "naive": (_times(begin, len(naive)), _array(naive)),
            },
        )


def times_of(spec: RunSpec) -> tuple[str, float]:
    """What a series is counted by, and the time of the first value that is told; else steps from 0."""
    module = importlib.import_module(entry("dataset", spec.data.name).factory.partition(":")[0])
    if not hasattr(module, "times"):
        return "step", 0.0
    said: tuple[str, float] = module.times(**spec.data.parameters)
    return said


def _times(first: float, count: int) -> array[float]:
    return array("d", (first + index for index in range(count)))


def _array(values: Tensor) -> array[float]:
    return array("d", values.detach().cpu().double().tolist())
