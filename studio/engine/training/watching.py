"""Which layers a batch goes through, and at which of them it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from studio.spec.inspecting import LayerSeen


class Watched:
    """The layers that were called, in order, and where the last call stands."""

    def __init__(self) -> None:
        self.seen: dict[str, LayerSeen] = {}
        self._inside: list[tuple[str, nn.Module, tuple[Any, ...]]] = []
        self._parents: set[str] = set()

    @property
    def layers(self) -> tuple[LayerSeen, ...]:
        """The layers that hold no other one that was called."""
        return tuple(layer for path, layer in self.seen.items() if path not in self._parents)

    @property
    def place(self) -> str:
        """The path of the layer that was called last and gave no answer; "" for none."""
        return self._inside[-1][0] if self._inside else ""

    def enter(self, path: str, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        """A layer is called."""
        self._parents.update(outer for outer, _, _ in self._inside)
        self._inside.append((path, module, inputs))

    def leave(self, path: str, module: nn.Module, output: Any) -> None:
        """A layer has answered."""
        self._inside.pop()
        first = _first_tensor(output)
        if first is not None and path not in self.seen:
            learnt = sum(parameter.numel() for parameter in module.parameters())
            self.seen[path] = LayerSeen(path, type(module).__name__, tuple(first.shape[1:]), learnt)

    def why(self, error: Exception) -> str:
        """What is wrong at `place`, in one line."""
        path, module, inputs = self._inside[-1]
        name = f"{type(module).__name__}{f' ({path})' if path else ''}"
        given = _first_tensor(inputs)
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        if given is None:
            return f"{name} fails: {reason}"
        expected = _expected(module, given)
        if expected:
            return f"{name} {expected}"
        shapes = " and ".join(_shape(one) for one in inputs if isinstance(one, Tensor))
        return f"{name} cannot take {shapes}: {reason}"


@contextmanager
def watched(model: nn.Module, criterion: nn.Module) -> Iterator[Watched]:
    """Note every call of a layer of `model`, and of the loss, while this lasts."""
    noted = Watched()
    handles = []
    places = [(path or "model", module) for path, module in model.named_modules()]
    for path, module in [*places, ("loss", criterion)]:
        handles.append(
            module.register_forward_pre_hook(lambda one, inputs, path=path: noted.enter(path, one, inputs))
        )
        handles.append(
            module.register_forward_hook(lambda one, inputs, output, path=path: noted.leave(path, one, output))
        )
    try:
        yield noted
    finally:
        for handle in handles:
            handle.remove()
        noted.seen.pop("loss", None)


def _expected(module: nn.Module, given: Tensor) -> str:
    """What a layer wants and does not get, where its sizes say it."""
    if isinstance(module, nn.Linear) and given.shape[-1] != module.in_features:
        return f"expects {module.in_features} numbers, it gets {given.shape[-1]}"
    for size, kinds in (
        ("in_channels", (nn.Conv1d, nn.Conv2d)),
        ("num_features", (nn.BatchNorm1d, nn.BatchNorm2d)),
    ):
        if isinstance(module, kinds) and given.dim() > 1 and given.shape[1] != getattr(module, size):
            return f"expects {getattr(module, size)} channels, it gets {given.shape[1]}"
    weight = next((one for one in module.parameters(recurse=False)), None)
    if weight is not None and given.is_floating_point() and weight.dtype != given.dtype:
        return f"holds {_dtype(weight)} numbers, it gets {_dtype(given)}"
    if isinstance(module, nn.Embedding) and given.is_floating_point():
        return "expects whole numbers, it gets fractions"
    return ""


def _first_tensor(value: Any) -> Tensor | None:
    if isinstance(value, Tensor):
        return value
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        return next((found for found in map(_first_tensor, value) if found is not None), None)
    return None


def _shape(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape)) or "one number"


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
