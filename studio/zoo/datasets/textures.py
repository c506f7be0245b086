"""Photographs of brick, grass and gravel, which scikit-image ships, cut into many small pictures."""

import torch
from numpy.random import default_rng
from skimage import data
from torch import Tensor
from torch.nn import functional

from studio.spec.model_input import InputSpec

FACTORY = "textures"
TASKS = ("classification",)
GIVES = "image"
SHAPE = (3, 224, 224)
INPUT = InputSpec(kind="image", shape=SHAPE, resize=224)
LABELS = ("brick", "grass", "gravel")


def textures(tiles: int = 40, split_seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Pictures cut at random places out of photographs of brick, grass and gravel, 512 by 512 pixels each.

    Pictures for training are from the left of a photograph, those for testing from the right of it: none of
    them shares a pixel with one of the others.

    Args:
        tiles: pictures of each texture to train with; half as many are kept for testing.
        split_seed: decides which places those are.

    Returns:
        Training pictures (N, 3, 224, 224) in [0, 1] and their textures (N,); the same for testing.
    """
    generator = default_rng(split_seed)
    parts: list[list[Tensor]] = [[], []]
    for name in ("brick", "grass", "gravel"):
        grey = torch.from_numpy(getattr(data, name)()).float().div(255)
        for part, region, count in ((0, grey[:, :320], tiles), (1, grey[:, 320:], -(-tiles // 2))):
            places = generator.integers(0, (region.shape[0] - 128, region.shape[1] - 128), size=(count, 2))
            cut = torch.stack([region[top : top + 128, left : left + 128] for top, left in places.tolist()])
            large = functional.interpolate(cut.unsqueeze(1), size=(224, 224), mode="bilinear", antialias=True)
            parts[part].append(large.expand(-1, 3, -1, -1))
    train_x, test_x = torch.cat(parts[0]), torch.cat(parts[1])
    classes = torch.arange(3)
    return train_x, classes.repeat_interleave(tiles), test_x, classes.repeat_interleave(-(-tiles // 2))
