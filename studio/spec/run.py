"""The specification of a run: one typed, validated object, written as TOML.

Its tables name ingredients of the catalogue; the other keys of a table are the ingredient's
parameters, which the catalogue checks (`studio.catalog.checking`), because it knows them.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.spec.errors import UserError
from studio.spec.items import with_item
from studio.spec.options import TrainingSpec

_PATHS = ("path", "targets", "labels_csv", "folder")
"""Keys of the data that are paths."""


class Ingredient(BaseModel):
    """A named ingredient of the catalogue; every other key is one of its parameters."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that are set here; the rest have the ingredient's defaults."""
        return dict(self.__pydantic_extra__ or {})


class CheckpointSpec(BaseModel):
    """When the state is saved and what is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    every_seconds: float = Field(10.0, gt=0, description="time between checkpoints")
    keep_last: int = Field(2, ge=1, description="newest checkpoints that stay")


class RunSpec(BaseModel):
    """Everything that decides the outcome of a run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: str | None = Field(None, description="the recipe that it started from")
    task: str = Field("classification", description="kind of problem")
    data: Ingredient
    augment: tuple[Ingredient, ...] = Field((), description="what is done to each training image, in this order")
    model: Ingredient
    loss: Ingredient
    optimizer: Ingredient
    scheduler: Ingredient | None = None
    training: TrainingSpec = TrainingSpec()
    checkpoints: CheckpointSpec = CheckpointSpec()

    def as_tables(self) -> dict[str, Any]:
        """The specification as nested plain data, in the order in which it is written."""
        tables = {key: value for key, value in self.model_dump(mode="json").items() if value is not None}
        if not self.augment:
            del tables["augment"]
        # TOML has no word for "none": what is left out is none.
        said = {key: value for key, value in tables["training"].items() if value is not None}
        return {**tables, "training": said}

    def as_toml(self) -> str:
        """The specification as TOML text; `parse_toml` reads it back to an equal object."""
        return tomli_w.dumps(self.as_tables())


def parse_tables(tables: Mapping[str, Any]) -> RunSpec:
    """A specification from nested plain data.

    Raises:
        UserError: an unknown key, a missing one or a bad value; one line for each, first one first.
    """
    try:
        return RunSpec.model_validate(dict(tables))
    except ValidationError as error:
        raise _explained(error) from None


def parse_toml(text: str, source: str = "the specification") -> dict[str, Any]:
    """The tables of a TOML text.

    Raises:
        UserError: the text is not TOML; the message names `source` and the line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError("spec.not_toml", f"{source} is not valid TOML.", f"{error}.") from None


def read_tables(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        UserError: the file cannot be read or is not TOML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UserError("spec.unreadable", f"{path} could not be read: {reason}.") from None
    return with_paths_from(path.absolute().parent, parse_toml(text, path.name))


def with_paths_from(folder: Path, tables: Mapping[str, Any]) -> dict[str, Any]:
    """`tables` with the paths of the data made absolute: a relative one is meant from `folder`."""
    data = tables.get("data")
    if not isinstance(data, Mapping):
        return dict(tables)
    said = {key: data[key] for key in _PATHS if isinstance(data.get(key), str) and data[key]}
    return {
        **tables,
        "data": {**data, **{key: str(folder / Path(text).expanduser()) for key, text in said.items()}},
    }


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `changes` laid over it, table by table.

    A table that names another ingredient replaces the one of the base: parameters of the old
    ingredient would be unknown to the new one.
    """
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            other_name = "name" in value and value["name"] != old.get("name")
            result[key] = dict(value) if other_name else {**old, **value}
        else:
            result[key] = value
    return result


def with_setting(tables: Mapping[str, Any], assignment: str) -> dict[str, Any]:
    """`tables` with one key changed, as ``--set optimizer.lr=3e-4`` says it.

    The value is read as TOML (`3e-4`, `true`, `[16, 32]`, `"text"`); what is not TOML is text.

    Raises:
        UserError: the assignment has no key or no ``=``, or is of the recipe, which lies under all that is set.
    """
    key, separator, text = assignment.partition("=")
    parts = key.strip().split(".")
    value: Any
    if separator and "[" in key:
        return with_item(tables, key.strip(), _read_value(text))
    if not separator or not all(parts) or len(parts) > 2:
        raise UserError(
            "spec.bad_setting",
            f"{assignment!r} is not a setting.",
            "",
            "Write table.key=value, such as optimizer.lr=3e-4.",
        )
    if parts[0] == "recipe":
        raise UserError(
            "spec.bad_setting",
            "`recipe` cannot be set.",
            "It is what the settings are laid over.",
            "Name the recipe, or the file that says it, in the place of RECIPE_OR_SPEC.",
        )
    value = _read_value(text)
    if len(parts) == 1:
        return merged(tables, {parts[0]: {"name": value} if _is_ingredient(parts[0]) else value})
    return merged(tables, {parts[0]: {parts[1]: value}})


def _read_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        return text.strip()


def nearest(name: str, names: list[str]) -> str:
    """A sentence that suggests the closest of `names`, or lists them where none is close."""
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"Did you mean `{close[0]}`?"
    return f"Known are {', '.join(f'`{known}`' for known in sorted(names))}." if names else ""


def _is_ingredient(table: str) -> bool:
    return table in ("data", "model", "loss", "optimizer", "scheduler")


def _explained(error: ValidationError) -> UserError:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    kind, value, context = first["type"], first["input"], first.get("ctx", {})
    if kind == "extra_forbidden":
        return UserError("spec.unknown_key", f"`{key}` is not a key of a specification.", "", _suggestion(key))
    if kind == "missing":
        return UserError("spec.missing_key", f"`{key}` is missing.", "", "Name a recipe or say it.")
    wordings: dict[str, Callable[[], str]] = {
        "greater_than": lambda: f"it must be above {context['gt']}",
        "greater_than_equal": lambda: f"it must be {context['ge']} or more",
        "less_than": lambda: f"it must be below {context['lt']}",
        "less_than_equal": lambda: f"it must be {context['le']} or less",
        "literal_error": lambda: f"it must be {context['expected']}",
        "string_pattern_mismatch": lambda: "it must be auto, cpu, cuda, cuda:N, mps or xpu",
        "model_type": lambda: "it must be a table",
        "model_attributes_type": lambda: "it must be a table",
    }
    allowed = wordings.get(kind, lambda: str(first["msg"]).replace("Input should be", "it must be"))
    return UserError("spec.bad_value", f"`{key}` is {value!r}; {allowed()}.")


def _suggestion(key: str) -> str:
    table, _, name = key.rpartition(".")
    tables: dict[str, type[BaseModel]] = {"": RunSpec, "training": TrainingSpec, "checkpoints": CheckpointSpec}
    model = tables.get(table)
    return nearest(name, list(model.model_fields)) if model else ""
