"""What the formats that hold weights only have in common: a blank model to load them into."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from studio.spec.errors import UserError


def blank_copy(module: nn.Module) -> nn.Module:
    """The same architecture with every weight and buffer overwritten, so that only a file can fill it.

    Floating-point values become NaN: one that a file leaves out shows in every output.
    """
    blank = copy.deepcopy(module)
    with torch.no_grad():
        for value in blank.state_dict().values():
            value.fill_(float("nan") if value.is_floating_point() or value.is_complex() else 0)
    return blank


def check_same_weights(original: nn.Module, loaded: nn.Module) -> None:
    """Compare every tensor bit for bit.

    Raises:
        UserError: one differs; the message names it.
    """
    there = loaded.state_dict()
    for name, value in original.state_dict().items():
        if not _same_bits(value, there[name]):
            raise UserError(
                "export.weights_differ",
                f"The weights {name} in the file differ from the model's.",
                "The file changed while it was written.",
                "Export again; if it happens twice, check the disk.",
            )


def plain_state(module: nn.Module) -> dict[str, Tensor]:
    """The state dict with every tensor on its own: tied weights are written out twice."""
    return {name: value.detach().cpu().contiguous().clone() for name, value in module.state_dict().items()}


def _same_bits(first: Tensor, second: Tensor) -> bool:
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    return torch.equal(_bytes(first), _bytes(second))


def _bytes(value: Tensor) -> Tensor:
    return value.detach().contiguous().reshape(-1).view(torch.uint8)
