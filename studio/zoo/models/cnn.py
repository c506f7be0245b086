"""A small convolutional network for small pictures."""

from collections.abc import Sequence

from torch import Tensor, nn

FACTORY = "CNN"
TAKES = ("image",)


class CNN(nn.Module):
    """Blocks of convolution, batch norm and ReLU, each but the first halving the picture; then one linear layer.

    Args:
        in_shape: channels, height and width of one picture; the data say it.
        out_features: number of classes; the data say it.
        channels: channels of the blocks, first one first.
        dropout: share of the last features that is set to zero while training.
    """

    def __init__(
        self,
        in_shape: tuple[int, int, int],
        out_features: int,
        channels: Sequence[int] = (16, 32, 64),
        dropout: float = 0.25,
    ) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        depth = in_shape[0]
        for number, next_depth in enumerate(channels):
            blocks += [
                nn.Conv2d(depth, next_depth, kernel_size=3, stride=1 if number == 0 else 2, padding=1, bias=False),
                nn.BatchNorm2d(next_depth),
                nn.ReLU(),
            ]
            depth = next_depth
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(dropout), nn.Linear(4 * depth, out_features)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) to logits (N, out_features)."""
        logits: Tensor = self.head(self.blocks(x))
        return logits
