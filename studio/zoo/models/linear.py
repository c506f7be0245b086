"""A straight line or plane: the smallest model there is."""

from torch import nn

FACTORY = "linear"
TAKES = ("tensor",)


def linear(in_features: int, out_features: int, bias: bool = True) -> nn.Linear:
    """One linear layer: y = x Wᵀ + b.

    Args:
        in_features: numbers in one sample; the data say it.
        out_features: numbers in one answer; the data say it.
        bias: whether the line may miss the origin.
    """
    return nn.Linear(in_features, out_features, bias=bias)
