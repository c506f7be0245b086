"""The derivative of common operations, as a formula and, for single numbers, as a number.

The formulas are those of `tools/autograd/derivatives.yaml` in PyTorch's source, for real numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from studio.engine.autograd.labels import SUPERSCRIPTS, plain_name

Rule = tuple[str, Callable[..., float]]


@dataclass(frozen=True)
class Derivative:
    """∂(operation)/∂(argument): its formula in the arguments' names, and its value where all are numbers."""

    argument: int
    formula: str
    value: float | None


def _sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a))


# For each operation one rule an argument: text in terms of {a} and {b}, and the same as a function.
_ONE: dict[str, Rule] = {
    "neg": ("−1", lambda a: -1.0),
    "exp": ("exp({a})", math.exp),
    "log": ("1/{a}", lambda a: 1 / a),
    "sin": ("cos({a})", math.cos),
    "cos": ("−sin({a})", lambda a: -math.sin(a)),
    "tan": ("1/cos²({a})", lambda a: 1 / math.cos(a) ** 2),
    "tanh": ("1 − tanh²({a})", lambda a: 1 - math.tanh(a) ** 2),
    "sigmoid": ("σ({a})·(1 − σ({a}))", lambda a: _sigmoid(a) * (1 - _sigmoid(a))),
    "relu": ("1 where {a} > 0, else 0", lambda a: 1.0 if a > 0 else 0.0),
    "sqrt": ("1/(2·√{a})", lambda a: 0.5 / math.sqrt(a)),
    "square": ("2·{a}", lambda a: 2 * a),
    "reciprocal": ("−1/{a}²", lambda a: -1 / a**2),
    "abs": ("sign({a})", lambda a: math.copysign(1.0, a) if a else 0.0),
    "softplus": ("σ({a})", _sigmoid),
    "clone": ("1", lambda a: 1.0),
    "sum": ("1 for every element", lambda a: 1.0),
    "mean": ("1/n for each of n elements", lambda a: 1.0),
}
_TWO: dict[str, tuple[Rule, Rule]] = {
    "add": (("1", lambda a, b: 1.0), ("1", lambda a, b: 1.0)),
    "sub": (("1", lambda a, b: 1.0), ("−1", lambda a, b: -1.0)),
    "mul": (("{b}", lambda a, b: b), ("{a}", lambda a, b: a)),
    "div": (("1/{b}", lambda a, b: 1 / b), ("−{a}/{b}²", lambda a, b: -a / b**2)),
    "pow": (
        ("{b}·{a}^({b} − 1)", lambda a, b: b * a ** (b - 1)),
        ("{a}^{b}·ln {a}", lambda a, b: a**b * math.log(a)),
    ),
    "mse_loss": (("2·({a} − {b})/n", lambda a, b: 2 * (a - b)), ("2·({b} − {a})/n", lambda a, b: 2 * (b - a))),
}
# More arguments than the one, with which the rule still holds: dimensions, and the default beta and threshold.
_ALONG = frozenset({"sum", "mean"})
_SOFTPLUS = ("softplus", "1", "20")


def derivatives(name: str, texts: tuple[str, ...], numbers: tuple[float | None, ...]) -> tuple[Derivative, ...]:
    """The derivatives of a call by each of its arguments; none where we know no formula.

    Args:
        name: the operation as PyTorch calls it.
        texts: how the formula shows each argument.
        numbers: the arguments that are single numbers, None for others.
    """
    plain, is_swapped = plain_name(name)
    if plain in _ONE and texts and (len(texts) == 1 or plain in _ALONG or (plain, *texts[1:]) == _SOFTPLUS):
        text, function = _ONE[plain]
        return (Derivative(0, text.format(a=_atom(texts[0])), _value(function, numbers[:1])),)
    if plain not in _TWO or len(texts) != 2:
        return ()
    order = (1, 0) if is_swapped else (0, 1)
    a, b = (_atom(texts[position]) for position in order)
    ordered = tuple(numbers[position] for position in order)
    found = []
    for position, (text, function) in zip(order, _TWO[plain], strict=True):
        formula = text.format(a=a, b=b)
        if plain == "pow" and position == order[0] and b.isdigit():
            formula = f"{b}·{a}{_power(int(b) - 1)}" if b != "1" else "1"
        found.append(Derivative(position, formula, _value(function, ordered)))
    return tuple(sorted(found, key=lambda derivative: derivative.argument))


def _power(exponent: int) -> str:
    return "" if exponent == 1 else str(exponent).translate(SUPERSCRIPTS)


def _atom(text: str) -> str:
    return f"({text})" if " " in text or text.startswith("−") else text


def _value(function: Callable[..., float], numbers: tuple[float | None, ...]) -> float | None:
    if any(number is None for number in numbers):
        return None
    try:
        value = function(*numbers)
    except (ArithmeticError, ValueError):
        return None
    return value if isinstance(value, float | int) else None
