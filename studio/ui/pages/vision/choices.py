"""Which models the tab offers for a task, and which one it starts with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from studio.runs.row import RunRow
from studio.spec.model_names import BUILTIN, known_models

# The smallest downloads: a first try should not cost two hundred megabytes.
_SMALLEST = {"detect": "ssdlite320_mobilenet_v3_large", "segment": "lraspp_mobilenet_v3_large"}
FIRST = {"classify": BUILTIN, **{task: f"torchvision:{name}" for task, name in _SMALLEST.items()}}
"""The model that a task begins with."""


@dataclass(frozen=True)
class ModelChoice:
    """A model that can be chosen: its reference, what the list says, and what the tool tip adds."""

    ref: str
    title: str
    hint: str


def choices(task: str, runs: Iterable[RunRow]) -> list[ModelChoice]:
    """The models for a task: the built-in one, runs, newest first, then torchvision's."""
    known = [model for model in known_models() if model.task == task]
    own = [
        ModelChoice(f"run:{row.id}@best", f"run {row.id}", f"{row.model} on {row.data}")
        for row in runs
        if task == "classify" and row.step > 0
    ]
    built_in = [
        ModelChoice(model.ref, model.title, "Its weights are installed.") for model in known if model.is_built_in
    ]
    others = [
        ModelChoice(
            model.ref,
            model.ref,
            f"{model.parameters / 1e6:.1f} million parameters, {model.megabytes:.0f} MB to download once",
        )
        for model in known
        if not model.is_built_in
    ]
    return [*built_in, *own, *others]


def task_of(ref: str) -> str:
    """The task of a model that is known by name; empty for runs and files, which tell it when opened."""
    return next((model.task for model in known_models() if model.ref == ref), "")


def as_reference(text: str) -> str:
    """What a user typed as a reference: torchvision's names may stand alone."""
    text = text.strip()
    for model in known_models():
        if text in (model.title, model.ref, model.ref.partition(":")[2]):
            return model.ref
    return f"run:{text.removeprefix('run ')}@best" if text.startswith("run ") else text
