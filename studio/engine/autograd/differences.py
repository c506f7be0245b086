"""Checks the gradients of a snippet's first backward pass by central finite differences.

The snippet is run again from the start for every element, with that element of that leaf moved a
little at the moment when it enters a graph, up to the call of backward. Numbers of the default type
are float64 then, so that agreement means something; where the snippet fails so, they are its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.autograd.graph import Node, node_creation_hook
from torch.overrides import TorchFunctionMode

from studio.engine.autograd.running import run_quietly
from studio.engine.autograd.source import named_tensors
from studio.engine.autograd.tensors import tensors_in, weak_map
from studio.spec.gradient_check import Checked, GradientCheck
from studio.spec.recording import SnippetRequest

MOST_ELEMENTS = 48
_BACKWARD = (torch.Tensor.backward, torch.autograd.backward)
_OWN_GRADIENT = ("gradient", "grad_tensors", "grad_variables")
# Step and tolerance, both relative to max(1, |x|) and max(1, |gradient|): the best step is the cube
# root of the precision (Press et al., Numerical Recipes, 5.7), the tolerance leaves room for curvature.
_STEPS = {torch.float64: (6e-6, 1e-6), torch.float32: (5e-3, 2e-2)}


class _ReachedBackward(BaseException):
    """Ends a run once it has told what it was run for."""


@dataclass(frozen=True)
class _Move:
    """Element `place` of leaf `leaf` is moved by `step` when the leaf enters a graph for the `entry`-th time."""

    leaf: int
    entry: int
    place: int
    step: float


class _Probe(TorchFunctionMode):
    """Counts the leaves as they enter a graph, moves one element of one, and stops at backward.

    PyTorch makes the accumulator of a leaf just before the first call that uses it in a graph: what
    only reads, copies or initializes the leaf comes before, and the values that the call takes after.
    """

    def __init__(self, move: _Move | None, *, runs_backward: bool) -> None:
        super().__init__()
        self._move = move
        self._runs_backward = runs_backward
        self._seen: MutableMapping[torch.Tensor, int] = weak_map()
        self._before: dict[int, torch.Tensor] = {}
        self._asked: list[torch.Tensor] | None = None
        self.leaves: list[torch.Tensor] = []
        self.output: torch.Tensor | None = None
        self.is_done = False
        self.entries: list[int] = []
        self.used: tuple[int, ...] = ()
        self.moved = math.nan
        self.scale = 1.0
        self.dtypes: set[torch.dtype] = set()
        self.reason = ""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run one call, and look at the leaves that enter a graph in it."""
        kwargs = kwargs or {}
        if func in _BACKWARD:
            self._begin_backward(args, kwargs)
        elif func is torch.autograd.grad:
            self._stop("It calls torch.autograd.grad, whose results are not kept in leaves.")
        result = func(*args, **kwargs)
        if func in _BACKWARD:
            self.is_done = True
            raise _ReachedBackward
        self.dtypes.update(tensor.dtype for tensor in tensors_in(result) if tensor.requires_grad)
        return result

    def on_node(self, node: Node) -> None:
        """A node of the graph comes to exist; an accumulator tells that its leaf enters a graph."""
        leaf: torch.Tensor | None = getattr(node, "variable", None)
        if leaf is None:
            return
        number = self._seen.setdefault(leaf, len(self.leaves))
        if number == len(self.leaves):
            self.leaves.append(leaf)
            self.entries.append(0)
        self.entries[number] += 1
        if self._move is not None and (self._move.leaf, self._move.entry) == (number, self.entries[number]):
            with torch._C.DisableTorchFunction(), torch.no_grad():
                leaf.view(-1)[self._move.place] += self._move.step

    def gradient(self, number: int) -> torch.Tensor | None:
        """What backward added to the `.grad` of a leaf; None where it was not asked to."""
        leaf = self.leaves[number]
        if leaf.grad is None or (self._asked and all(leaf is not each for each in self._asked)):
            return None
        gradient = leaf.grad - self._before[number] if number in self._before else leaf.grad
        return gradient.to_dense() if gradient.is_sparse else gradient

    def _begin_backward(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        outputs = tensors_in(args[0] if args else kwargs.get("tensors"))
        if len(outputs) != 1 or outputs[0].numel() != 1 or outputs[0].is_complex():
            self._stop("Its backward does not start from a single number.")
        given = tensors_in([args[1:2], *(kwargs.get(name) for name in _OWN_GRADIENT)])
        self.scale = float(given[0]) if given else 1.0
        self.output = outputs[0]
        self.used = tuple(self.entries)
        if self._move is not None and self._move.leaf < len(self.used):
            self.moved = float(self.leaves[self._move.leaf].detach().view(-1)[self._move.place])
        if not self._runs_backward:
            raise _ReachedBackward
        self._asked = tensors_in(kwargs.get("inputs"))
        for number, leaf in enumerate(self.leaves):
            if leaf.grad is not None:
                self._before[number] = leaf.grad.detach().clone()

    def _stop(self, reason: str) -> None:
        self.reason = reason
        raise _ReachedBackward


def check_gradients(request: SnippetRequest, should_stop: Callable[[], bool]) -> Checked:
    """Compare backward with central differences, element by element, at most `MOST_ELEMENTS` of them."""
    run = _Runs(request, should_stop)
    probe, names = run(None, runs_backward=True)
    if not (probe.is_done or probe.reason or should_stop()):
        run = _Runs(request, should_stop, torch.get_default_dtype())
        probe, names = run(None, runs_backward=True)
    if probe.output is None or not probe.is_done:
        return Checked((), reason=probe.reason or "It ends, or fails, before a backward pass.")
    again, _ = run(None, runs_backward=False)
    if again.output is None or again.output.item() != probe.output.item():
        return Checked((), reason="It gives another result each time; set a seed with torch.manual_seed.")
    elements = _elements(probe)
    if not elements:
        return Checked(
            (), reason="Backward gives no gradient to a leaf of 32-bit or 64-bit floating point numbers."
        )
    checks = []
    for number, place, gradient in elements[:: max(-(-len(elements) // MOST_ELEMENTS), 1)]:
        if should_stop():
            break
        leaf = probe.leaves[number]
        step, tolerance = _method(leaf, probe.dtypes)
        step *= max(1.0, abs(float(leaf.detach().view(-1)[place])))
        found = run.difference(_Move(number, probe.used[number], place, step))
        if found is not None:
            checks.append(
                GradientCheck(
                    names.get(number, f"leaf {number + 1}"),
                    _element(place, tuple(leaf.shape)),
                    str(leaf.dtype).removeprefix("torch."),
                    gradient,
                    found * probe.scale,
                    tolerance * max(1.0, abs(gradient)),
                )
            )
    reason = "" if checks else "Its leaves are changed after they were used, or moving one ends it early."
    return Checked(tuple(checks), names.get(-1, ""), len(elements) - len(checks), reason)


def _elements(probe: _Probe) -> list[tuple[int, int, float]]:
    """Number of the leaf, place in it and gradient of all that can be checked."""
    found = []
    for number, leaf in enumerate(probe.leaves[: len(probe.used)]):
        gradient = probe.gradient(number)
        if gradient is not None and leaf.dtype in _STEPS and leaf.is_contiguous():
            found += [(number, place, value) for place, value in enumerate(gradient.reshape(-1).tolist())]
    return found


def _method(leaf: torch.Tensor, dtypes: set[torch.dtype]) -> tuple[float, float]:
    """Step and tolerance for the number type of the fewest digits on the way."""
    coarsest = max(torch.finfo(dtype).eps for dtype in (leaf.dtype, *dtypes))
    return _STEPS[torch.float64 if coarsest <= torch.finfo(torch.float64).eps else torch.float32]


class _Runs:
    """Runs of a snippet up to backward, with `dtype` as the default number type."""

    def __init__(
        self, request: SnippetRequest, should_stop: Callable[[], bool], dtype: torch.dtype = torch.float64
    ) -> None:
        self._request = request
        self._should_stop = should_stop
        self._dtype = dtype

    def __call__(self, move: _Move | None, *, runs_backward: bool) -> tuple[_Probe, dict[int, str]]:
        """One run, and the names of the leaves by number; -1 is the output."""
        probe = _Probe(move, runs_backward=runs_backward)
        names: dict[int, str] = {}

        def learn(namespace: dict[str, Any]) -> None:
            number = {id(leaf): index for index, leaf in enumerate(probe.leaves)}
            if probe.output is not None:
                number[id(probe.output)] = -1
            for name, tensor in named_tensors([namespace], with_modules=True):
                if id(tensor) in number:
                    names.setdefault(number[id(tensor)], name)

        with node_creation_hook(probe.on_node):
            run_quietly(self._request, probe, self._should_stop, learn, self._dtype)
        return probe, names

    def difference(self, move: _Move) -> float | None:
        """(f(x + h) - f(x - h)) / 2h for one element.

        None where a run did not reach backward, or the snippet overwrote the element after its first use.
        """
        above, _ = self(move, runs_backward=False)
        below, _ = self(replace(move, step=-move.step), runs_backward=False)
        if above.output is None or below.output is None or not above.moved > below.moved:
            return None
        difference: float = (above.output.item() - below.output.item()) / (2 * move.step)
        return difference


def _element(place: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    index = []
    for length in reversed(shape):
        place, rest = divmod(place, length)
        index.append(rest)
    return tuple(reversed(index))
