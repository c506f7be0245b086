"""Where a run stands: a small file that its process rewrites and everyone else reads."""

from __future__ import annotations

import os
import socket
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from studio.runs.processes import birth_mark, is_alive

RunStatus = Literal["queued", "running", "paused", "finished", "stopped", "failed", "interrupted"]
STATUSES: tuple[RunStatus, ...] = get_args(RunStatus)

# A run on another machine cannot be asked whether it lives; after this long without a word it counts as gone.
_SILENCE = 600.0


def now() -> str:
    """This moment in UTC as ISO 8601, to the millisecond: text that sorts by time."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class RunState:
    """Where a run stands.

    `metric` is the name of the curve by which the run is judged, such as ``"accuracy/test"``;
    `value` is its latest and `best` its best point. `seconds` is time spent in training, by a
    monotonic clock, over all sittings. `error` has the keys what, why, remedy. `created`,
    `updated` are UTC in ISO 8601.
    """

    status: RunStatus = "queued"
    recipe: str = ""
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    seconds: float = 0.0
    metric: str = ""
    value: float | None = None
    best: float | None = None
    error: dict[str, str] | None = None
    created: str = ""
    updated: str = ""
    pid: int = 0
    mark: str = ""
    host: str = ""

    @property
    def is_active(self) -> bool:
        """Whether a process works on the run, as far as this state says."""
        return self.status in ("running", "paused")

    def by_this_process(self) -> RunState:
        """The same state, signed by the process that works on the run."""
        return replace(self, pid=os.getpid(), mark=birth_mark(os.getpid()), host=socket.gethostname())

    def as_seen(self) -> RunState:
        """The state as it is now: one whose process is gone without a word is interrupted."""
        if not self.is_active:
            return self
        if self.host in ("", socket.gethostname()):
            alive = is_alive(self.pid, self.mark)
        else:
            alive = _age(self.updated) < _SILENCE
        return self if alive else replace(self, status="interrupted")

    def as_tables(self) -> dict[str, Any]:
        """The state as plain data for JSON."""
        return asdict(self)

    @staticmethod
    def from_tables(tables: dict[str, Any]) -> RunState:
        """The state in plain data; keys of a newer studio are left out, damaged ones take defaults."""
        known = {field.name: field.default for field in fields(RunState)}
        kept = {key: value for key, value in tables.items() if key in known and _fits(value, key)}
        return RunState(**kept)


_TYPES: dict[str, tuple[type, ...]] = {
    "status": (str,),
    "recipe": (str,),
    "epoch": (int,),
    "epochs": (int,),
    "step": (int,),
    "steps": (int,),
    "seconds": (int, float),
    "metric": (str,),
    "value": (int, float, type(None)),
    "best": (int, float, type(None)),
    "error": (dict, type(None)),
    "created": (str,),
    "updated": (str,),
    "pid": (int,),
    "mark": (str,),
    "host": (str,),
}


def _fits(value: Any, key: str) -> bool:
    return isinstance(value, _TYPES[key]) and (key != "status" or value in STATUSES)


def _age(moment: str) -> float:
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    except (ValueError, TypeError):
        return float("inf")
