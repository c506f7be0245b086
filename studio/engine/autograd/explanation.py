"""One sentence for each moment of a recording, in the order of the timeline."""

from __future__ import annotations

import math
from collections.abc import Sequence

from studio.engine.autograd.derivatives import Derivative
from studio.spec.recording import (
    BackwardStep,
    GraphNode,
    RecordedOperation,
    RecordedValue,
    TensorPicture,
    number_text,
)

# Numbers of half precision may differ by this much in relation to them.
_SAME = 1e-2
_DECISIONS = {
    "__bool__": "The code looks at {what} to decide how to go on; that decision shapes the graph.",
    "item": "The code takes the plain number {what} out of the tensor; no gradient flows through it.",
    "tolist": "The code takes plain numbers out of {what}; no gradient flows through them.",
    "numpy": "The code hands {what} to NumPy; no gradient flows through it.",
}


def forward_sentence(
    operation: RecordedOperation, nodes: Sequence[GraphNode], values: Sequence[RecordedValue]
) -> str:
    """What a call did: which value came out, and what it left in the graph."""
    outputs = [values[index] for index in operation.outputs]
    inputs = [values[index] for index in operation.inputs]
    if operation.name in _DECISIONS and inputs:
        return _DECISIONS[operation.name].format(what=_value_text(inputs[0]))
    name = operation.name.strip("_")
    leaf = next((node for node in nodes if node.kind == "leaf"), None)
    if leaf is not None:
        text = outputs[0].picture.text() if outputs else ""
        return f"{leaf.name} = {text} is a leaf: PyTorch will keep its gradient in {leaf.name}.grad."
    if operation.in_place and outputs:
        return f"{name} changes {_value_text(outputs[0])} in place; no new tensor is made."
    made = next((node for node in reversed(nodes) if node.backward), None)
    if made is not None:
        return f"{_equation(made, name, outputs)}, and leaves {made.backward} in the graph."
    if outputs:
        return f"{name} gives {_value_text(outputs[0])}; nothing here needs a gradient."
    return f"{name} runs."


def node_sentence(node: GraphNode, values: Sequence[RecordedValue]) -> str:
    """What a node stands for that no call was seen for, such as a custom function's."""
    result = f" = {values[node.values[0]].picture.text()}" if node.values else ""
    return f"{node.title}{result} leaves {node.backward} in the graph."


def backward_sentence(
    step: BackwardStep, node: GraphNode, targets: Sequence[tuple[int, str]], derivatives: Sequence[Derivative]
) -> str:
    """What a backward node did with the gradient that arrived.

    Args:
        targets: slot and name of what each gradient was sent to.
        derivatives: those of the node's call, for the slots of the same number.
    """
    arrived = step.grad_in[0] if step.grad_in else None
    if node.kind == "leaf":
        return _leaf_sentence(step, node, arrived)
    parts = []
    for slot, target in targets:
        sent = step.grad_out[slot] if slot < len(step.grad_out) else None
        if sent is None:
            continue
        known = next((each for each in derivatives if each.argument == slot), None)
        parts.append(f"{_product(arrived, known, sent)} to {target}")
    if not step.grad_out and targets:
        return f"{node.backward} begins to work, and there the code fails."
    if not parts:
        return f"{node.backward} runs and sends no gradient on."
    return f"{node.backward} sends {' and '.join(parts)}."


def update_sentence(changes: Sequence[tuple[str, TensorPicture, TensorPicture]]) -> str:
    """What an optimizer's step did; `changes` are name, old and new value."""
    texts = [
        f"{name} from {old.brief()} to {new.brief()}" if old.scalar is not None else name
        for name, old, new in changes
    ]
    shown = ", ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")
    return f"The update changes {shown} in place, outside the graph."


def _leaf_sentence(step: BackwardStep, node: GraphNode, arrived: TensorPicture | None) -> str:
    name = node.name or node.title
    if step.after is None:
        text = arrived.text() if arrived else "no gradient"
        return f"The gradient {text} of {name} is handed to the caller; {name}.grad stays as it is."
    if step.before is not None and arrived is not None:
        return (
            f"{arrived.text()} is added to {name}.grad, which was {step.before.text()}: now {step.after.text()}."
        )
    return f"The gradient has arrived: {name}.grad = {step.after.text()}."


def _product(arrived: TensorPicture | None, derivative: Derivative | None, sent: TensorPicture) -> str:
    if sent.scalar is None or arrived is None or arrived.scalar is None:
        return f"the gradient {sent.text()}"
    if derivative is None or derivative.value is None:
        return number_text(sent.scalar)
    if not math.isclose(arrived.scalar * derivative.value, sent.scalar, rel_tol=_SAME):
        return number_text(sent.scalar)  # a hook changed it, or the call left more nodes than this one
    if derivative.formula == "1":
        return f"{number_text(arrived.scalar)} unchanged"
    factor = f"({derivative.formula})" if " " in derivative.formula else derivative.formula
    return f"{number_text(arrived.scalar)} · {factor} = {number_text(sent.scalar)}"


def _equation(node: GraphNode, name: str, outputs: Sequence[RecordedValue]) -> str:
    if not outputs:
        return f"{name} runs"
    left = f"{outputs[0].name} = " if outputs[0].name else ""
    shown = name if len(node.formula) < 2 else node.formula
    text = outputs[0].picture.text()
    return f"{left}{shown} is {text}" if ":" in text else f"{left}{shown} = {text}"


def _value_text(value: RecordedValue) -> str:
    return f"{value.name} = {value.picture.text()}" if value.name else value.picture.text()
