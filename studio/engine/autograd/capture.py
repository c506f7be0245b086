"""Records what PyTorch does while a snippet runs, by torch's own mechanisms.

A `TorchFunctionMode` sees every call, `node_creation_hook` every node of the backward graph, and
hooks on the nodes every gradient in the order in which the engine ran them. Hooks close over
numbers only (closing over a tensor of the graph would keep it for ever), and all are removed at the
end, because the accumulator of a leaf outlives the graph.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import ExitStack, suppress
from functools import partial
from itertools import takewhile
from types import TracebackType
from typing import Any, Self

import torch
from torch.autograd.graph import Node, node_creation_hook
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils.weak import TensorWeakRef

from studio.engine.autograd.labels import option_texts
from studio.engine.autograd.raw import Notes, RawLeaf, RawNode, RawOperation, RawStep, RawValue
from studio.engine.autograd.saved import saved_tensors
from studio.engine.autograd.snapshots import ELEMENTS_OF_A_LEAF, Camera
from studio.engine.autograd.source import Snippet, named_tensors, variables
from studio.engine.autograd.tensors import is_leaf, is_traced, node_of, only_asks, tensors_in, version, weak_map
from studio.spec.recording import Part, SavedTensor, TensorPicture, number_text

_MARK = "pytorch_studio"
_ACCUMULATOR = "torch::autograd::AccumulateGrad"
_BACKWARD_CALLS = (torch.autograd.backward, torch.autograd.grad, torch.Tensor.backward)
# Calls that decide how the snippet goes on, kept although they give no tensor.
_DECISIONS = frozenset({"__bool__", "__float__", "__int__", "__index__", "item", "tolist", "numpy"})


class Recorder(TorchFunctionMode):
    """Takes `Notes` of everything that runs within its ``with`` block, on this thread.

    Args:
        snippet: what maps frames to lines.
        limit: operations (and graph nodes) to note; what comes after them only runs.
    """

    def __init__(self, snippet: Snippet, limit: int) -> None:
        super().__init__()
        self.notes = Notes()
        self._snippet = snippet
        self._limit = limit
        self._camera = Camera()
        self._token = object()
        self._known: MutableMapping[torch.Tensor, tuple[int, int]] = weak_map()
        self._leaf_of: MutableMapping[torch.Tensor, int] = weak_map()
        self._leaf_refs: list[TensorWeakRef] = []
        self._handles: list[Any] = []
        self._current: list[int] = []
        self._open_steps: dict[int, int] = {}
        self._grad_version: dict[int, int] = {}
        self._pass_key: int | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(node_creation_hook(self._on_node))
        super().__enter__()  # type: ignore[no-untyped-call]  # torch gives it no types
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)  # type: ignore[no-untyped-call]  # torch gives it no types
        self._stack.close()

    def close(self, namespace: dict[str, Any]) -> Notes:
        """Name what the variables of `namespace` hold, look at every leaf a last time, and let go of all.

        Never raises: a module of the snippet that fails when asked for its parameters costs names only.
        """
        with torch._C.DisableTorchFunction(), suppress(Exception):
            self._learn_names(named_tensors([namespace], with_modules=True), is_last=True)
            for index, reference in enumerate(self._leaf_refs):
                tensor = reference()
                if tensor is not None:
                    self._look_at_leaf(index, tensor)
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._known.clear()
        self._leaf_of.clear()
        self._leaf_refs.clear()
        return self.notes

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run one call and note it. The mode is off while this runs, so it does not see itself."""
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if self.notes.is_full or only_asks(func, name) or is_traced():
            return func(*args, **kwargs)
        tensors = tensors_in((args, kwargs))
        self._begin(func, name, args, kwargs, tensors)
        try:
            result = func(*args, **kwargs)
        except BaseException:
            self._end(args, kwargs, None, tensors, failed=True)
            raise
        self._end(args, kwargs, result, tensors, failed=False)
        return result

    def _begin(
        self,
        func: Callable[..., Any],
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        tensors: list[torch.Tensor],
    ) -> None:
        frame, in_optimizer = self._snippet.frame(sys._getframe(2))
        place = self._snippet.place(frame) if frame is not None else None
        function = (resolve_name(func) or name).removesuffix(".__get__")
        name = function.rpartition(".")[2] if name == "__get__" else name  # a property such as `T`
        part: Part = "update" if in_optimizer else "forward"
        operation = RawOperation(name, function, place, part, self.notes.passes)
        operation.runs_backward = func in _BACKWARD_CALLS
        operation.options = option_texts(args, kwargs)
        with torch._C.DisableTorchFunction():
            operation.inputs = [self._value(tensor) for tensor in tensors]
            operation.arguments = [each for argument in args for each in self._argument(argument)]
            if frame is not None and any(not self.notes.values[index].name for index in operation.inputs):
                unnamed = (self.notes.values[index] for index in operation.inputs)
                with_modules = any(value.leaf is not None and not value.name for value in unnamed)
                self._learn_names(named_tensors(variables(frame), with_modules))
        self._current.append(len(self.notes.operations))
        self.notes.operations.append(operation)
        if len(self.notes.operations) >= self._limit:
            self.notes.is_full = True

    def _argument(self, argument: Any) -> Iterator[int | str]:
        """What a formula can show of a positional argument: the value of a tensor, the text of a number."""
        if isinstance(argument, torch.Tensor):
            yield from (self._value(tensor) for tensor in tensors_in(argument))
        elif isinstance(argument, int | float) and not isinstance(argument, bool):
            yield number_text(argument)

    def _end(self, args: Any, kwargs: Any, result: Any, tensors: list[torch.Tensor], failed: bool) -> None:
        index = self._current.pop()
        operation = self.notes.operations[index]
        if operation.runs_backward:
            self._pass_key = None
            self._open_steps.clear()
            self._note_asked_gradients(operation, args, kwargs, result)
        with torch._C.DisableTorchFunction():
            for tensor, before in zip(tensors, operation.inputs, strict=True):
                after = self._value(tensor)
                if after != before and after not in operation.outputs:
                    operation.in_place = True
                    operation.outputs.append(after)
            for tensor in tensors_in(result):
                value = self._value(tensor)
                if value not in operation.outputs:
                    operation.outputs.append(value)
        kept = operation.outputs or operation.nodes or operation.runs_backward or failed
        if not kept and operation.name not in _DECISIONS and index == len(self.notes.operations) - 1:
            self.notes.operations.pop()

    def _value(self, tensor: torch.Tensor) -> int:
        """The index of the value that `tensor` has now; a new one where it changed in place."""
        count = version(tensor)
        known = self._known.get(tensor)
        if known is not None and known[1] == count:
            index = known[0]
            value = self.notes.values[index]
            if tensor.requires_grad and not value.requires_grad:
                value.requires_grad = True
                value.leaf = self._leaf(tensor) if is_leaf(tensor) else None
                self._note_source(index, tensor)
            return index
        leaf = self._leaf(tensor) if is_leaf(tensor) else None
        name = self.notes.values[known[0]].name if known else ""
        if leaf is not None and not name:
            name = self.notes.leaves[leaf].name
        index = len(self.notes.values)
        self.notes.values.append(RawValue(name, self._camera.picture(tensor), tensor.requires_grad, leaf, None))
        if leaf is not None:
            self.notes.leaves[leaf].value = self.notes.values[index].picture
        self._note_source(index, tensor)
        self._known[tensor] = (index, count)
        return index

    def _note_source(self, index: int, tensor: torch.Tensor) -> None:
        node = node_of(tensor)
        source = self._mark(node) if node is not None else None
        if source is not None:
            self.notes.values[index].source = source
            self.notes.nodes[source].values.append(index)

    def _leaf(self, tensor: torch.Tensor) -> int:
        index = self._leaf_of.get(tensor)
        if index is None:
            index = len(self.notes.leaves)
            self._leaf_of[tensor] = index
            self._leaf_refs.append(TensorWeakRef(tensor))
            self.notes.leaves.append(RawLeaf(""))
        return index

    def _look_at_leaf(self, index: int, tensor: torch.Tensor) -> None:
        """The last look shows more elements than the looks before; of very many it need not be taken again."""
        leaf, is_huge = self.notes.leaves[index], tensor.numel() > ELEMENTS_OF_A_LEAF
        value = self.notes.values[self._value(tensor)].picture
        is_enough = is_huge or value.numbers is not None
        leaf.value = value if is_enough else self._camera.picture(tensor, ELEMENTS_OF_A_LEAF)
        gradient = tensor.grad
        if gradient is None:
            leaf.grad = None
        elif not is_huge or leaf.grad is None or self._grad_version.get(index) != version(gradient):
            leaf.grad = self._camera.picture(gradient, ELEMENTS_OF_A_LEAF)

    def _learn_names(self, named: Iterable[tuple[str, torch.Tensor]], is_last: bool = False) -> None:
        for name, tensor in named:
            known = self._known.get(tensor)
            if known is not None and not self.notes.values[known[0]].name:
                self.notes.values[known[0]].name = name
            if is_last and is_leaf(tensor):
                self._leaf(tensor)
            leaf = self._leaf_of.get(tensor)
            if leaf is not None and not self.notes.leaves[leaf].name:
                self.notes.leaves[leaf].name = name

    def _mark(self, node: Node) -> int | None:
        metadata: dict[Any, Any] = node.metadata  # type: ignore[assignment]  # torch declares it as a method
        mark = metadata.get(_MARK)
        return mark[1] if mark is not None and mark[0] is self._token else None

    def _on_node(self, node: Node) -> None:
        if not self.notes.is_full and not is_traced() and self._mark(node) is None:
            with torch._C.DisableTorchFunction():
                self._note_node(node)

    def _note_node(self, node: Node) -> int:
        following = [self._following(next_node) for next_node, _ in node.next_functions]
        index = len(self.notes.nodes)
        metadata: dict[Any, Any] = node.metadata  # type: ignore[assignment]  # torch declares it as a method
        metadata[_MARK] = (self._token, index)
        variable: torch.Tensor | None = getattr(node, "variable", None) if node.name() == _ACCUMULATOR else None
        leaf = self._leaf(variable) if variable is not None else None
        working = torch._C._current_autograd_node()
        within = self._mark(working) if working is not None else None
        operation = self._current[-1] if self._current else None
        if operation is not None and leaf is None and within is None:
            self.notes.operations[operation].nodes.append(index)
        self.notes.nodes.append(
            RawNode(
                name=node.name().rpartition("::")[2],
                operation=operation if within is None and leaf is None else None,
                place=self._place_of(operation),
                edges=tuple(following),
                saved=() if leaf is not None else saved_tensors(node, self._saved),
                leaf=leaf,
                backward_pass=self.notes.passes,
                order=1 if within is None else self.notes.nodes[within].order + 1,
                moment=len(self.notes.operations),
            )
        )
        self._handles.append(node.register_prehook(partial(self._on_arrived, index)))
        self._handles.append(node.register_hook(partial(self._on_sent, index)))
        return index

    def _following(self, node: Node | None) -> int | None:
        """The index of a next node; one that an older graph kept alive is adopted, no hook told of it."""
        if node is None:
            return None
        known = self._mark(node)
        return self._note_node(node) if known is None else known

    def _place_of(self, operation: int | None) -> Any:
        if operation is not None:
            return self.notes.operations[operation].place
        frame, _ = self._snippet.frame(sys._getframe(2))
        return self._snippet.place(frame) if frame is not None else None

    def _saved(self, name: str, tensor: torch.Tensor) -> SavedTensor:
        known = self._known.get(tensor)
        if known is None or known[1] != version(tensor):
            return SavedTensor(name, "", self._camera.picture(tensor))
        value = self.notes.values[known[0]]
        return SavedTensor(name, value.name, value.picture)

    def _on_arrived(self, index: int, gradients: tuple[torch.Tensor | None, ...]) -> None:
        key = self._current[-1] if self._current else -2 - torch._C._current_graph_task_id()
        if self._pass_key is None or (self._pass_key < 0 and key != self._pass_key):
            self._pass_key = key
            self.notes.roots.append((self.notes.passes, index))
            self.notes.passes += 1
        with torch._C.DisableTorchFunction():
            step = RawStep(index, self.notes.passes - 1, self._pictures(gradients), before=self._grad_of(index))
        self._open_steps[index] = len(self.notes.steps)
        self.notes.steps.append(step)

    def _on_sent(
        self, index: int, sent: tuple[torch.Tensor | None, ...], arrived: tuple[torch.Tensor | None, ...]
    ) -> None:
        if index not in self._open_steps:
            return
        step = self.notes.steps[self._open_steps.pop(index)]
        with torch._C.DisableTorchFunction():
            step.grad_out = self._pictures(sent)
            leaf = self.notes.nodes[index].leaf
            tensor = self._leaf_refs[leaf]() if leaf is not None else None
            if leaf is not None and tensor is not None and tensor.grad is not None:
                # The first gradient is taken over as it arrived, so it need not be looked at again.
                is_taken_over = step.before is None and step.grad_in[0] is not None
                step.after = step.grad_in[0] if is_taken_over else self._camera.picture(tensor.grad)
                self.notes.leaves[leaf].grad = step.after
                self._grad_version[leaf] = version(tensor.grad)

    def _grad_of(self, index: int) -> TensorPicture | None:
        leaf = self.notes.nodes[index].leaf
        tensor = self._leaf_refs[leaf]() if leaf is not None else None
        return self._camera.picture(tensor.grad) if tensor is not None and tensor.grad is not None else None

    def _pictures(self, gradients: Iterable[torch.Tensor | None]) -> tuple[TensorPicture | None, ...]:
        return tuple(self._camera.picture(each) if each is not None else None for each in gradients)

    def _note_asked_gradients(self, operation: RawOperation, args: Any, kwargs: Any, result: Any) -> None:
        """`torch.autograd.grad` hands gradients of leaves back and never reaches their accumulators."""
        if operation.name != "grad" or result is None or not self.notes.passes:
            return
        asked = args[1] if len(args) > 1 else kwargs.get("inputs")
        latest = takewhile(lambda step: step.backward_pass == self.notes.passes - 1, reversed(self.notes.steps))
        ran = {step.node for step in latest}
        for tensor, gradient in zip(tensors_in(asked), result, strict=False):
            node = self._accumulator(tensor)
            if node is not None and node not in ran and gradient is not None:
                self.notes.steps.append(RawStep(node, self.notes.passes - 1, self._pictures([gradient])))

    def _accumulator(self, tensor: torch.Tensor) -> int | None:
        leaf = self._leaf_of.get(tensor)
        if leaf is None:
            return None
        nodes = (index for index in reversed(range(len(self.notes.nodes))) if self.notes.nodes[index].leaf == leaf)
        return next(nodes, None)
