"""A step of a variational autoencoder: the targets are the pictures themselves."""

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from studio.zoo.models.vae import VAE


def step(model: VAE, criterion: nn.Module, optimizer: Optimizer, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Encode pictures x (N, C, H, W), draw a place for each, decode it, compare; classes y are not used."""
    mean, log_variance = model.encode(x)
    places = mean + torch.randn_like(mean) * (log_variance / 2).exp()
    loss = criterion(model.decode(places), x, mean, log_variance)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return {"loss": loss}
