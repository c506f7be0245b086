"""All that is known of a run, and how runs differ: plain data for the window and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from studio.runs.checkpoints import CheckpointEntry
from studio.runs.folder import RunFolder
from studio.runs.row import RunRow, read_row
from studio.spec.errors import UserError
from studio.spec.run import read_tables


@dataclass(frozen=True)
class RunDetails:
    """One run in full; `spec` is flat, such as ``{"optimizer.lr": 0.001}``."""

    row: RunRow
    folder: str
    spec: dict[str, Any]
    environment: dict[str, Any]
    result: dict[str, Any]
    checkpoints: list[CheckpointEntry] = field(default_factory=list)
    log: str = ""
    script: str = ""

    def as_json(self) -> dict[str, Any]:
        """The run as ``show --json`` gives it."""
        return {
            **self.row.as_json(),
            "folder": self.folder,
            "spec": self.spec,
            "environment": self.environment,
            "result": self.result,
            "checkpoints": [
                {
                    "step": entry.step,
                    "epoch": entry.epoch,
                    "metric": entry.metric,
                    "is_best": entry.is_best,
                    "path": str(entry.path),
                    "sha256": entry.sha256,
                    "bytes": entry.size,
                }
                for entry in self.checkpoints
            ],
        }


@dataclass(frozen=True)
class Difference:
    """A key of the specification in which runs differ, and its value in each (None: not set)."""

    key: str
    values: tuple[Any, ...]


def read_details(folder: RunFolder) -> RunDetails:
    """Everything about a run; what is missing or damaged is left empty."""
    tables: dict[str, Any] = {}
    with suppress(UserError):
        tables = read_tables(folder.spec_path)
    script = ""
    with suppress(OSError, UnicodeDecodeError):
        script = folder.script_path.read_text("utf-8")
    return RunDetails(
        read_row(folder),
        str(folder.path),
        flat(tables),
        folder.read_environment(),
        folder.read_result(),
        folder.checkpoints(),
        folder.log_tail(),
        script,
    )


def flat(tables: dict[str, Any]) -> dict[str, Any]:
    """Nested tables as one, with dotted keys; an ingredient's name stands under its table's name."""
    found: dict[str, Any] = {}
    for key, value in tables.items():
        if not isinstance(value, dict):
            found[key] = value
            continue
        for name, part in value.items():
            found[key if name == "name" else f"{key}.{name}"] = part
    return found


def differences(specs: Sequence[dict[str, Any]]) -> list[Difference]:
    """The keys in which flat specifications differ, in the order of the first that has each."""
    keys = dict.fromkeys(key for spec in specs for key in spec)
    rows = [Difference(key, tuple(spec.get(key) for spec in specs)) for key in keys]
    return [row for row in rows if any(value != row.values[0] for value in row.values[1:])]
