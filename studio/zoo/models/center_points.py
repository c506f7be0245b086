"""A small detector without anchors: where is the centre of a thing, of which class, and how large is it."""

import torch
from torch import Tensor, nn

FACTORY = "CenterPoints"
TASKS = ("detection",)
TAKES = ("image",)


class CenterPoints(nn.Module):
    """Convolutions that shrink the picture fourfold, and for each place of what is left the things centred there.

    After CenterNet: Zhou et al. 2019, https://arxiv.org/abs/1904.07850.

    Args:
        in_shape: channels, height and width of one picture; the data say it.
        classes: how many kinds of thing there are; the data say it.
        channels: channels after the first and after the second halving.
        depth: blocks after the second halving; each looks further around.
    """

    def __init__(
        self,
        in_shape: tuple[int, int, int],
        classes: int,
        channels: tuple[int, int] = (24, 48),
        depth: int = 3,
    ) -> None:
        super().__init__()
        first, second = channels
        self.body = nn.Sequential(
            block(in_shape[0], first, stride=2),
            block(first, first),
            block(first, second, stride=2),
            *(block(second, second, dilation=1 + number % 2) for number in range(depth)),
        )
        self.heat = nn.Conv2d(second, classes, 1)
        self.size = nn.Conv2d(second, 4, 1)
        nn.init.constant_(self.get_parameter("heat.bias"), -3.0)  # at first, hardly a place is a centre

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) to maps (N, classes + 4, H / 4, W / 4): logits of a centre of each class, then
        distances from the middle of the place to the left, top, right and bottom of the box, in places.
        """
        seen = self.body(x)
        return torch.cat([self.heat(seen), self.size(seen)], 1)


def block(channels: int, next_channels: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """Convolution, batch norm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(channels, next_channels, 3, stride, padding=dilation, dilation=dilation, bias=False),
        nn.BatchNorm2d(next_channels),
        nn.ReLU(),
    )
