"""What is asked of tensors while a snippet runs, with the answers that never fail."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

import torch
from torch.autograd.graph import Node
from torch.nn.parameter import is_lazy
from torch.utils.weak import WeakTensorKeyDictionary

# Properties that give a tensor made from this one; all others only ask something.
_PROPERTIES = frozenset({"T", "mT", "H", "mH", "real", "imag", "data"})
# Calls that only ask a tensor something: they would flood the record.
_QUESTIONS = frozenset(
    {
        *("__repr__", "__format__", "__len__", "__hash__", "__contains__", "__reversed__", "__dir__"),
        *("__set__", "__array__", "__reduce_ex__", "__deepcopy__"),
        *("size", "dim", "ndimension", "numel", "nelement", "stride", "storage_offset", "is_contiguous"),
        *("is_floating_point", "is_complex", "type", "get_device", "element_size", "data_ptr", "untyped_storage"),
        *("_record_function_enter_new", "_set_grad_enabled"),
    }
)


def is_leaf(tensor: torch.Tensor) -> bool:
    """Whether gradients are kept for `tensor`. A parameter of a lazy module is none before it has a shape."""
    try:
        return tensor.requires_grad and tensor.is_leaf and not is_lazy(tensor)
    except RuntimeError:
        return False  # a view made without gradients, with its base changed since: PyTorch refuses to say


def node_of(tensor: torch.Tensor) -> Node | None:
    """The backward node that `tensor` came from, where there is one."""
    try:
        return tensor.grad_fn
    except RuntimeError:
        return None  # as above


def is_traced() -> bool:
    """Whether calls are written down for later, as `torch.jit.trace` and `torch.export` do; ours would be too."""
    return torch._C._is_tracing() or torch.compiler.is_compiling()


def version(tensor: torch.Tensor) -> int:
    """How often the tensor was changed in place; inference tensors do not count."""
    return 0 if tensor.is_inference() else tensor._version


def weak_map() -> MutableMapping[torch.Tensor, Any]:
    """A map by identity of the tensor that keeps none of them alive."""
    return WeakTensorKeyDictionary()


def only_asks(func: Callable[..., Any], name: str) -> bool:
    """Whether a call only asks a tensor something, and makes and changes nothing."""
    if name == "__get__":
        return getattr(getattr(func, "__self__", None), "__name__", "") not in _PROPERTIES
    return name in _QUESTIONS


def tensors_in(tree: Any) -> list[torch.Tensor]:
    """The tensors in nested lists, tuples and dictionaries, without those that have no shape yet."""
    found: list[torch.Tensor] = []
    _gather(tree, found)
    return found


def _gather(tree: Any, found: list[torch.Tensor]) -> None:
    if isinstance(tree, torch.Tensor):
        if not is_lazy(tree):
            found.append(tree)
    elif isinstance(tree, list | tuple):
        for branch in tree:
            _gather(branch, found)
    elif isinstance(tree, dict):
        for branch in tree.values():
            _gather(branch, found)
