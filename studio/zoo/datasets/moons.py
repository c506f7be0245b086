"""Two half moons in the plane that reach into one another."""

import torch
from sklearn.datasets import make_moons
from torch import Tensor

from studio.spec.model_input import InputSpec

FACTORY = "moons"
TASKS = ("classification",)
GIVES = "tensor"
SHAPE = (2,)
INPUT = InputSpec(kind="tensor", shape=SHAPE)
LABELS = ("upper", "lower")


def moons(
    points: int = 800, noise: float = 0.12, test_fraction: float = 0.5, split_seed: int = 0
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Points on two half moons that reach into one another, so that no straight line parts them.

    Args:
        points: how many points there are in all.
        noise: standard deviation of the error that moves each point off its moon.
        test_fraction: share of the points that is kept for testing.
        split_seed: starts the random numbers that make the points.

    Returns:
        Training points (N, 2) and their moons (N,); the same for testing.
    """
    places, moon = make_moons(points, noise=noise, random_state=split_seed)
    x = torch.tensor(places, dtype=torch.float32)
    y = torch.tensor(moon, dtype=torch.int64)
    kept = max(1, round(points * (1 - test_fraction)))  # they come in random order
    return x[:kept], y[:kept], x[kept:], y[kept:]
