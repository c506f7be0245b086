"""A few real photographs that are installed anyway: samples for comparing models and measuring speed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from studio.engine.preparing import prepare
from studio.spec.model_input import InputSpec

_NAMES = ("china.jpg", "flower.jpg")


def photographs(spec: InputSpec, count: int = 8) -> Tensor:
    """`count` different crops (N, C, H, W) of the two photographs that scikit-learn ships (CC BY 2.0).

    Raises:
        FileNotFoundError: scikit-learn is installed without them.
    """
    images = [Image.open(_folder() / name).convert("RGB") for name in _NAMES]
    samples = []
    for index in range(count):
        image = images[index % len(images)]
        step = index // len(images)
        # Each round shows less of the picture, from another corner.
        width, height = int(image.width * 0.85**step), int(image.height * 0.85**step)
        left = (image.width - width) * (step % 2)
        top = (image.height - height) * (step // 2 % 2)
        samples.append(prepare(image.crop((left, top, left + width, top + height)), spec))
    return torch.stack(samples)


def _folder() -> Path:
    # Found, not imported: importing scikit-learn takes two seconds.
    found = find_spec("sklearn")
    if found is None or found.origin is None:
        raise FileNotFoundError("scikit-learn is not installed")
    return Path(found.origin).parent / "datasets" / "images"
