"""The number of sunspots in each year since 1700, which the package statsmodels ships."""

import torch
from statsmodels import datasets
from torch import Tensor

from studio.spec.model_input import InputSpec

FACTORY = "sunspots"
TASKS = ("forecasting",)
GIVES = "sequence"
LABELS = ("sunspots, in hundreds",)
FIRST_YEAR = 1700


def sunspots(
    window: int = 33, ahead: int = 1, test_fraction: float = 0.25
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Yearly sunspot numbers from 1700 to 2008, in hundreds; the last years are kept for testing.

    Args:
        window: years that the model sees; the sun has a cycle of about eleven.
        ahead: how many years after the window the number to be told lies.
        test_fraction: share of the years, at the end, that is kept for testing.

    Returns:
        Training windows (N, window, 1) and the numbers after them (N, 1); the same for testing.
    """
    recorded = datasets.sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
    numbers = torch.tensor(recorded / 100, dtype=torch.float32)
    x = numbers[: len(numbers) - ahead].unfold(0, window, 1).unsqueeze(2)
    y = numbers[window + ahead - 1 :].unsqueeze(1)
    test = round(len(numbers) * test_fraction)
    if not 0 < test < len(y):
        raise ValueError(f"{len(y)} windows of {window} years cannot be split, with {test} for testing")
    return x[:-test].clone(), y[:-test].clone(), x[-test:].clone(), y[-test:].clone()


def describe(window: int = 33, ahead: int = 1, test_fraction: float = 0.25) -> tuple[InputSpec, tuple[str, ...]]:
    """What one window looks like, and what is told."""
    return InputSpec(kind="tensor", shape=(window, 1)), LABELS


def times(window: int = 33, ahead: int = 1, test_fraction: float = 0.25) -> tuple[str, float]:
    """What the numbers are counted by, and the time of the first one that is told."""
    return "year", float(FIRST_YEAR + window + ahead - 1)
