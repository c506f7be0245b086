"""A generative adversarial network: one network draws pictures, another tells them from real ones."""

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn

FACTORY = "GAN"
TASKS = ("adversarial",)
TAKES = ("image",)

VIEWS = 8
"""In how many ways the discriminator looks at how alike a batch is."""


class BatchLikeness(nn.Module):
    """Adds to the features of each sample how much it is like the others of its batch.

    A generator that makes the same picture again and again is found out by it.
    Source: Salimans et al. 2016, https://arxiv.org/abs/1606.03498, section 3.2.
    """

    def __init__(self, features: int, views: int, width: int = 4) -> None:
        super().__init__()
        self.views = nn.Sequential(nn.Linear(features, views * width, bias=False), nn.Unflatten(1, (views, width)))

    def forward(self, x: Tensor) -> Tensor:
        """Features (N, F) to (N, F + views)."""
        seen = self.views(x)
        distances = (seen.unsqueeze(0) - seen.unsqueeze(1)).abs().sum(3)
        return torch.cat([x, (-distances).exp().sum(1) - 1], 1)


class GAN(nn.Module):
    """A generator that makes pictures from noise, and a discriminator that tells them from real ones.

    Source: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661.

    Args:
        in_shape: channels, height and width of one picture; the data say it.
        latent: how many random numbers a picture is made from.
        hidden: widths of the generator's hidden layers; the discriminator has them in reverse.
        dropout: share of the discriminator's hidden values that is set to zero while training.
    """

    def __init__(
        self,
        in_shape: tuple[int, int, int],
        latent: int = 32,
        hidden: Sequence[int] = (128, 256),
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.noise_shape = (latent,)
        pixels = prod(in_shape)
        layers: list[nn.Module] = []
        for wide, wider in zip((latent, *hidden), hidden, strict=False):
            layers += [nn.Linear(wide, wider), nn.BatchNorm1d(wider), nn.LeakyReLU(0.2)]
        self.generator = nn.Sequential(
            *layers, nn.Linear(hidden[-1], pixels), nn.Sigmoid(), nn.Unflatten(1, tuple(in_shape))
        )
        layers = [nn.Flatten()]
        backwards = tuple(reversed(hidden))
        for wide, wider in zip((pixels, *backwards), backwards, strict=False):
            layers += [nn.Linear(wide, wider), nn.LeakyReLU(0.2), nn.Dropout(dropout)]
        likeness = BatchLikeness(backwards[-1], views=VIEWS)
        self.discriminator = nn.Sequential(*layers, likeness, nn.Linear(backwards[-1] + VIEWS, 1))

    def noise(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Random numbers (count, latent) for so many pictures; from `generator`, they are the same each time."""
        like = next(self.parameters())
        drawn = torch.randn(count, *self.noise_shape, generator=generator, dtype=like.dtype)
        return drawn.to(like.device)

    def forward(self, noise: Tensor) -> Tensor:
        """Noise (N, latent) to pictures (N, C, H, W) in [0, 1]."""
        pictures: Tensor = self.generator(noise)
        return pictures
