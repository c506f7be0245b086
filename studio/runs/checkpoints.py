"""The checkpoints of a run: which files there are, what is in them, which is the best."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio.runs.atomic import read_json, sweep, write_json
from studio.spec.errors import UserError

LIST_NAME = "checkpoints.json"


@dataclass(frozen=True)
class CheckpointEntry:
    """A checkpoint that is safely on disk.

    `sha256` is of the whole file, `size` in bytes; `metric` is the number by which the run is
    judged, at that step, where it was measured.
    """

    path: Path
    step: int
    epoch: int
    sha256: str
    size: int
    metric: float | None = None
    is_best: bool = False


def read_entries(folder: Path) -> list[CheckpointEntry]:
    """The registered checkpoints whose files are there, oldest step first; at most one is the best."""
    tables = read_json(folder / LIST_NAME) or {}
    entries = [_entry(folder, table) for table in tables.get("checkpoints", []) if isinstance(table, dict)]
    there = [entry for entry in entries if entry is not None and entry.path.is_file()]
    return sorted(there, key=lambda entry: entry.step)


def register(folder: Path, entry: CheckpointEntry) -> None:
    """Add a checkpoint to the list; one of the same step is replaced, a new best takes the title.

    Raises:
        OSError: the list cannot be written; the one before stays.
    """
    others = [other for other in read_entries(folder) if other.path.name != entry.path.name]
    if entry.is_best:
        others = [replace(other, is_best=False) for other in others]
    _write_entries(folder, [*others, entry])


def prune(folder: Path, keep_last: int) -> list[Path]:
    """Remove all files but the newest `keep_last` and the best; returns those removed.

    The list is written first: a kill in between leaves a file too many, never an entry too many.
    """
    entries = read_entries(folder)
    newest = entries[-keep_last:]
    kept = [entry for entry in entries if entry in newest or entry.is_best]
    removed = [entry.path for entry in entries if entry not in kept]
    if removed:
        _write_entries(folder, kept)
    for path in removed:
        with suppress(OSError):
            path.unlink()
    sweep(folder)
    return removed


def choose(entries: Sequence[CheckpointEntry], at: str, run: str) -> CheckpointEntry:
    """The checkpoint that ``best``, ``last`` or a step stands for; without a best one, the last.

    Raises:
        UserError: ``run.no_checkpoint`` or ``run.unknown_step``, which lists the steps there are.
    """
    if not entries:
        raise UserError(
            "run.no_checkpoint",
            f"Run {run} has no checkpoint.",
            "It ended before the first one was saved, or its files are gone.",
            "Train it again.",
        )
    if at in ("best", "last", ""):
        best = [entry for entry in entries if entry.is_best] if at != "last" else []
        return (best or list(entries))[-1]
    found = [entry for entry in entries if str(entry.step) == at]
    if not found:
        steps = ", ".join(str(entry.step) for entry in entries)
        raise UserError(
            "run.unknown_step",
            f"Run {run} has no checkpoint at {at!r}.",
            f"There are checkpoints at the steps {steps}.",
            "Write best, last or one of these steps.",
        )
    return found[-1]


def _write_entries(folder: Path, entries: Sequence[CheckpointEntry]) -> None:
    tables = [
        {
            "file": entry.path.name,
            "step": entry.step,
            "epoch": entry.epoch,
            "sha256": entry.sha256,
            "size": entry.size,
            "metric": entry.metric,
            "is_best": entry.is_best,
        }
        for entry in sorted(entries, key=lambda entry: entry.step)
    ]
    write_json(folder / LIST_NAME, {"checkpoints": tables})


def _entry(folder: Path, table: dict[str, Any]) -> CheckpointEntry | None:
    try:
        metric = table.get("metric")
        return CheckpointEntry(
            # Only the name counts: a folder that was moved still finds its files, and none outside it.
            folder / Path(str(table["file"])).name,
            int(table["step"]),
            int(table["epoch"]),
            str(table["sha256"]),
            int(table["size"]),
            None if metric is None else float(metric),
            bool(table.get("is_best")),
        )
    except (KeyError, TypeError, ValueError):
        return None
