"""Checks the gradients of a snippet's first backward pass by central finite differences.

The snippet is run again from the start for every element, with that element of that leaf moved a
little at the moment when the leaf is first used, up to the call of backward. Numbers of the default
type are float64 then, so that agreement means something.
"""

from __future__ import annotations

import math
from collections.abc import Callable, MutableMapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from studio.engine.autograd.running import run_quietly
from studio.engine.autograd.source import named_tensors
from studio.engine.autograd.tensors import is_leaf, only_asks, tensors_in, weak_map
from studio.spec.gradient_check import Checked, GradientCheck
from studio.spec.recording import SnippetRequest

MOST_ELEMENTS = 48
_BACKWARD = (torch.Tensor.backward, torch.autograd.backward)
# Step and tolerance, both relative to max(1, |x|) and max(1, |gradient|): the best step is the cube
# root of the precision (Press et al., Numerical Recipes, 5.7), the tolerance leaves room for curvature.
_STEPS = {torch.float64: (6e-6, 1e-6), torch.float32: (5e-3, 2e-2)}


class _ReachedBackward(BaseException):
    """Ends a run once it has told what it was run for."""


class _Probe(TorchFunctionMode):
    """Counts the leaves as they appear, moves one element of one, and stops at backward."""

    def __init__(self, move: tuple[int, int, float] | None, *, runs_backward: bool) -> None:
        super().__init__()
        self._move = move
        self._runs_backward = runs_backward
        self._seen: MutableMapping[torch.Tensor, int] = weak_map()
        self.leaves: list[torch.Tensor] = []
        self.output: torch.Tensor | None = None
        self.reason = ""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run one call, with the leaves that it takes or makes looked at."""
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        # What ends with one underscore changes the tensor: a leaf that is being initialized is not used yet.
        is_use = not only_asks(func, name) and (not name.endswith("_") or name.endswith("__"))
        for tensor in tensors_in((args, kwargs)):
            self._look_at(tensor, is_use=is_use)
        if func in _BACKWARD:
            self._begin_backward(args, kwargs)
        elif func is torch.autograd.grad and self.output is None:
            self._stop("It calls torch.autograd.grad, whose results are not kept in leaves.")
        result = func(*args, **kwargs)
        if func in _BACKWARD:
            raise _ReachedBackward
        for tensor in tensors_in(result):
            self._look_at(tensor, is_use=False)
        return result

    def _begin_backward(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        output = args[0] if args else kwargs.get("tensors")
        if (
            not isinstance(output, torch.Tensor)
            or output.numel() != 1
            or any(part is not None for part in args[1:2])
        ):
            self._stop("Its backward does not start from a single number.")
        self.output = output
        if not self._runs_backward:
            raise _ReachedBackward

    def _look_at(self, tensor: torch.Tensor, *, is_use: bool) -> None:
        if not is_leaf(tensor):
            return
        if tensor not in self._seen:
            self._seen[tensor] = len(self.leaves)
            self.leaves.append(tensor)
        if is_use and self._move is not None and self._move[0] == self._seen[tensor]:
            tensor.detach().view(-1)[self._move[1]] += self._move[2]
            self._move = None

    def _stop(self, reason: str) -> None:
        self.reason = reason
        raise _ReachedBackward


def check_gradients(request: SnippetRequest, should_stop: Callable[[], bool]) -> Checked:
    """Compare backward with central differences, element by element, at most `MOST_ELEMENTS` of them."""
    probe, names = _run(request, should_stop, None, runs_backward=True)
    if probe.reason or probe.output is None:
        return Checked((), reason=probe.reason or "It ends, or fails, before a backward pass.")
    output = probe.output.item()
    again, _ = _run(request, should_stop, None, runs_backward=False)
    if again.output is None or again.output.item() != output:
        return Checked((), reason="It gives another result each time; set a seed with torch.manual_seed.")
    wanted = [
        (number, leaf, leaf.grad.reshape(-1).tolist())
        for number, leaf in enumerate(probe.leaves)
        if leaf.grad is not None and leaf.dtype in _STEPS and leaf.is_contiguous()
    ]
    elements = [
        (number, leaf, place, grads[place]) for number, leaf, grads in wanted for place in range(len(grads))
    ]
    shown = elements[:: max(-(-len(elements) // MOST_ELEMENTS), 1)]
    checks = []
    for number, leaf, place, gradient in shown:
        if should_stop():
            break
        found = _difference(request, should_stop, number, place, leaf)
        scale = max(1.0, abs(gradient))
        checks.append(
            GradientCheck(
                names.get(number, f"leaf {number + 1}"),
                _element(place, tuple(leaf.shape)),
                str(leaf.dtype).removeprefix("torch."),
                gradient,
                found,
                _STEPS[leaf.dtype][1] * scale,
            )
        )
    name = next((name for index, name in names.items() if index < 0), "")
    return Checked(tuple(checks), name, len(elements) - len(checks))


def _difference(
    request: SnippetRequest, should_stop: Callable[[], bool], number: int, place: int, leaf: torch.Tensor
) -> float:
    """(f(x + h) - f(x - h)) / 2h for one element; NaN where a run did not reach backward."""
    step = _STEPS[leaf.dtype][0] * max(1.0, abs(float(leaf.detach().reshape(-1)[place])))
    ends = []
    for move in (step, -step):
        probe, _ = _run(request, should_stop, (number, place, move), runs_backward=False)
        ends.append(probe.output.item() if probe.output is not None else math.nan)
    return (ends[0] - ends[1]) / (2 * step)


def _run(
    request: SnippetRequest,
    should_stop: Callable[[], bool],
    move: tuple[int, int, float] | None,
    *,
    runs_backward: bool,
) -> tuple[_Probe, dict[int, str]]:
    """One run up to backward, and the names of the leaves by number; -1 is the output."""
    probe = _Probe(move, runs_backward=runs_backward)
    names: dict[int, str] = {}

    def learn(namespace: dict[str, Any]) -> None:
        number = {id(leaf): index for index, leaf in enumerate(probe.leaves)}
        if probe.output is not None:
            number[id(probe.output)] = -1
        for name, tensor in named_tensors([namespace], with_modules=True):
            if id(tensor) in number:
                names.setdefault(number[id(tensor)], name)

    run_quietly(request, probe, should_stop, learn, torch.float64)
    return probe, names


def _element(place: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    index = []
    for length in reversed(shape):
        place, rest = divmod(place, length)
        index.append(rest)
    return tuple(reversed(index))
