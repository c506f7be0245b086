"""How well pictures that were never seen are told again, and how well their places sort them."""

import torch
from torch import Tensor, nn

from studio.zoo.models.vae import VAE


def judge(model: VAE, criterion: nn.Module, x: Tensor, y: Tensor) -> dict[str, float]:
    """Measure on held-out pictures x (N, C, H, W) of classes y (N,), with the same noise each time.

    Returns:
        The loss, which is the negative ELBO; the root mean square error of a pixel's reconstruction; and the
        share of the pictures whose nearest neighbour among the places is of the same class, of which the model
        was never told.
    """
    model.eval()
    with torch.no_grad():
        mean, log_variance = model.encode(x)
        noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(0), dtype=mean.dtype)
        places = mean + noise.to(mean.device) * (log_variance / 2).exp()
        loss = criterion(model.decode(places), x, mean, log_variance).item()
        error = (model(x) - x).square().mean().sqrt().item()
    model.train()
    distances = torch.cdist(mean, mean).fill_diagonal_(torch.inf)
    alike = (y[distances.argmin(1)] == y).double().mean().item()
    return {"loss": loss, "reconstruction": error, "neighbours": alike}
