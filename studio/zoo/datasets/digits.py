"""Real handwritten digits, which scikit-learn ships: 1,797 pictures of 8 by 8 pixels."""

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor

from studio.spec.model_input import InputSpec

FACTORY = "digits"
TASKS = ("classification", "adversarial", "autoencoding")
GIVES = "image"
SHAPE = (1, 8, 8)
INPUT = InputSpec(kind="image", shape=SHAPE, resize=8, resize_both=True, inverted=True)
LABELS = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")


def digits(test_fraction: float = 0.2, split_seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """1,797 real handwritten digits of 8 by 8 pixels, light on dark, split so that each class keeps its share.

    Args:
        test_fraction: share of the pictures that is kept for testing.
        split_seed: decides which pictures those are.

    Returns:
        Training pictures (N, 1, 8, 8) in [0, 1] and their digits (N,); the same for testing.
    """
    data = load_digits()
    pictures = torch.tensor(data.images, dtype=torch.float32).div(16).unsqueeze(1)
    targets = torch.tensor(data.target, dtype=torch.int64)
    train, test = train_test_split(
        torch.arange(len(targets)).numpy(),
        test_size=test_fraction,
        random_state=split_seed,
        stratify=targets.numpy(),
    )
    train, test = torch.from_numpy(train), torch.from_numpy(test)
    return pictures[train], targets[train], pictures[test], targets[test]
