"""The ingredients that are there: the studio's own and torch's, found by reading source files.

Nothing of torch is imported: its files are found on the import path and their signatures are read,
so that the window can offer every optimizer, schedule and loss that the installed torch has.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from studio.catalog.bounds import bounds
from studio.catalog.entries import KINDS, Entry, Kind, Parameter
from studio.catalog.given import NAMES as _FROM_DATA
from studio.catalog.losses import comparison
from studio.catalog.modules import layers, transforms
from studio.catalog.signatures import (
    Argument,
    SourceFile,
    base_names,
    first_sentence,
    method,
    parameter_help,
)
from studio.spec.errors import UserError
from studio.spec.run import nearest

_ZOO = Path(__file__).resolve().parents[1] / "zoo"

# Arguments that no form shows: the run fills them in, or they are for other uses than a training loop.
_FROM_RUN = (
    "params",
    "optimizer",
    "last_epoch",
    "total_steps",
    "epochs",
    "steps_per_epoch",
    "weight",
    "task",
)
_ELSEWHERE = ("capturable", "differentiable", "maximize", "size_average", "reduce")

# Required by torch, but the run knows a sound value: the peak of the schedule is the optimizer's
# own learning rate, and one cosine spans the whole training.
RUN_DEFAULTS = {("OneCycleLR", "max_lr"): "learning_rate", ("CosineAnnealingLR", "T_max"): "epochs"}

LISTS = {"layers": "list[layer]"}
"""Parameters that are lists of ingredients of another kind."""

# These take what an ordinary step does not give them.
_UNSUITED_OPTIMIZERS = {
    "SparseAdam": "it takes sparse gradients only",
    "Muon": "it takes matrices only, and models have biases too",
}

_FOR_ANSWERS = ("classification", "regression", "forecasting")
"""The tasks of a model that does not say its own: it tells classes and numbers alike."""

_LOSS_TASKS = {
    "classes": ("classification",),
    "classes at every place": ("classification", "language", "translation"),
    "numbers": ("regression", "forecasting", "adversarial"),
    "shares": ("adversarial",),
}
"""The tasks whose targets a loss compares, by what it takes."""


def entries(kind: str) -> tuple[Entry, ...]:
    """All ingredients of a kind, by name; torch's are missing where torch is.

    Raises:
        UserError: there is no such kind.
    """
    if kind not in KINDS:
        raise UserError("catalog.unknown_kind", f"`{kind}` is no kind of ingredient.", "", nearest(kind, [*KINDS]))
    return _entries(kind)


def entry(kind: str, name: str) -> Entry:
    """One ingredient.

    Raises:
        UserError: there is none of that name; the nearest is suggested.
    """
    known = {one.name: one for one in entries(kind)}
    if name in known:
        return known[name]
    if not known:
        raise UserError(
            "torch.missing", "PyTorch is not installed.", f"So there is no {kind} to use.", "Install torch."
        )
    reason = reason_against(kind, name)
    why = f"it does not suit a plain training loop, as {reason}." if reason else f"there is no such {kind}."
    raise UserError(f"catalog.unknown_{kind}", f"The {kind} {name!r} is not known:", why, nearest(name, [*known]))


def suitable(kind: str, task: str) -> tuple[Entry, ...]:
    """The ingredients of a kind that suit a task; those without a task suit every one."""
    return tuple(one for one in entries(kind) if kind not in ("loss", "dataset", "model") or task in one.tags)


def models_for(dataset: str, task: str) -> tuple[Entry, ...]:
    """The models that take what a data set gives, and answer what a task asks.

    Raises:
        UserError: there is no such data set.
    """
    gives = entry("dataset", dataset).gives
    return tuple(one for one in suitable("model", task) if gives in one.takes)


def scheduler_defaults(scheduler: str, optimizer: str) -> dict[str, bool]:
    """Parameters of a schedule that this optimizer asks to be other than torch's default.

    A schedule that cycles the momentum along with the rate refuses an optimizer that has none.
    """
    names = {one.name for one in entry("optimizer", optimizer).parameters}
    can_cycle = entry("scheduler", scheduler).parameter("cycle_momentum") is not None
    return {"cycle_momentum": False} if can_cycle and names.isdisjoint({"momentum", "betas"}) else {}


@cache
def _entries(kind: Kind) -> tuple[Entry, ...]:
    find: dict[Kind, Callable[[], Iterable[Entry | None]]] = {
        "layer": layers,
        "transform": transforms,
        "model": _models,
        "dataset": _datasets,
        "loss": _losses,
        "optimizer": _optimizers,
        "scheduler": _schedulers,
    }
    return tuple(sorted((one for one in find[kind]() if one), key=lambda one: one.name.lower()))


def _models() -> list[Entry | None]:
    return [_zoo_entry("model", path) for path in sorted((_ZOO / "models").glob("[!_]*.py"))]


def _datasets() -> list[Entry | None]:
    return [_zoo_entry("dataset", path) for path in sorted((_ZOO / "datasets").glob("[!_]*.py"))]


def _zoo_entry(kind: Kind, path: Path) -> Entry | None:
    """The ingredient of a zoo file: its ``FACTORY``, named like the file; ``TASKS`` are its tags.

    None for a file without one, such as a network that is only used as it was trained elsewhere.
    """
    source = SourceFile(path)
    said = source.constants
    if "FACTORY" not in said:
        return None
    module = f"studio.zoo.{path.parent.name}.{path.stem}"
    tasks = said.get("TASKS", _FOR_ANSWERS if kind == "model" else ())
    found = _entry(kind, path.stem, f"{module}:{said['FACTORY']}", source, tasks)
    return found and replace(
        found,
        takes=said.get("TAKES", ()),
        gives=said.get("GIVES", ""),
        shape=said.get("SHAPE", ()),
        answers=len(said.get("LABELS", ())),
        given=said.get("GIVEN", {}),
        embeds=said.get("EMBEDS", ""),
    )


def _optimizers() -> list[Entry | None]:
    folder = _torch_folder()
    if folder is None:
        return []
    shared = SourceFile(folder / "optim" / "optimizer.py").constants
    public = _exported(folder / "optim" / "__init__.py")
    found: list[Entry | None] = []
    for path in sorted((folder / "optim").glob("*.py")):
        source = SourceFile(path, shared)
        for name, node in source.classes.items():
            if name not in public or name == "Optimizer" or name in _UNSUITED_OPTIMIZERS:
                continue
            tags = ("closure",) if _needs_closure(node) else ()
            found.append(_entry("optimizer", name, f"torch.optim:{name}", source, tags))
    return found


def _schedulers() -> list[Entry | None]:
    folder = _torch_folder()
    if folder is None:
        return []
    source = SourceFile(folder / "optim" / "lr_scheduler.py")
    found: list[Entry | None] = []
    for name, node in source.classes.items():
        if name.startswith("_") or "LRScheduler" not in base_names(node):
            continue
        tags = ["each_step" if "after every batch" in source.doc(name) else "each_epoch"]
        step = method(node, "step")
        if step and any(argument.arg == "metrics" for argument in step.args.args):
            tags.append("by_metric")
        found.append(_entry("scheduler", name, f"torch.optim.lr_scheduler:{name}", source, tuple(tags)))
    return found


def _losses() -> list[Entry | None]:
    found: list[Entry | None] = [_zoo_entry("loss", path) for path in sorted((_ZOO / "losses").glob("[!_]*.py"))]
    source = _torch_losses()
    if source is None:
        return found
    for name in _loss_names(source):
        if tasks := _LOSS_TASKS.get(comparison(source, name).kind):
            found.append(_entry("loss", name, f"torch.nn:{name}", source, tasks))
    return found


def reason_against(kind: str, name: str) -> str:
    """Why an ingredient that torch has is not offered, as the end of a sentence; "" where that is not known."""
    if kind == "optimizer":
        return _UNSUITED_OPTIMIZERS.get(name, "")
    source = _torch_losses() if kind == "loss" else None
    return comparison(source, name).reason if source and name in _loss_names(source) else ""


def _torch_losses() -> SourceFile | None:
    folder = _torch_folder()
    return SourceFile(folder / "nn" / "modules" / "loss.py") if folder else None


def _loss_names(source: SourceFile) -> list[str]:
    return [name for name in source.constants.get("__all__") or source.classes if name in source.classes]


def _entry(kind: Kind, name: str, factory: str, source: SourceFile, tags: tuple[str, ...] = ()) -> Entry | None:
    """The entry of a class or function, None where it needs an argument that no specification can hold."""
    defined = factory.partition(":")[2]
    doc = source.doc(defined)
    helps = parameter_help(doc)
    parameters, supplied = [], []
    for argument in source.arguments(defined):
        if kind != "dataset" and argument.name in (*_FROM_DATA, *_FROM_RUN):
            supplied.append(argument.name)
        elif argument.name in LISTS:
            parameters.append(Parameter(argument.name, LISTS[argument.name], (), argument.required))
        elif argument.annotation is None and argument.required:
            return None
        elif argument.annotation is not None and argument.name not in _ELSEWHERE:
            parameters.append(_parameter(name, argument, helps.get(argument.name, "")))
    return Entry(kind, name, factory, first_sentence(doc), tuple(parameters), tags, tuple(supplied))


def _parameter(owner: str, argument: Argument, text: str) -> Parameter:
    limits = dict(bounds(owner, argument.name))
    if argument.choices:
        limits["choices"] = argument.choices
    annotation, required = argument.annotation or "", argument.required
    if (owner, argument.name) in RUN_DEFAULTS:
        annotation, required = f"{annotation} | None", False
    return Parameter(argument.name, annotation, argument.default, required, text, **limits)


def _needs_closure(node: ast.ClassDef) -> bool:
    step = method(node, "step")
    return step is not None and len(step.args.args) > 1 and not step.args.defaults


def _exported(path: Path) -> set[str]:
    """The names that a package imports into itself under their own name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = (node for node in tree.body if isinstance(node, ast.ImportFrom))
    return {alias.asname or alias.name for node in imports for alias in node.names}


def _torch_folder() -> Path | None:
    """Where torch is installed; finding it does not import it."""
    try:
        found = importlib.util.find_spec("torch")
    except (ImportError, ValueError):
        return None
    folder = Path(found.origin).parent if found and found.origin else None
    return folder if folder and (folder / "optim" / "lr_scheduler.py").is_file() else None
