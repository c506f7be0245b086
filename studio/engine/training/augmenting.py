"""Training images, changed a little at random each time that they are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from studio.catalog.shelf import entry
from studio.spec.errors import UserError
from studio.spec.job import resolve
from studio.spec.run import Ingredient

Augment = Callable[[Tensor], Tensor]
"""Changes one image (C, H, W); what is drawn for it comes from torch's global random numbers."""


def build_augment(ingredients: Sequence[Ingredient]) -> Augment | None:
    """The transforms of a specification one after another; None where there are none.

    Raises:
        UserError: ``augment.bad``: torchvision refuses the values of one.
    """
    if not ingredients:
        return None
    from torchvision.transforms import v2  # takes two seconds

    made = []
    for index, ingredient in enumerate(ingredients):
        factory: Any = resolve(entry("transform", ingredient.name).factory)
        try:
            made.append(factory(**ingredient.parameters))
        except (ValueError, TypeError) as error:
            what = f"`augment[{index}]`, {ingredient.name}, cannot be made like this."
            raise UserError("augment.bad", what, f"{error}.") from error
    composed: Augment = v2.Compose(made)
    return composed


def augmented(augment: Augment | None, images: Tensor) -> Tensor:
    """Each image of a batch (N, C, H, W) changed on its own; the batch itself where there is nothing to do."""
    return images if augment is None else torch.stack([augment(image) for image in images])
