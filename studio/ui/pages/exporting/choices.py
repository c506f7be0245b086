"""The models that can be chosen for an export, from the list of runs and the names that are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from studio.runs.row import RunRow
from studio.spec.errors import UserError
from studio.spec.model_names import KnownModel, known_models
from studio.spec.model_ref import ModelRef
from studio.spec.quantities import measure, metric_title


@dataclass(frozen=True)
class ModelChoice:
    """A model in the list: its reference, its name, and a line about it."""

    ref: str
    title: str
    about: str


def choices(rows: Iterable[RunRow]) -> list[ModelChoice]:
    """Runs that have learnt something, newest first; the built-in model; torchvision's."""
    runs = [_of_run(row) for row in rows if row.step > 0]
    return [*runs, *(_of_known(model) for model in known_models())]


def choice_for(text: str, known: Iterable[ModelChoice]) -> ModelChoice | None:
    """The choice that a typed or given reference means; None where it names no model."""
    try:
        reference = ModelRef.parse(text)
    except UserError:
        return None
    for one in known:
        if one.ref == str(reference):
            return one
    if reference.kind == "file":
        return ModelChoice(str(reference), Path(reference.name).name, f"a file in {Path(reference.name).parent}")
    title = f"{reference.name}, {reference.at}" if reference.at else reference.name
    return ModelChoice(str(reference), title, str(reference))


def has_published_weights(ref: str) -> bool:
    """Whether the model comes with weights that must be downloaded, so that random ones are a choice."""
    return ref.startswith("torchvision:")


def takes_weights(ref: str) -> bool:
    """Whether other weights can be given to the model."""
    return ref.startswith(("torchvision:", "builtin:"))


def _of_run(row: RunRow) -> ModelChoice:
    parts = [f"run {row.id.split('-')[0].lstrip('0') or '0'}", f"{row.epoch:,} epochs"]
    if row.best is not None and row.metric:
        parts.append(f"best {metric_title(row.metric)} {measure(row.best, row.metric)}")
    return ModelChoice(f"run:{row.id}@best", f"{row.id}, best", " · ".join(parts))


def _of_known(model: KnownModel) -> ModelChoice:
    kind = {"classify": "classifier", "detect": "detector", "segment": "segmenter"}[model.task]
    millions = f"{model.parameters / 1e6:.1f} M parameters"
    where = "ready to use" if model.is_built_in else f"{model.megabytes:.0f} MB, downloaded once"
    return ModelChoice(model.ref, model.title, f"{kind} · {millions} · {where}")
