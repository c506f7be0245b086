"""Real measurements of diabetes patients, which scikit-learn ships: 442 patients, 10 numbers each."""

import numpy as np
import torch
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from torch import Tensor

from studio.spec.model_input import InputSpec

FACTORY = "diabetes"
TASKS = ("regression",)
GIVES = "tensor"
SHAPE = (10,)
INPUT = InputSpec(kind="tensor", shape=SHAPE)
LABELS = ("progression / 100",)


def diabetes(test_fraction: float = 0.25, split_seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Ten measurements of 442 patients, blood values among them, and how far their diabetes came in a year.

    Efron, Hastie, Johnstone and Tibshirani 2004, Least Angle Regression, as scikit-learn has it.

    Args:
        test_fraction: share of the patients that is kept for testing.
        split_seed: decides which patients those are.

    Returns:
        Training measurements (N, 10), standardised, and the progression in hundreds (N, 1); the same for testing.
    """
    measured, progression = load_diabetes(return_X_y=True, scaled=False)
    tenth = np.digitize(progression, np.quantile(progression, np.arange(0.1, 1.0, 0.1)))
    train_x, test_x, train_y, test_y = (
        torch.from_numpy(part)
        for part in train_test_split(
            measured,
            progression,
            test_size=test_fraction,
            random_state=split_seed,
            stratify=tenth,  # few patients: mild and severe cases in the same shares on both sides
        )
    )
    mean, spread = train_x.mean(0), train_x.std(0)  # of the training data alone: the test must stay unseen
    train_x, test_x = (train_x - mean) / spread, (test_x - mean) / spread
    return (
        train_x.float(),
        train_y.float().div(100).unsqueeze(1),
        test_x.float(),
        test_y.float().div(100).unsqueeze(1),
    )
