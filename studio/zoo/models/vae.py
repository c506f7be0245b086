"""A variational autoencoder: pictures become points of a plane, and points become pictures."""

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn

FACTORY = "VAE"
TASKS = ("autoencoding",)
TAKES = ("image",)


class VAE(nn.Module):
    """An encoder that says where in a small space a picture lies, and a decoder that draws what lies there.

    Source: Kingma and Welling 2013, https://arxiv.org/abs/1312.6114.

    Args:
        in_shape: channels, height and width of one picture; the data say it.
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse.
        latent: dimensions of the space between; with 2 it is a plane that can be seen.
    """

    def __init__(
        self, in_shape: tuple[int, int, int], hidden: Sequence[int] = (256, 128), latent: int = 2
    ) -> None:
        super().__init__()
        pixels = prod(in_shape)
        layers: list[nn.Module] = [nn.Flatten()]
        for wide, narrow in zip((pixels, *hidden), hidden, strict=False):
            layers += [nn.Linear(wide, narrow), nn.SiLU()]
        self.encoder = nn.Sequential(*layers, nn.Linear(hidden[-1], 2 * latent))
        layers = []
        backwards = tuple(reversed(hidden))
        for narrow, wide in zip((latent, *backwards), backwards, strict=False):
            layers += [nn.Linear(narrow, wide), nn.SiLU()]
        self.decoder = nn.Sequential(*layers, nn.Linear(backwards[-1], pixels), nn.Unflatten(1, tuple(in_shape)))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (N, C, H, W) to means and logarithms of variances of their places, (N, latent) each."""
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        return mean, log_variance

    def decode(self, places: Tensor) -> Tensor:
        """Places (N, latent) to logits of pixels (N, C, H, W)."""
        logits: Tensor = self.decoder(places)
        return logits

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) in [0, 1] to their reconstructions, without chance: each from its mean place."""
        return torch.sigmoid(self.decode(self.encode(x)[0]))
