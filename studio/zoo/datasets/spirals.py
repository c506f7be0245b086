"""Spiral arms in the plane, wound around one another."""

import math

import torch
from torch import Tensor

from studio.spec.model_input import InputSpec

FACTORY = "spirals"
TASKS = ("classification",)
GIVES = "tensor"
SHAPE = (2,)
INPUT = InputSpec(kind="tensor", shape=SHAPE)
LABELS = ("first arm", "second arm", "third arm")


def spirals(
    points: int = 1500, turns: float = 1.0, noise: float = 0.02, test_fraction: float = 0.5, split_seed: int = 0
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Points on three spiral arms around one centre: to tell them apart, a model has to bend its boundary far.

    Args:
        points: how many points there are in all.
        turns: how often each arm goes around the centre.
        noise: standard deviation of the error that moves each point off its arm.
        test_fraction: share of the points that is kept for testing.
        split_seed: starts the random numbers that make the points.

    Returns:
        Training points (N, 2) and their arms (N,); the same for testing.
    """
    random = torch.Generator().manual_seed(split_seed)
    arm = torch.arange(points) % 3
    along = torch.rand(points, generator=random).sqrt()  # as many points outside as inside, where arms are longer
    angle = 2 * math.pi * (turns * along + arm / 3)
    places = along.unsqueeze(1) * torch.stack([angle.cos(), angle.sin()], dim=1)
    x = places + noise * torch.randn(places.shape, generator=random)
    kept = max(1, round(points * (1 - test_fraction)))
    return x[:kept], arm[:kept], x[kept:], arm[kept:]
