"""The rows of the lists of layers and of transforms: what each comes to, and what is wrong with it. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from studio.catalog.checking import check_value
from studio.catalog.entries import Kind
from studio.catalog.shapes import Layout, Shape, lay_out, text_of_shape
from studio.catalog.shelf import entry
from studio.spec.errors import UserError
from studio.ui.widgets.ingredient_list import short_note
from studio.ui.widgets.ingredient_rows import Row

Items = Sequence[Mapping[str, Any]]


def plain_rows(kind: Kind, key: str, items: Items) -> list[Row]:
    """A row for each item, with what is wrong with its values; `key` is that of the list: ``model.layers``."""
    rows = []
    for index, item in enumerate(items):
        error, errors = _value_errors(kind, f"{key}[{index}]", item)
        rows.append(Row(str(item.get("name", "")), short_note(item), error=error, errors=errors))
    return rows


def layer_rows(items: Items, shape: Shape, answers: int, *, is_tokens: bool) -> list[Row]:
    """A row for each layer of a stack, with the shape behind it and what it learns, as far as they fit.

    `shape` is that of one sample, empty where it is not known; `answers` are the numbers that are wanted at the
    end, 0 where that is not known.
    """
    rows = plain_rows("layer", "model.layers", items)
    if not shape or not items:
        return rows
    sound = next((index for index, row in enumerate(rows) if row.is_wrong), len(rows))
    whole = sound == len(rows) and answers > 0
    layout = lay_out(items[:sound], shape, answers, is_tokens=is_tokens, whole=whole) if sound else Layout(())
    for index, layer in enumerate(layout.layers):
        count = f"{layer.parameters:,}" if layer.parameters else ""
        rows[index] = replace(rows[index], shape=text_of_shape(layer.shape), count=count)
    if layout.mistake:
        index, why = layout.mistake
        rows[index] = replace(rows[index], error=why)
    return rows


def with_error(rows: list[Row], index: int, why: str) -> list[Row]:
    """The rows with one more error, where that row has none of its own."""
    if not 0 <= index < len(rows) or any(row.is_wrong for row in rows):
        return rows
    return [replace(row, error=why) if place == index else row for place, row in enumerate(rows)]


def _value_errors(kind: Kind, key: str, item: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    try:
        known = entry(kind, str(item.get("name", "")))
    except UserError as error:
        return str(error), {}
    errors = {}
    for parameter in known.parameters:
        if parameter.name in item:
            try:
                check_value(f"{key}.{parameter.name}", parameter, item[parameter.name])
            except UserError as error:
                errors[parameter.name] = str(error)
        elif parameter.required:
            errors[parameter.name] = f"`{key}.{parameter.name}` is missing: {known.name} needs it."
    unknown = next((name for name in item if name != "name" and known.parameter(name) is None), None)
    return (f"`{key}.{unknown}` is not a parameter of {known.name}." if unknown else ""), errors
