"""Between what a person types and what a specification holds. No Qt."""

from __future__ import annotations

from typing import Any

from studio.catalog.entries import Parameter
from studio.spec.quantities import read_number

UNSET = object()
"""Stands for "not said": the ingredient's own default then holds."""

_TITLES = {
    "lr": "Learning rate",
    "max_lr": "Peak rate",
    "eps": "Epsilon",
    "etas": "Factors",
    "T_max": "Period",
    "T_0": "First period",
    "T_mult": "Period factor",
    "pct_start": "Share of rise",
    "div_factor": "Start divisor",
    "final_div_factor": "End divisor",
    "eta_min": "Lowest rate",
    "lambd": "Decay term",
    "hidden": "Hidden layers",
}


def title_of(key: str) -> str:
    """A parameter's name as a label: ``weight_decay`` → ``Weight decay``."""
    return _TITLES.get(key) or key.replace("_", " ").strip().capitalize()


def text_of(value: Any) -> str:
    """A value as it stands in a field: ``(16, 32)`` → ``"16, 32"``; "" for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(text_of(item) for item in value)
    if isinstance(value, float):
        short = f"{value:g}"
        text = short if float(short) == value else repr(value)
        return text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    return str(value)


def value_of(parameter: Parameter, text: str) -> Any:
    """What a typed text means for a parameter.

    UNSET for an empty one; the text itself where it cannot be read, so that the check of the value
    says what it must be.
    """
    text = text.strip()
    if not text:
        return UNSET
    base = parameter.base
    if " | " in base:
        one, _, _ = base.partition(" | ")
        is_list = len(text.strip("[]()").replace(";", ",").split(",")) > 1 or text.startswith(("[", "("))
        return value_of(Parameter(parameter.name, f"list[{one}]" if is_list else one), text)
    if base.startswith(("list", "tuple")):
        return _list_of(base, text)
    if base == "str":
        return text
    if base == "bool":
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
    return _number(text, whole=base == "int")


def _list_of(base: str, text: str) -> Any:
    parts = (text if "str" in base else text.strip("[]()")).replace(";", ",").split(",")
    if "str" in base:
        return [part.strip() for part in parts if part.strip()]
    items = [_number(part, whole="int" in base) for part in parts if part.strip()]
    return text if any(isinstance(item, str) for item in items) else items


def _number(text: str, *, whole: bool) -> Any:
    text = text.strip()
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = read_number(text)
    except ValueError:
        return text
    if whole:
        return int(number) if number.is_integer() else number
    return number
