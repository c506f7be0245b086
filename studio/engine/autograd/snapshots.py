"""Pictures of tensors that keep nothing of the tensor alive, taken within a budget."""

from __future__ import annotations

import math

import torch

from studio.spec.recording import Number, Statistics, TensorPicture

ELEMENTS_OF_A_VALUE = 1_024
ELEMENTS_OF_A_LEAF = 65_536
ELEMENTS_IN_ALL = 3_000_000


class Camera:
    """Takes pictures of tensors. Once `budget` elements are kept, only statistics are."""

    def __init__(self, budget: int = ELEMENTS_IN_ALL) -> None:
        self._left = budget

    def picture(self, tensor: torch.Tensor, limit: int = ELEMENTS_OF_A_VALUE) -> TensorPicture:
        """The tensor as it is now: all elements up to `limit`, else statistics.

        Draws no random number and makes no graph node, so the snippet's results stay the same bits.
        """
        with torch._C.DisableTorchFunction(), torch.no_grad():
            shape, dtype = tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")
            try:
                flat = tensor.detach()
                count = flat.numel()
                if count <= min(limit, self._left):
                    self._left -= count
                    return TensorPicture(shape, dtype, tuple(map(_plain, _flat_list(flat))))
                return TensorPicture(shape, dtype, None, _statistics(flat))
            except (RuntimeError, NotImplementedError, TypeError):
                # Meta, sparse, functorch-wrapped and nested tensors have no plain elements.
                return TensorPicture(shape, dtype, None)


def _flat_list(tensor: torch.Tensor) -> list[Number]:
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    numbers: list[Number] = tensor.reshape(-1).tolist()
    return numbers


def _plain(number: Number | complex) -> Number:
    return str(number) if isinstance(number, complex) else number


def _statistics(tensor: torch.Tensor) -> Statistics | None:
    if tensor.is_complex() or tensor.is_quantized:
        return None
    numbers = tensor.to(torch.float64).reshape(-1)
    finite = numbers[torch.isfinite(numbers)]
    nans = int(torch.isnan(numbers).sum())
    infinities = numbers.numel() - finite.numel() - nans
    if not finite.numel():
        return Statistics(math.nan, math.nan, math.nan, math.nan, nans, infinities)
    low, high = torch.aminmax(finite)
    deviation = float(finite.std(correction=0))
    return Statistics(float(low), float(high), float(finite.mean()), deviation, nans, infinities)
