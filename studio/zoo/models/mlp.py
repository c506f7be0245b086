"""A multi-layer perceptron: linear layers with a bend between them."""

from collections.abc import Sequence
from typing import Literal

from torch import Tensor, nn

FACTORY = "MLP"
TAKES = ("tensor", "image", "sequence")


class MLP(nn.Module):
    """Linear layers with an activation between them; takes samples of any shape.

    Args:
        in_features: numbers in one sample; the data say it.
        out_features: numbers in one answer; the data say it.
        hidden: widths of the hidden layers, first one first.
        activation: the bend after each hidden layer.
        dropout: share of hidden values that is set to zero while training.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        hidden: Sequence[int] = (64, 64),
        activation: Literal["relu", "gelu", "tanh", "silu"] = "relu",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        bends = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh, "silu": nn.SiLU}
        layers: list[nn.Module] = [nn.Flatten()]
        width = in_features
        for next_width in hidden:
            layers += [nn.Linear(width, next_width), bends[activation]()]
            if dropout > 0:
                layers.append(nn.Dropout(dropout))
            width = next_width
        self.layers = nn.Sequential(*layers, nn.Linear(width, out_features))

    def forward(self, x: Tensor) -> Tensor:
        """(N, …) to (N, out_features)."""
        output: Tensor = self.layers(x)
        return output
