"""Which class each pixel of an image belongs to."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from studio.engine.models import OpenedModel
from studio.engine.vision.answers import device_of, logits_of
from studio.spec.errors import UserError
from studio.spec.predictions import Label


def segment(model: OpenedModel, sample: Tensor, size: tuple[int, int]) -> tuple[Image.Image, tuple[Label, ...]]:
    """The classes of one sample's (C, H, W) pixels as an image of class numbers, and each class's share.

    The image has `size` (width, height) and a palette, so that it can be looked at as well as read.
    The background (class 0) is left out of the shares.

    Raises:
        UserError: the model does not answer with one number a class and pixel.
    """
    with torch.inference_mode():
        logits = logits_of(model.module(sample[None].to(device_of(model.module))))
    if logits.ndim != 4 or not 1 < logits.shape[1] <= 256:
        raise UserError(
            "vision.no_mask",
            "The model does not answer with classes of pixels.",
            "",
            "Choose a segmentation model, or the task that the model was made for.",
        )
    classes = logits[0].argmax(0).to(torch.uint8).cpu()
    counts = torch.bincount(classes.flatten().long(), minlength=logits.shape[1])
    shares = (counts.double() / classes.numel()).tolist()
    order = sorted((index for index in range(1, len(shares)) if counts[index]), key=lambda index: -shares[index])
    labels = tuple(
        Label(index, model.labels[index] if index < len(model.labels) else f"class {index}", shares[index])
        for index in order
    )
    mask = Image.fromarray(np.ascontiguousarray(classes.numpy())).resize(size, Image.Resampling.NEAREST)
    mask.putpalette(palette())
    return mask, labels


def palette() -> list[int]:
    """256 colours, red, green, blue in turn: those of the Pascal VOC data set, where 0 is black."""
    colours = []
    for index in range(256):
        red = green = blue = 0
        rest = index
        for bit in range(7, -1, -1):
            red |= (rest & 1) << bit
            green |= (rest >> 1 & 1) << bit
            blue |= (rest >> 2 & 1) << bit
            rest >>= 3
        colours += [red, green, blue]
    return colours


def save_mask(mask: Image.Image, source: Path, folder: Path) -> Path:
    """Save a mask as a PNG in `folder`, named after its image; two images of one name get two masks.

    Raises:
        UserError: the folder cannot be written.
    """
    digits = hashlib.sha256(os.fsencode(source.absolute())).hexdigest()[:8]
    path = folder / f"{source.stem[:80]}-{digits}-mask.png"
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mask.save(part, format="PNG")
        part.replace(path)
    except OSError as error:
        raise UserError(
            "vision.mask_not_saved",
            f"The mask of {source.name} could not be saved in {folder}: {error.strerror or error}.",
            "",
            "Choose another folder or free the disk.",
        ) from error
    return path
