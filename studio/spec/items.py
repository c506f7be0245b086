"""One value inside a list of a specification, as ``--set model.layers[2].kernel_size=5`` names it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from studio.spec.errors import UserError

_STEP = re.compile(r"([A-Za-z_]\w*)|\[(\d+)\]")
_PATH = re.compile(r"[A-Za-z_]\w*(\[\d+\]|\.[A-Za-z_]\w*)*")


def with_item(tables: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """`tables` with one value changed that lies in a list; lists count from 0.

    Another ``name`` takes the place of all that its ingredient had been told.

    Raises:
        UserError: ``spec.bad_setting``: the key is not one, or there is no such place.
    """
    if not _PATH.fullmatch(key):
        raise UserError(
            "spec.bad_setting", f"{key!r} is not a key.", "", "Write it like model.layers[2].kernel_size."
        )
    steps: list[str | int] = [int(place) if place else name for name, place in _STEP.findall(key)]
    changed: dict[str, Any] = _changed(dict(tables), steps, value, key)
    return changed


def _changed(held: Any, steps: list[str | int], value: Any, key: str) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        if not isinstance(held, list | tuple) or step >= len(held):
            count = len(held) if isinstance(held, list | tuple) else 0
            raise UserError(
                "spec.bad_setting", f"`{key}` is not there: the list has {count} items, counted from 0."
            )
        return [_changed(one, rest, value, key) if index == step else one for index, one in enumerate(held)]
    if not isinstance(held, Mapping) or (rest and step not in held):
        raise UserError("spec.bad_setting", f"`{key}` is not there.", "", "Say the whole list first.")
    if step == "name" and not rest:
        return {"name": value}
    return {**held, step: _changed(held.get(step), rest, value, key)}
