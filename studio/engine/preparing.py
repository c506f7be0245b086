"""From an image to the tensor that a model takes, exactly as torchvision's transforms make it."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from studio.spec.errors import UserError
from studio.spec.model_input import InputSpec

_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


_LARGEST = 40_000_000
"""Pixels of a resized image: a strip of 1 × 60,000 in a tiny file would become four billion."""


def prepare(image: Image.Image, spec: InputSpec, *, crop: bool = True) -> Tensor:
    """One sample (C, H, W), float32, of an RGB image.

    Args:
        image: mode RGB.
        spec: what the model takes.
        crop: whether the centre is cut to the size of `spec`; detectors and segmenters take it whole.

    Raises:
        UserError: ``image.too_long``: resized as the model wants it, it would fill the memory.
    """
    if spec.channels == 1:
        image = image.convert("L")
    height, width = spec.shape[-2:]
    if spec.resize_both:
        image = image.resize((width, height), _FILTERS[spec.interpolation])
    elif spec.resize or crop:
        image = _shorter_side(image, spec.resize or max(height, width), spec)
    if crop:
        image = _centre(image, width, height)
    pixels = torch.from_numpy(np.array(image))
    sample = (pixels[None] if pixels.ndim == 2 else pixels.permute(2, 0, 1)).to(torch.float32).div(255)
    if spec.inverted:
        sample = 1 - sample
    if spec.scale != 1:
        sample = sample * spec.scale
    if spec.mean:
        mean, std = torch.tensor(spec.mean), torch.tensor(spec.std or (1.0,) * len(spec.mean))
        sample = sample.sub(mean[:, None, None]).div(std[:, None, None])
    return sample.contiguous()


def _shorter_side(image: Image.Image, side: int, spec: InputSpec) -> Image.Image:
    width, height = image.size
    if min(width, height) == side:
        return image
    if width <= height:
        size = (side, max(int(side * height / width), 1))
    else:
        size = (max(int(side * width / height), 1), side)
    if size[0] * size[1] > _LARGEST:
        raise UserError(
            "image.too_long",
            f"The image is {width:,} × {height:,}: too long and thin for this model.",
            f"Its shorter side becomes {side} pixels, and the longer one would become {max(size):,}.",
            "Cut a part of it out.",
        )
    return image.resize(size, _FILTERS[spec.interpolation])


def _centre(image: Image.Image, width: int, height: int) -> Image.Image:
    """The middle of an image; where it is too small, black surrounds it."""
    # Rounded half to even, as torchvision does; a pixel to the side changes every number.
    left = round((image.width - width) / 2.0)
    top = round((image.height - height) / 2.0)
    return image.crop((left, top, left + width, top + height))
