"""Pictures that a generator makes of noise, from its first epoch to the present one."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor

from studio.engine.training.data import outputs_for
from studio.engine.training.state import Training
from studio.engine.training.tasks.pixels import as_bytes
from studio.engine.training.tasks.task import Judged, Task
from studio.spec.events import Pictured
from studio.zoo.measures.adversarial import MADE, class_counts
from studio.zoo.models.gan import GAN

COLUMNS = 8
"""Pictures in a row of a grid, and rows in a grid."""

MOST_GRIDS = 60
"""Grids that are kept of a run; of a longer one, every second, fourth, … epoch's."""


class Adversarial(Task):
    """Draws grids of pictures from the same noise, epoch by epoch, and how many there are of each class."""

    def judge(self, run: Training) -> Judged:
        judged = super().judge(run)
        made = _made(run)
        note_grid(run.extra, run.epoch + 1, made[: COLUMNS * COLUMNS])
        return Judged(judged.measures, made)

    def pictures(self, run: Training, judged: Judged) -> Iterator[Pictured]:
        samples = run.samples
        made = cast("Tensor", judged.outputs)
        counts = class_counts(made, samples.test_x, samples.test_y)
        yield Pictured(
            "samples",
            {
                "shape": list(made.shape[1:]),
                "columns": COLUMNS,
                "epochs": list(run.extra["epochs"]),
                "grids": array("B", run.extra["grids"].numpy().tobytes()),
                "labels": list(samples.labels),
                "counts": [int(count) for count in counts],
                "made": MADE,
            },
        )


def note_grid(extra: dict[str, Any], epoch: int, made: Tensor) -> None:
    """Keep a grid of pictures (N, C, H, W) as that of an epoch, counted from 1, and thin out those before."""
    every = 1
    while (epoch - 1) // every >= MOST_GRIDS - 1:
        every *= 2
    epochs: list[int] = extra.get("epochs", [])
    kept = [index for index, one in enumerate(epochs) if (one - 1) % every == 0 and one < epoch]
    grid = as_bytes(made).unsqueeze(0)
    extra["grids"] = torch.cat([extra["grids"][kept], grid]) if kept else grid
    extra["epochs"] = [*(epochs[index] for index in kept), epoch]


def _made(run: Training) -> Tensor:
    """The pictures that the generator is judged by, (N, C, H, W)."""
    model = cast("GAN", run.model)
    return outputs_for(model, model.noise(MADE, torch.Generator().manual_seed(0)))
