"""The plane between an encoder and a decoder: where pictures lie on it, and what lies where."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from typing import cast

import torch
from torch import Tensor

from studio.engine.training.data import outputs_for
from studio.engine.training.state import Training
from studio.engine.training.tasks.pixels import byte_array, float_array
from studio.engine.training.tasks.task import Judged, Task
from studio.spec.events import Pictured
from studio.zoo.models.vae import VAE

ACROSS = 21
"""Decoded pictures across the plane, and down."""

PAIRS_OF_A_CLASS = 2


class Autoencoding(Task):
    """Draws the plane with the test pictures on it, and some of these beside their reconstructions."""

    def pictures(self, run: Training, judged: Judged) -> Iterator[Pictured]:
        samples, model = run.samples, cast("VAE", run.judged_model)
        model.eval()
        with torch.no_grad():
            places = model.encode(samples.test_x)[0]
            plane = _first_two(places)
            # In steps, so that the plane does not tremble from epoch to epoch.
            reach = max(1.0, math.ceil(2.1 * plane.abs().quantile(0.995).item()) / 2)
            decoded = torch.sigmoid(model.decode(grid(reach, places.shape[1]).to(places)))
        model.train()
        yield Pictured(
            "plane",
            {
                "shape": list(samples.test_x.shape[1:]),
                "across": ACROSS,
                "reach": reach,
                "pictures": byte_array(decoded),
                "x": float_array(plane[:, 0]),
                "y": float_array(plane[:, 1]),
                "classes": array("I", samples.test_y.tolist()),
                "labels": list(samples.labels),
            },
        )
        chosen = _some_of_each(samples.test_y.cpu()).to(samples.test_x.device)
        originals = samples.test_x[chosen]
        yield Pictured(
            "reconstructions",
            {
                "shape": list(originals.shape[1:]),
                "originals": byte_array(originals),
                "reconstructions": byte_array(outputs_for(model, originals)),
                "captions": [samples.labels[int(kind)] for kind in samples.test_y[chosen]],
            },
        )


def grid(reach: float, dimensions: int) -> Tensor:
    """Places on the plane from -reach to reach, row by row from the top, (ACROSS², dimensions); else, zero."""
    line = torch.linspace(-reach, reach, ACROSS)
    down, across = torch.meshgrid(-line, line, indexing="ij")
    places = torch.zeros(ACROSS * ACROSS, max(2, dimensions))
    places[:, 0], places[:, 1] = across.flatten(), down.flatten()
    return places[:, :dimensions]


def _first_two(places: Tensor) -> Tensor:
    """The first two dimensions of places (N, latent), zeros where there is only one."""
    return torch.cat([places, torch.zeros_like(places)], 1)[:, :2].cpu()


def _some_of_each(classes: Tensor) -> Tensor:
    """Indices of a few samples of each class, class by class."""
    kinds = range(int(classes.max()) + 1)
    return torch.cat([torch.nonzero(classes == kind).flatten()[:PAIRS_OF_A_CLASS] for kind in kinds])
