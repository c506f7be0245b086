"""Recipes: named specifications that ship with the studio, and may start from one another."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from studio.resources import resource
from studio.spec.errors import UserError
from studio.spec.run import merged, nearest, read_tables


@dataclass(frozen=True)
class Recipe:
    """A named specification. `tables` are complete: what it starts from is laid under it already."""

    name: str
    title: str
    task: str
    summary: str
    tables: dict[str, Any]
    icon_text: str = ""
    field: str = ""
    """What it belongs to, as the gallery groups them: ``Vision``, ``Language``…"""


def recipes() -> list[Recipe]:
    """The recipes that ship, easiest first."""
    return sorted(_shipped().values(), key=lambda one: (one.tables["about"].get("order", 100), one.name))


def recipe(name: str) -> Recipe:
    """One recipe.

    Raises:
        UserError: there is none of that name; the nearest is suggested.
    """
    known = _shipped()
    if name not in known:
        raise UserError("recipe.unknown", f"There is no recipe named `{name}`.", "", nearest(str(name), [*known]))
    return known[name]


def inherited(
    tables: dict[str, Any], known: dict[str, dict[str, Any]], seen: tuple[str, ...] = ()
) -> dict[str, Any]:
    """`tables` laid over the recipe that they start from, over the one that it starts from, and so on.

    Raises:
        UserError: a recipe is unknown, or recipes start from one another in a circle.
    """
    name = tables.get("recipe")
    if name is None:
        return tables
    if not isinstance(name, str) or name not in known:
        raise UserError("recipe.unknown", f"There is no recipe named `{name}`.", "", nearest(str(name), [*known]))
    if name in seen:
        circle = " → ".join((*seen, name))
        raise UserError("recipe.circle", f"Recipes start from one another in a circle: {circle}.")
    return merged(inherited(known[name], known, (*seen, name)), tables)


@cache
def _shipped() -> dict[str, Recipe]:
    folder = resource("recipes")
    raw = {path.stem: read_tables(path) for path in sorted(folder.glob("*.toml"))}
    return {name: _recipe(name, inherited(tables, raw, (name,))) for name, tables in raw.items()}


def _recipe(name: str, tables: dict[str, Any]) -> Recipe:
    about = tables.get("about", {})
    return Recipe(
        name,
        about.get("title", name),
        tables.get("task", ""),
        about.get("summary", ""),
        tables,
        about.get("icon", name[:2].upper()),
        about.get("field", "More"),
    )


def picture_of(name: str) -> Path | None:
    """The picture of a recipe that ships with it, None where there is none."""
    path = resource("recipes") / "pictures" / f"{name}.png"
    return path if path.is_file() else None


def looks_like_file(text: str) -> bool:
    """Whether a user who writes this means a file and not a recipe's name."""
    if text.endswith(".toml") or os.sep in text:
        return True
    try:
        return Path(text).is_file()
    except OSError:  # longer than a file's name can be
        return False
