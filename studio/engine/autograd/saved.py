"""What a backward node saved for later, read at the moment when the node was made.

Later is too late: an in-place change or the backward pass itself makes the read fail.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch.autograd.graph import Node

from studio.spec.recording import SavedTensor

_PREFIX = "_saved_"


def saved_tensors(node: Node, look: Callable[[str, torch.Tensor], SavedTensor]) -> tuple[SavedTensor, ...]:
    """The tensors that `node` keeps, looked at by `look`, by the names that PyTorch gives them.

    Where the snippet packs saved tensors its own way nothing is read, for that would call its code
    (and make `torch.utils.checkpoint` compute everything again).
    """
    if torch._C._autograd._top_saved_tensors_default_hooks(True) is not None:
        return ()
    found: list[SavedTensor] = []
    for name, value in _attributes(node):
        values = value if isinstance(value, list | tuple) else (value,)
        for tensor in values:
            if isinstance(tensor, torch.Tensor):
                found.append(look(name, tensor))
    return tuple(found)


def _attributes(node: Node) -> list[tuple[str, Any]]:
    names = ("saved_tensors",) if hasattr(node, "saved_tensors") else _names(type(node))
    found: list[tuple[str, Any]] = []
    for name in names:
        try:
            found.append((name.removeprefix(_PREFIX), getattr(node, name)))
        except RuntimeError:
            # PyTorch refuses to show it (changed in place already); the backward pass will say so.
            continue
    return found


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(name for name in dir(kind) if name.startswith(_PREFIX))
