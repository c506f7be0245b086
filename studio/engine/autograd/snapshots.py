"""Pictures of tensors that keep nothing of the tensor alive, taken within a budget."""

from __future__ import annotations

import math

import torch
from torch._subclasses import FakeTensor
from torch._subclasses.functional_tensor import FunctionalTensor

from studio.spec.recording import Number, Statistics, TensorPicture

ELEMENTS_OF_A_VALUE = 1_024
ELEMENTS_OF_A_LEAF = 65_536
ELEMENTS_IN_ALL = 3_000_000
_SAMPLE = 4_096


class Camera:
    """Takes pictures of tensors. Once `budget` elements are kept, only statistics are."""

    def __init__(self, budget: int = ELEMENTS_IN_ALL) -> None:
        self._left = budget

    def picture(self, tensor: torch.Tensor, limit: int = ELEMENTS_OF_A_VALUE) -> TensorPicture:
        """The tensor as it is now: all elements up to `limit`, else statistics.

        Draws no random number and makes no graph node, so the snippet's results stay the same bits.
        """
        with torch._C.DisableTorchFunction(), torch.no_grad():
            dtype = str(tensor.dtype).removeprefix("torch.")
            shape: tuple[int, ...] = ()
            try:
                shape = tuple(int(length) for length in tensor.shape)
                if isinstance(tensor, FakeTensor | FunctionalTensor):
                    return TensorPicture(shape, dtype, None)
                flat = tensor.detach()
                count = flat.numel()
                if count <= min(limit, self._left):
                    self._left -= count
                    return TensorPicture(shape, dtype, tuple(_flat_list(flat)))
                return TensorPicture(shape, dtype, None, _statistics(flat))
            except Exception:
                # Meta, sparse, functorch-wrapped, symbolic and nested tensors have no plain elements or
                # shape, and a subclass of the snippet may fail in its own way.
                return TensorPicture(shape, dtype, None)


def _flat_list(tensor: torch.Tensor) -> list[Number]:
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    numbers: list[Number] = tensor.reshape(-1).tolist()
    return [str(number) for number in numbers] if tensor.is_complex() else numbers


def _statistics(tensor: torch.Tensor) -> Statistics | None:
    """Extremes and counts of all elements; of very many, mean and deviation are those of every n-th."""
    if tensor.is_complex() or tensor.is_quantized:
        return None
    numbers = tensor.reshape(-1)
    low, high = (float(extreme) for extreme in torch.aminmax(numbers))
    nans = infinities = 0
    if not (math.isfinite(low) and math.isfinite(high)):
        nans = int(torch.isnan(numbers).sum())
        finite = numbers[torch.isfinite(numbers)]
        infinities = numbers.numel() - finite.numel() - nans
        if not finite.numel():
            return Statistics(math.nan, math.nan, math.nan, math.nan, nans, infinities)
        numbers = finite
        low, high = (float(extreme) for extreme in torch.aminmax(numbers))
    sample = numbers[:: max(numbers.numel() // _SAMPLE, 1)].to(torch.float64)
    deviation, mean = torch.std_mean(sample, correction=0)
    return Statistics(low, high, float(mean), float(deviation), nans, infinities)
