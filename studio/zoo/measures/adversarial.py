"""How like real pictures the made ones are, and whether there are some of each kind."""

import torch
from torch import Tensor, nn

from studio.zoo.models.gan import GAN

MADE = 1000
"""How many pictures are made to judge a generator by."""

LEAST = 10
"""How many of them must be of a class for it to count as present: 1 %."""

NEIGHBOURS = 5
"""How many of the nearest real pictures must agree on a made one's class for it to count."""


def judge(model: GAN, criterion: nn.Module, x: Tensor, y: Tensor) -> dict[str, float]:
    """Compare a thousand made pictures, the same noise each time, with real ones x (N, C, H, W) of classes y (N,).

    Returns:
        The Fréchet distance between the pixels of both, lower is better, and the number of classes that are
        present among the made ones.
    """
    model.eval()
    with torch.no_grad():
        made = model(model.noise(MADE, torch.Generator().manual_seed(0)))
    model.train()
    counts = class_counts(made, x, y)
    return {"distance": frechet_distance(made, x), "classes": float((counts >= LEAST).sum())}


def class_counts(made: Tensor, real: Tensor, classes: Tensor) -> Tensor:
    """How many of the made pictures (M, …) are clearly of each class, (C,): all nearest real ones (N, …) agree."""
    distances = torch.cdist(made.flatten(1), real.flatten(1))
    nearest = classes[distances.topk(NEIGHBOURS, largest=False).indices]
    agreed = nearest[(nearest == nearest[:, :1]).all(1), 0]
    return torch.bincount(agreed, minlength=int(classes.max()) + 1)


def frechet_distance(first: Tensor, second: Tensor) -> float:
    """The distance of two normal distributions that are fitted to two sets of samples (N, …) and (M, …).

    Source: Heusel et al. 2017, https://arxiv.org/abs/1706.08500, here on pixels.
    """
    a, b = first.flatten(1).cpu().double(), second.flatten(1).cpu().double()
    root = _root(torch.cov(a.T))
    both = _root(root @ torch.cov(b.T) @ root).trace()
    apart = (a.mean(0) - b.mean(0)).square().sum()
    return (apart + torch.cov(a.T).trace() + torch.cov(b.T).trace() - 2 * both).item()


def _root(matrix: Tensor) -> Tensor:
    """The square root of a symmetric matrix without negative eigenvalues, (K, K)."""
    values, vectors = torch.linalg.eigh(matrix)
    root: Tensor = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    return root
