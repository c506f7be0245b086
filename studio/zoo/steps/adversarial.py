"""The two halves of a step in which a generator and a discriminator learn against each other."""

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from studio.zoo.models.gan import GAN


def step(model: GAN, criterion: nn.Module, optimizer: Optimizer, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Teach the discriminator to tell real pictures x (N, C, H, W) from made ones, the generator to deceive it.

    One optimizer has the weights of both: in each half only those of one network have gradients, and an
    optimizer passes over weights without.
    """
    count = max(2, len(x))  # batch norm needs two
    fakes = model(model.noise(count)).detach()
    of_real, of_fakes = model.discriminator(x), model.discriminator(fakes)
    told_real = criterion(of_real, torch.ones_like(of_real))
    told_fakes = criterion(of_fakes, torch.zeros_like(of_fakes))
    discriminator_loss = (told_real + told_fakes) / 2
    optimizer.zero_grad(set_to_none=True)
    discriminator_loss.backward()
    optimizer.step()

    model.discriminator.requires_grad_(False)
    of_fakes = model.discriminator(model(model.noise(count)))
    loss = criterion(of_fakes, torch.ones_like(of_fakes))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    model.discriminator.requires_grad_(True)
    return {"loss": loss, "discriminator": discriminator_loss}
