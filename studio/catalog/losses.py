"""What a loss of torch compares, read off its source and docstring: classes, or numbers of the outputs' shape."""

from __future__ import annotations

import re
from dataclasses import dataclass

from studio.catalog.signatures import SourceFile, method

_SHAPE = re.compile(r"^\s*Shape::?$(?P<text>.*?)(?=^\s*Examples?::|^\s*\w+::$|\Z)", re.DOTALL | re.MULTILINE)
_ITEM = re.compile(r"^\s*- (?P<name>\w+): (?P<text>.*?)(?=^\s*- |\Z)", re.DOTALL | re.MULTILINE)

# What a docstring says of the values that a loss can compare, and what that means for one who trains.
_DEMANDS = (
    ("contain log-probabilities", "it wants log-probabilities, and models answer logits"),
    ("in the log-space", "it wants log-probabilities, and models answer logits"),
    ("containing 1 or -1", "its targets are 1 or −1"),
    ("be numbers between 0 and 1", "its targets are probabilities, from 0 to 1"),
)


@dataclass(frozen=True)
class Comparison:
    """What a loss compares with the outputs, or "" and the reason why it suits no task.

    ``"classes"`` (N,), ``"classes at every place"`` (N, …) too, ``"numbers"`` (N, F),
    ``"shares"`` from 0 to 1 with logits.
    """

    kind: str
    reason: str = ""


def comparison(source: SourceFile, name: str) -> Comparison:
    """What the loss `name` of torch's source file of losses compares."""
    node = source.classes.get(name)
    forward = method(node, "forward") if node else None
    taken = [argument.arg for argument in forward.args.args[1:]] if forward else []
    if not taken:
        return Comparison("", "it is only another name")
    if len(taken) != 2 or taken[1] != "target":
        return Comparison("", f"it compares {_listed(taken)}, and not outputs with targets")
    doc = source.doc(name)
    words = " ".join(doc.split())
    if "numbers between 0 and 1" in words and "combines a `Sigmoid`" in words:
        return Comparison("shares")
    for demand, reason in _DEMANDS:
        if demand in words:
            return Comparison("", reason)
    return _by_shape(doc)


def _by_shape(doc: str) -> Comparison:
    shape = _SHAPE.search(doc)
    said = {
        item["name"]: " ".join(item["text"].split()) for item in _ITEM.finditer(shape["text"] if shape else "")
    }
    inputs, targets = said.get("Input", ""), said.get("Target", "")
    if "class indices" in targets or re.search(r"targets\}\[i\] \\leq C-1", targets):
        if "(N, C)" not in inputs:
            return Comparison("", "it has weights of its own, in place of the model's last layer")
        return Comparison("classes at every place" if "d_1" in inputs else "classes")
    if "same shape as the input" in targets and "any number of dimensions" in inputs.replace("means,", "means"):
        return Comparison("numbers")
    return Comparison("", "its targets are several classes a sample")


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else ", ".join(names)
