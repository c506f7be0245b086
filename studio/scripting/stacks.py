"""Lists of ingredients as source text: the layers of a stack, and what is done to training images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.catalog.entries import Entry
from studio.catalog.shapes import Layer, lay_out
from studio.catalog.shelf import entry
from studio.spec.run import RunSpec

_WIDTH = 88
_NAMED_FROM = {"Conv": 3, "Linear": 2, "Embedding": 2, "GroupNorm": 2}
"""So many arguments of a layer are told by place, as everybody does; of others, the first."""


def stack_text(spec: RunSpec, data: Entry) -> str:
    """``nn.Sequential(…)`` with every size in it, where the data always have the same; else ""."""
    layers = spec.model.parameters.get("layers")
    if layers is None or not data.shape:
        return ""
    layout = lay_out(layers, data.shape, data.answers, is_tokens=data.gives == "tokens")
    return "" if layout.mistake else _many("nn.Sequential", [_layer_text(layer) for layer in layout.layers])


def layers_text(layers: list[Mapping[str, Any]]) -> str:
    """The layers as they are told to the function ``stack``."""
    return "[\n" + "".join(f"    {dict(layer)!r},\n".replace("'", '"') for layer in layers) + "]"


def augment_text(spec: RunSpec) -> str:
    """The transforms of training images as one, ``augment``."""
    calls = [_call(f"v2.{one.name}", one.parameters) for one in spec.augment]
    inside = "".join(f"        {call},\n" for call in calls)
    comment = "# What is done to each training image, anew each time that it is shown."
    return f"{comment}\naugment = v2.Compose(\n    [\n{inside}    ]\n)"


def _layer_text(layer: Layer) -> str:
    known = entry("layer", layer.name)
    by_place = next((count for start, count in _NAMED_FROM.items() if layer.name.startswith(start)), 1)
    first: list[str] = []
    for parameter in known.parameters[:by_place]:
        if parameter.name not in layer.values:
            break
        first.append(_text(layer.values[parameter.name]))
    told = {parameter.name for parameter in known.parameters[: len(first)]}
    rest = {name: value for name, value in layer.values.items() if name not in told}
    return _call(f"nn.{layer.name}", rest, *first)


def _call(function: str, values: Mapping[str, Any], *first: str) -> str:
    return f"{function}({', '.join([*first, *(f'{name}={_text(value)}' for name, value in values.items())])})"


def _text(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _many(function: str, parts: list[str]) -> str:
    line = f"{function}({', '.join(parts)})"
    return line if len(line) <= _WIDTH else f"{function}(\n" + "".join(f"    {part},\n" for part in parts) + ")"
