"""Points on the line y = 2x: the smallest thing to learn."""

import torch
from torch import Tensor

from studio.spec.model_input import InputSpec

FACTORY = "line"
TASKS = ("regression",)
GIVES = "tensor"
SHAPE = (1,)
INPUT = InputSpec(kind="tensor", shape=SHAPE)
LABELS = ("y",)


def line(points: int = 4, noise: float = 0.0, split_seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The points x = 1, 2, 3, … with y = 2x to learn from, and those halfway between them to test on.

    Args:
        points: how many points there are to learn from.
        noise: standard deviation of the error that is added to what is learnt from.
        split_seed: starts the random numbers of the noise.

    Returns:
        Training inputs and targets, (points, 1) each; test inputs and targets, (points - 1, 1) each.
    """
    train_x = torch.arange(1.0, points + 1.0).unsqueeze(1)
    train_y = 2 * train_x
    if noise > 0:
        train_y = train_y + noise * torch.randn(train_y.shape, generator=torch.Generator().manual_seed(split_seed))
    test_x = train_x[:-1] + 0.5
    return train_x, train_y, test_x, 2 * test_x
