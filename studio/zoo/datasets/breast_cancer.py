"""Real measurements of breast tumours, which scikit-learn ships: 569 patients, 30 numbers each."""

import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from torch import Tensor

from studio.spec.model_input import InputSpec

FACTORY = "breast_cancer"
TASKS = ("classification",)
GIVES = "tensor"
SHAPE = (30,)
INPUT = InputSpec(kind="tensor", shape=SHAPE)
LABELS = ("malignant", "benign")


def breast_cancer(test_fraction: float = 0.25, split_seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """30 measurements of cell nuclei from each of 569 breast tumours, and whether the tumour was malignant.

    Wisconsin Diagnostic Breast Cancer (Wolberg, Street and Mangasarian 1993), as scikit-learn has it.

    Args:
        test_fraction: share of the patients that is kept for testing.
        split_seed: decides which patients those are.

    Returns:
        Training measurements (N, 30), standardised, and classes (N,); the same for testing.
    """
    measured, classes = load_breast_cancer(return_X_y=True)
    train_x, test_x, train_y, test_y = (
        torch.from_numpy(part)
        for part in train_test_split(
            measured, classes, test_size=test_fraction, random_state=split_seed, stratify=classes
        )
    )
    mean, spread = train_x.mean(0), train_x.std(0)  # of the training data alone: the test must stay unseen
    return ((train_x - mean) / spread).float(), train_y, ((test_x - mean) / spread).float(), test_y
