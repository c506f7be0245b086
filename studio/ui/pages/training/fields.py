"""Which fields the tables of a specification have, and what is wrong with their values. No Qt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from studio.catalog.checking import check_value
from studio.catalog.entries import Entry, Parameter
from studio.catalog.shelf import LISTS, entries, entry, models_for, suitable
from studio.spec.errors import UserError
from studio.spec.options import TrainingSpec
from studio.spec.run import CheckpointSpec

Tables = dict[str, Any]

KINDS = {"data": "dataset", "model": "model", "loss": "loss", "optimizer": "optimizer", "scheduler": "scheduler"}
MODELS: dict[str, type[BaseModel]] = {"training": TrainingSpec, "checkpoints": CheckpointSpec}
DEVICES = ("auto", "cpu", "cuda", "mps", "xpu")

_SHOWN_FIRST = (
    "lr",
    "momentum",
    "weight_decay",
    "channels",
    "hidden",
    "dropout",
    "architecture",
    "pretrained",
    "frozen",
    "epochs",
    "batch_size",
    "seed",
    "device",
)
_KEY = re.compile(r"^`([a-z_]+)\.?([\w.\[\]]+)?`")


@dataclass(frozen=True)
class TableFields:
    """The parameters of one table: those in sight, and those behind "more"."""

    main: tuple[Parameter, ...] = ()
    more: tuple[Parameter, ...] = ()


def table_fields(table: str, values: Mapping[str, Any], task: str, dataset: str = "") -> TableFields:
    """The fields of a table as it was loaded: what it says, what is required or matters most comes first."""
    if table in MODELS:
        parameters = _of_model(MODELS[table])
        name_field: tuple[Parameter, ...] = ()
    else:
        name_field = (_name_parameter(table, task, dataset),)
        known = _entry_of(table, values)
        # A list of ingredients has an editor of its own.
        parameters = (
            tuple(one for one in known.parameters if one.annotation not in LISTS.values()) if known else ()
        )
    first = [one for one in parameters if one.required or one.name in _SHOWN_FIRST or _is_said(table, one, values)]
    rest = [one for one in parameters if one not in first]
    return TableFields((*name_field, *first), tuple(rest))


def field_errors(tables: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """What is wrong, by table and key, each value looked at alone."""
    errors: dict[tuple[str, str], str] = {}
    for table in (*KINDS, *MODELS):
        values = tables.get(table)
        if not isinstance(values, Mapping):
            continue
        known = _of_model(MODELS[table]) if table in MODELS else _parameters(table, values)
        for parameter in known:
            if parameter.name not in values or parameter.name == "device":
                continue  # a device may have a number, such as cuda:1; the specification itself checks it
            try:
                check_value(f"{table}.{parameter.name}", parameter, values[parameter.name])
            except UserError as error:
                errors[table, parameter.name] = str(error)
    return errors


def place_of(error: UserError) -> tuple[str, str] | None:
    """The table and key that an error names first, where it names one."""
    found = _KEY.match(error.what)
    return (found[1], found[2] or "name") if found else None


def text_of_place(place: tuple[str, str]) -> str:
    """Table and key as one word: ``optimizer.lr``, ``augment[0]``."""
    return ".".join(filter(None, place)).replace(".[", "[")


def _is_said(table: str, parameter: Parameter, values: Mapping[str, Any]) -> bool:
    # A table of the loop says everything; only what differs from the default is worth a place.
    if parameter.name not in values:
        return False
    return table not in MODELS or values[parameter.name] != parameter.default


def _parameters(table: str, values: Mapping[str, Any]) -> tuple[Parameter, ...]:
    known = _entry_of(table, values)
    return known.parameters if known else ()


def _entry_of(table: str, values: Mapping[str, Any]) -> Entry | None:
    try:
        return entry(KINDS[table], str(values.get("name", "")))
    except UserError:
        return None


def _name_parameter(table: str, task: str, dataset: str) -> Parameter:
    kind = KINDS[table]
    known = suitable(kind, task)
    if table == "model" and dataset in {one.name for one in entries("dataset")}:
        known = models_for(dataset, task)
    names = tuple(one.name for one in known)
    annotation = "str | None" if table == "scheduler" else "str"
    return Parameter("name", annotation, None, table != "scheduler", f"which {kind} is used", choices=names)


def _of_model(model: type[BaseModel]) -> tuple[Parameter, ...]:
    found = (_of_field(name, info) for name, info in model.model_fields.items())
    # A field with only one possible value is no choice.
    return tuple(one for one in found if one.minimum is None or one.minimum != one.maximum)


def _of_field(name: str, info: FieldInfo) -> Parameter:
    bounds: dict[str, Any] = {}
    for rule in info.metadata:
        for attribute, bound, exclusive in (
            ("ge", "minimum", False),
            ("gt", "minimum", True),
            ("le", "maximum", False),
            ("lt", "maximum", True),
        ):
            limit = getattr(rule, attribute, None)
            if limit is not None:
                bounds[bound] = limit
                bounds[f"exclusive_{bound}"] = exclusive
    annotation, choices = _written(info.annotation)
    if name == "device":
        choices = DEVICES
    return Parameter(name, annotation, info.default, False, info.description or "", choices=choices, **bounds)


def _written(annotation: Any) -> tuple[str, tuple[Any, ...]]:
    """A type as `Parameter.annotation` says it, and the values to choose from."""
    parts = get_args(annotation)
    if get_origin(annotation) is Literal:
        return "str", parts
    if get_origin(annotation) is list:
        return f"list[{parts[0].__name__}]", ()
    if type(None) in parts:
        return f"{parts[0].__name__} | None", ()
    return annotation.__name__, ()
