"""Where a classifier of points in the plane draws its boundary."""

from __future__ import annotations

from array import array

import torch
from torch import Tensor

from studio.engine.training.data import outputs_for
from studio.engine.training.state import Training
from studio.spec.events import Pictured

_SIDE = 72
_POINTS_SHOWN = 1000
_MARGIN = 0.08


def is_plane(run: Training) -> bool:
    """Whether the samples are points in the plane."""
    return run.samples.train_x.shape[1:] == (2,) and run.samples.train_x.is_floating_point()


def boundary(run: Training) -> Pictured:
    """What the model says everywhere around the data: a grid of classes, and how sure it is of each.

    Row 0 of the grid is at the bottom; ``sure`` is the probability of the likeliest class.
    """
    data = run.samples
    everything = torch.cat([data.train_x, data.test_x])
    low, high = everything.amin(0), everything.amax(0)
    low, high = low - _MARGIN * (high - low), high + _MARGIN * (high - low)
    x, y = (
        torch.linspace(float(low[axis]), float(high[axis]), _SIDE, dtype=low.dtype, device=low.device)
        for axis in (0, 1)
    )
    rows, columns = torch.meshgrid(y, x, indexing="ij")
    places = torch.stack([columns.flatten(), rows.flatten()], dim=1)
    probabilities = outputs_for(run.judged_model, places).double().softmax(1)
    sure, likeliest = probabilities.max(1)
    return Pictured(
        "boundary",
        {
            "side": _SIDE,
            "x_range": [float(low[0]), float(high[0])],
            "y_range": [float(low[1]), float(high[1])],
            "classes": array("b", likeliest.cpu().tolist()),
            "sure": array("f", sure.cpu().tolist()),
            "labels": list(data.labels),
            "train": _points(data.train_x, data.train_y),
            "test": _points(data.test_x, data.test_y),
        },
    )


def _points(x: Tensor, y: Tensor) -> dict[str, array[float]]:
    x, y = x[:_POINTS_SHOWN].cpu().double(), y[:_POINTS_SHOWN].cpu()
    return {
        "x": array("d", x[:, 0].tolist()),
        "y": array("d", x[:, 1].tolist()),
        "class": array("d", y.double().tolist()),
    }
