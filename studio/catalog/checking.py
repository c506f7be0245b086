"""From what a user wrote to a specification that will run: recipe applied, names and values checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from studio.catalog.entries import KINDS, Entry, Parameter
from studio.catalog.options import check_groups, refuse_options
from studio.catalog.recipes import inherited, looks_like_file, recipe, recipes
from studio.catalog.shapes import lay_out
from studio.catalog.shelf import entry, models_for, suitable
from studio.spec.errors import UserError
from studio.spec.run import Ingredient, RunSpec, nearest, parse_tables, read_tables, with_paths_from, with_setting
from studio.spec.tasks import TASKS, check_alone

_KINDS = {"data": "dataset", "model": "model", "loss": "loss", "optimizer": "optimizer", "scheduler": "scheduler"}


def read_spec(path_or_recipe: str | Path, settings: Sequence[str] = ()) -> RunSpec:
    """The specification that a file or a recipe's name stands for, with ``table.key=value`` settings laid over it.

    Raises:
        UserError: unknown recipe, unreadable file, unknown key or bad value.
    """
    text = str(path_or_recipe)
    tables = read_tables(Path(text)) if looks_like_file(text) else {"recipe": recipe(text).name}
    tables = _complete(tables)
    for setting in settings:
        tables = with_setting(tables, setting)
    # A path that is set on the command line is meant from where that is given.
    return build_spec(with_paths_from(Path.cwd(), tables))


def build_spec(tables: Mapping[str, Any]) -> RunSpec:
    """A checked specification from nested plain data, laid over its recipe.

    Raises:
        UserError: an unknown key or ingredient, a missing one, or a bad value; says what is allowed.
    """
    complete = _complete(dict(tables))
    complete.pop("about", None)
    if "task" not in complete and isinstance(complete.get("data"), Mapping):
        complete["task"] = _task_of(complete["data"])
    spec = parse_tables(complete)
    check(spec)
    return spec


def check(spec: RunSpec) -> None:
    """Whether every ingredient is known, suits the task, and has good values.

    Raises:
        UserError: the first that does not; one line.
    """
    if spec.task not in TASKS:
        raise UserError("spec.bad_value", f"`task` is {spec.task!r}; it must be one of {_listed([*TASKS])}.")
    for table, kind in _KINDS.items():
        ingredient: Ingredient | None = getattr(spec, table)
        if ingredient is not None:
            known = _named(table, kind, ingredient.name)
            _check_task(table, known, spec.task)
            _check_parameters(table, known, ingredient.parameters)
    for index, ingredient in enumerate(spec.augment):
        check_item(f"augment[{index}]", "transform", ingredient.model_dump())
    _check_together(spec)
    refuse_options(spec)
    check_groups(spec, check_value)
    check_alone(spec.task, spec.training.processes)


def check_item(key: str, kind: str, said: Mapping[str, Any]) -> None:
    """Whether one item of a list of ingredients is known and has good values.

    Raises:
        UserError: it is not; one line that names the key.
    """
    name = said.get("name") if isinstance(said, Mapping) else None
    if not isinstance(name, str):
        raise UserError("spec.missing_key", f"`{key}.name` is missing.", "", f"Name a {kind}.")
    _check_parameters(key, _named(key, kind, name), {one: value for one, value in said.items() if one != "name"})


def _named(table: str, kind: str, name: str) -> Entry:
    """The entry that a table names, or an error that says which table that was."""
    try:
        return entry(kind, name)
    except UserError as error:
        if not error.name.startswith("catalog.unknown"):
            raise
        raise UserError(error.name, f"`{table}.name` is {name!r}; {error.why}", "", error.remedy) from None


def _check_task(table: str, known: Entry, task: str) -> None:
    if known.kind in ("loss", "dataset") and task not in known.tags:
        others = _listed([one.name for one in suitable(known.kind, task)])
        raise UserError(
            "spec.unsuitable",
            f"`{table}.name` is `{known.name}`, which does not suit {task}; it must be one of {others}.",
        )


def _check_parameters(table: str, known: Entry, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        parameter = known.parameter(name)
        if parameter is None:
            names = [one.name for one in known.parameters]
            raise UserError(
                "spec.unknown_key",
                f"`{table}.{name}` is not a parameter of {known.name}.",
                "",
                nearest(name, names),
            )
        check_value(f"{table}.{name}", parameter, value)
    for parameter in known.parameters:
        if parameter.required and parameter.name not in values:
            key = f"{table}.{parameter.name}"
            raise UserError(
                "spec.missing_key",
                f"`{key}` is missing.",
                f"{known.name} needs it.",
                f"Say {key} = {_type(parameter)}.",
            )


def check_value(key: str, parameter: Parameter, value: Any) -> None:
    """Whether a parameter may have this value.

    Raises:
        UserError: it may not; the line names key, value and what is allowed.
    """
    if value is None and parameter.is_optional:
        return
    if parameter.base.startswith("list["):
        kind = parameter.base[5:-1]
        if kind in KINDS:
            _check_items(key, kind, value)
            return
    if not _fits(parameter.base, value):
        raise UserError("spec.bad_value", f"`{key}` is {value!r}; it must be {_type(parameter)}.")
    items = value if isinstance(value, list | tuple) else [value]
    if parameter.choices and any(item not in parameter.choices for item in items):
        raise UserError("spec.bad_value", f"`{key}` is {value!r}; it must be {parameter.allowed()}.")
    for item in items:
        if isinstance(item, float) and not math.isfinite(item):
            raise UserError("spec.bad_value", f"`{key}` is {value!r}; it must be a finite number.")
        if not isinstance(item, str) and not _inside(parameter, item):
            each = "each number must be " if items is value else "it must be "
            raise UserError("spec.bad_value", f"`{key}` is {value!r}; {each}{parameter.allowed()}.")


def _check_items(key: str, kind: str, values: Any) -> None:
    if not isinstance(values, list | tuple):
        raise UserError("spec.bad_value", f"`{key}` is {values!r}; it must be a list of tables, each with a name.")
    for index, said in enumerate(values):
        check_item(f"{key}[{index}]", kind, said)


def _check_layers(spec: RunSpec, data: Entry) -> None:
    """Whether each layer of a stack can take what comes to it, where the shape of the data is known."""
    if not data.shape or not isinstance(spec.model.parameters.get("layers"), list | tuple):
        return
    layout = lay_out(spec.model.parameters["layers"], data.shape, data.answers, is_tokens=data.gives == "tokens")
    if layout.mistake:
        index, why = layout.mistake
        raise UserError("spec.layer", f"`model.layers[{index}]` does not fit: {why}")


def _check_augment(spec: RunSpec, data: Entry) -> None:
    if not spec.augment:
        return
    if data.gives != "image":
        raise UserError("spec.unsuitable", f"`augment` is for images, and `{data.name}` gives none.")
    if not TASKS[spec.task].is_ordinary:
        raise UserError("spec.unsuitable", f"`augment` changes images only, which does not suit {spec.task}.")


def _check_together(spec: RunSpec) -> None:
    """What no single value shows: torch refuses these combinations with errors of its own."""
    model, data = spec.model.name, entry("dataset", spec.data.name)
    models = [one.name for one in models_for(data.name, spec.task)]
    if model not in models:
        shape = f" (shape {'×'.join(map(str, data.shape))})" if data.shape else ""
        raise UserError(
            "spec.unsuitable",
            f"`model.name` is `{model}`, which does not take the samples of `{data.name}`{shape} for {spec.task}; "
            f"it must be one of {_listed(models)}.",
        )
    _check_layers(spec, data)
    _check_augment(spec, data)
    values = spec.optimizer.parameters
    if values.get("nesterov") and (not values.get("momentum") or values.get("dampening")):
        raise UserError(
            "spec.bad_value",
            "`optimizer.nesterov` is True; that needs a momentum above 0 and no dampening.",
            "",
            "Set optimizer.momentum = 0.9, for example.",
        )
    if values.get("foreach") and values.get("fused"):
        raise UserError("spec.bad_value", "`optimizer.foreach` and `optimizer.fused` cannot both be True.")


def _complete(tables: dict[str, Any]) -> dict[str, Any]:
    return inherited(tables, {one.name: one.tables for one in recipes()})


def _task_of(data: Mapping[str, Any]) -> str:
    name = data.get("name")
    tags = _named("data", "dataset", name).tags if isinstance(name, str) else ()
    return tags[0] if tags else "classification"


def _fits(annotation: str, value: Any) -> bool:
    """Whether a value as TOML gives it is of a type as `Parameter.annotation` says it."""
    if " | " in annotation:
        return any(_fits(one, value) for one in annotation.split(" | "))
    head, _, inside = annotation.partition("[")
    if head in ("list", "tuple"):
        if not isinstance(value, list | tuple):
            return False
        types = inside.removesuffix("]").split(", ")
        if head == "tuple" and len(types) != len(value):
            return False
        return all(_fits(types[index] if head == "tuple" else types[0], item) for index, item in enumerate(value))
    if head == "float":
        return isinstance(value, float | int) and not isinstance(value, bool)
    return type(value) is {"bool": bool, "int": int, "str": str}[head]


def _inside(parameter: Parameter, value: float) -> bool:
    low, high = parameter.minimum, parameter.maximum
    too_low = low is not None and (value < low or (parameter.exclusive_minimum and value == low))
    too_high = high is not None and (value > high or (parameter.exclusive_maximum and value == high))
    return not too_low and not too_high


def _type(parameter: Parameter) -> str:
    base = parameter.base
    words = {"bool": "true or false", "int": "a whole number", "float": "a number", "str": "text"}
    if base in words:
        return words[base]
    if base.startswith("list[") and base[5:-1] in KINDS:
        return f"a list of {base[5:-1]}s"
    if " | " in base:
        one, _, _ = base.partition(" | ")
        return f"{words[one]} or a list of {'whole ' if one == 'int' else ''}numbers"
    if base.startswith("tuple"):
        return f"a list of {base.count(',') + 1} numbers"
    if "str" in base:
        return "a list of texts"
    return "a list of whole numbers" if "int" in base else "a list of numbers"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
