"""Pictures as bytes, as they travel to the window."""

from __future__ import annotations

from array import array

import torch
from torch import Tensor


def as_bytes(pictures: Tensor) -> Tensor:
    """Pictures of numbers from 0 to 1 as bytes on the CPU, of the same shape."""
    return pictures.detach().cpu().float().clamp(0, 1).mul(255).round().to(torch.uint8)


def byte_array(pictures: Tensor) -> array[int]:
    """All numbers of pictures, from 0 to 1, as bytes one after the other."""
    return array("B", as_bytes(pictures).numpy().tobytes())


def float_array(numbers: Tensor) -> array[float]:
    """All numbers of a tensor, one after the other."""
    return array("d", numbers.detach().cpu().double().flatten().tolist())
