"""Short titles for the cards of a graph: ``x·y``, ``y²``, ``sin(h)``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from studio.spec.recording import number_text

_BETWEEN = {"add": " + ", "sub": " − ", "mul": "·", "div": " ÷ ", "matmul": " @ ", "mm": " @ ", "bmm": " @ "}
_REVERSED = {
    "radd": "add",
    "rsub": "sub",
    "rmul": "mul",
    "rtruediv": "div",
    "rdiv": "div",
    "rpow": "pow",
    "rmatmul": "matmul",
}
_SAME = {
    "truediv": "div",
    "true_divide": "div",
    "iadd": "add",
    "isub": "sub",
    "imul": "mul",
    "itruediv": "div",
    "ipow": "pow",
    "multiply": "mul",
    "subtract": "sub",
    "divide": "div",
    "negative": "neg",
}
_AROUND = {"neg": "−{}", "T": "{}ᵀ", "mT": "{}ᵀ", "t": "{}ᵀ", "getitem": "{}[ ]"}
# Keywords that leave a formula as it is: at any value, and at one.
_WITHOUT_EFFECT = frozenset({"dim", "keepdim", "dtype", "device", "inplace", "memory_format", "requires_grad"})
_DEFAULTS = {"alpha": 1, "beta": 1, "threshold": 20, "reduction": "mean", "training": True}
_SPELLED = {"t": "transpose", "accumulategrad": "leaf"}
SUPERSCRIPTS = str.maketrans("0123456789.−-n", "⁰¹²³⁴⁵⁶⁷⁸⁹·⁻⁻ⁿ")
LONGEST_TITLE = 16
LONGEST_FORMULA = 36


def plain_name(name: str) -> tuple[str, bool]:
    """The operation behind PyTorch's name for it, and whether its two arguments are swapped."""
    name = name.strip("_")
    if name in _REVERSED:
        return _REVERSED[name], True
    return _SAME.get(name, name), False


def option_texts(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    """What a call was given that its formula must not leave out: ``alpha=2``, ``reduction='sum'``."""
    words = [repr(each) for each in args[1:] if isinstance(each, str)]
    for name, value in kwargs.items():
        is_default = value is None or (isinstance(value, int | float | str) and _DEFAULTS.get(name) == value)
        if not (is_default or name in _WITHOUT_EFFECT or name.startswith("_")):
            words.append(f"{name}={_option(value)}")
    return tuple(words)


def _option(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return number_text(value)
    return repr(value) if isinstance(value, str) else "…"


def operation_title(
    name: str, arguments: tuple[str, ...], longest: int = LONGEST_TITLE, options: tuple[str, ...] = ()
) -> str:
    """The title of a call: its formula where that has at most `longest` characters, else its sign or name."""
    plain, is_swapped = plain_name(name)
    if options:
        whole = f"{plain}({', '.join((*arguments, *options))})"
        return whole if all(arguments) and len(whole) <= longest else plain
    texts = arguments[::-1] if is_swapped and len(arguments) == 2 else arguments
    known = bool(texts) and all(texts)
    formula = _formula(plain, texts) if known else ""
    if formula and len(formula) <= longest:
        return formula
    return _BETWEEN[plain].strip() if plain in _BETWEEN else plain.replace("getitem", "[ ]")


def node_title(node: str) -> str:
    """The title of a node that no call stands for: ``MulBackward0`` is ``·``, ``CubeBackward`` is ``Cube``."""
    base = re.sub(r"Backward\d*$", "", node)
    lower = base.lower()
    if lower in _SPELLED:
        return _SPELLED[lower]
    if lower in _BETWEEN:
        return _BETWEEN[lower].strip()
    return base if node.endswith("Backward") else lower or node


def _formula(name: str, texts: tuple[str, ...]) -> str:
    if name in _BETWEEN and len(texts) == 2:
        return _BETWEEN[name].join(_factor(text) if name in ("mul", "div") else text for text in texts)
    if name == "pow" and len(texts) == 2:
        base, exponent = texts
        if re.fullmatch(r"−?\d+(\.\d+)?|n", exponent):
            return _factor(base) + exponent.translate(SUPERSCRIPTS)
        return f"{_factor(base)}^{exponent}"
    if name in _AROUND and len(texts) == 1:
        return _AROUND[name].format(texts[0])
    return f"{name}({', '.join(texts)})"


def _factor(text: str) -> str:
    return f"({text})" if " " in text or text.startswith("−") else text
