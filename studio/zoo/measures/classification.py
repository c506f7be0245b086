"""How often the right class is the likeliest."""

import torch
from torch import Tensor


def measure(outputs: Tensor, targets: Tensor) -> dict[str, float]:
    """The share of logits (N, C) whose largest is that of the target (N,); balanced, each class counts the same.

    The balanced one is left out where classes are about as frequent, for then both say the same.
    """
    right = outputs.argmax(1) == targets
    measures = {"accuracy": right.sum().item() / len(targets)}
    there = torch.bincount(targets)
    counts, of_class = there[there > 0], torch.bincount(targets, weights=right.double())[there > 0]
    if counts.max() > 1.5 * counts.min():
        measures["balanced_accuracy"] = (of_class / counts).mean().item()
    return measures
