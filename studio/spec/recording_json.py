"""A recording as nested plain data: what ``pytorch-studio autograd FILE --json`` prints.

The result is strict JSON: numbers that JSON does not know are the texts ``"nan"``, ``"inf"`` and
``"-inf"``. A tensor with too many elements is null, and its `statistics` are given beside it.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from studio.spec.recording import (
    BackwardStep,
    GraphNode,
    Number,
    RecordedLeaf,
    RecordedOperation,
    Recording,
    TensorPicture,
)


def recording_tables(recording: Recording) -> dict[str, Any]:
    """The whole recording; the keys are described in the help of the command."""
    error = recording.error
    return {
        "leaves": [_leaf(leaf) for leaf in recording.own_leaves],
        "ops": [_operation(operation, recording) for operation in recording.operations],
        "graph": {
            "nodes": [_node(node) for node in recording.nodes],
            "edges": [asdict(edge) for edge in recording.edges],
        },
        "backward": [_step(step, recording) for step in recording.backward],
        "values": [
            {"id": value.index, "name": value.name, "requires_grad": value.requires_grad, **_tensor(value.picture)}
            for value in recording.values
        ],
        "stdout": recording.stdout,
        "stderr": recording.stderr,
        "notes": list(recording.notes),
        "error": None
        if error is None
        else {
            "name": error.name,
            "line": error.line,
            "what": error.what,
            "why": error.why,
            "remedy": error.remedy,
        },
    }


def nested(picture: TensorPicture | None) -> Any:
    """The elements in lists as deep as the tensor has dimensions; a number for a scalar; None if unknown."""
    if picture is None or picture.numbers is None:
        return None
    return _nest([_plain(number) for number in picture.numbers], picture.shape)


def _leaf(leaf: RecordedLeaf) -> dict[str, Any]:
    return {
        "name": leaf.name,
        **_tensor(leaf.value),
        "grad": nested(leaf.grad),
        "grad_statistics": _statistics(leaf.grad),
        "node": leaf.node,
    }


def _operation(operation: RecordedOperation, recording: Recording) -> dict[str, Any]:
    def shapes(indices: tuple[int, ...]) -> list[list[int]]:
        return [list(recording.values[index].picture.shape) for index in indices]

    place = operation.place
    return {
        "index": operation.index,
        "name": operation.name,
        "function": operation.function,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "inputs": list(operation.inputs),
        "outputs": list(operation.outputs),
        "shapes": shapes(operation.outputs),
        "input_shapes": shapes(operation.inputs),
        "nodes": list(operation.nodes),
        "pass": operation.backward_pass,
        "part": operation.part,
        "in_place": operation.in_place,
    }


def _node(node: GraphNode) -> dict[str, Any]:
    return {
        "id": node.index,
        "kind": node.kind,
        "title": node.title,
        "name": node.name,
        "backward": node.backward or None,
        "op": node.operation,
        "values": list(node.values),
        "line": node.place.line if node.place else None,
        "column": node.place.column if node.place else None,
        "saved": [
            {"name": saved.name, "variable": saved.variable, **_tensor(saved.picture)} for saved in node.saved
        ],
        "derivatives": list(node.derivatives),
        "order": node.order,
    }


def _step(step: BackwardStep, recording: Recording) -> dict[str, Any]:
    return {
        "node": step.node,
        "name": recording.nodes[step.node].backward,
        "pass": step.backward_pass,
        "grad_in": [nested(picture) for picture in step.grad_in],
        "grad_out": [nested(picture) for picture in step.grad_out],
        "shapes_in": [list(picture.shape) if picture else None for picture in step.grad_in],
        "shapes_out": [list(picture.shape) if picture else None for picture in step.grad_out],
    }


def _tensor(picture: TensorPicture) -> dict[str, Any]:
    return {
        "shape": list(picture.shape),
        "dtype": picture.dtype,
        "value": nested(picture),
        "statistics": _statistics(picture),
    }


def _statistics(picture: TensorPicture | None) -> dict[str, Any] | None:
    if picture is None or picture.statistics is None:
        return None
    return {key: _plain(number) for key, number in asdict(picture.statistics).items()}


def _plain(number: Number) -> Number:
    if isinstance(number, float) and not math.isfinite(number):
        return str(number)
    return number


def _nest(numbers: list[Number], shape: tuple[int, ...]) -> Any:
    if not shape:
        return numbers[0]
    size = math.prod(shape[1:])
    return [_nest(numbers[start * size : (start + 1) * size], shape[1:]) for start in range(shape[0])]
