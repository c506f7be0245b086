"""What any model's output is, whoever made it: one tensor of logits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from studio.spec.errors import UserError


def logits_of(output: Any) -> Tensor:
    """The tensor in what a model returned: itself, the first of several, or the one named ``out`` or ``logits``.

    Raises:
        UserError: there is none, or it holds values that are no numbers.
    """
    if isinstance(output, Mapping):
        output = output.get("out", output.get("logits", next(iter(output.values()), None)))
    if isinstance(output, (tuple, list)) and output:
        output = output[0]
    if not isinstance(output, Tensor):
        raise UserError(
            "vision.no_tensor",
            f"The model's answer is a {type(output).__name__}, not a tensor.",
            "",
            "Choose a model that returns one number a class.",
        )
    if not torch.isfinite(output).all():
        raise UserError(
            "vision.not_finite",
            "The model's answer holds values that are not numbers (NaN or infinite).",
            "Its weights are damaged, or its training diverged.",
            "Choose an earlier checkpoint or other weights.",
        )
    return output


def device_of(module: nn.Module) -> torch.device:
    """Where a module's parameters live; the CPU where it has none."""
    first = next(module.parameters(), None)
    return first.device if first is not None else torch.device("cpu")
