"""The negative evidence lower bound: how badly pictures are told again, and how odd their places are."""

from torch import Tensor, nn
from torch.nn import functional

FACTORY = "NegativeELBO"
TASKS = ("autoencoding",)


class NegativeELBO(nn.Module):
    """What a variational autoencoder makes small: reconstruction error plus `beta` times the divergence, in nats.

    Source: Kingma and Welling 2013, https://arxiv.org/abs/1312.6114; with a beta other than 1, Higgins et al.
    2017, https://openreview.net/forum?id=Sy2fzU9gl.

    Args:
        beta: weight of the divergence from a normal distribution; less: sharper pictures, more: a smooth plane.
    """

    def __init__(self, beta: float = 1.0) -> None:
        super().__init__()
        self.beta = beta

    def forward(self, logits: Tensor, pictures: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
        """Logits and pictures (N, …), means and logarithms of variances (N, latent); the mean over N."""
        told = functional.binary_cross_entropy_with_logits(logits, pictures, reduction="sum")
        divergence = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum()
        return (told + self.beta * divergence) / len(pictures)
