"""A run in one line: what lists and tables show of it."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from studio.runs.folder import RunFolder
from studio.runs.state import STATUSES, RunState, RunStatus
from studio.spec.errors import UserError


@dataclass(frozen=True)
class RunRow:
    """One run as a list shows it.

    `value` and `best` are of the curve `metric`; `seconds` is time in training; `created` is UTC
    in ISO 8601. `problem` says why a folder could not be read; its status is then ``failed``.
    """

    id: str
    status: RunStatus = "queued"
    recipe: str = ""
    model: str = ""
    data: str = ""
    optimizer: str = ""
    metric: str = ""
    value: float | None = None
    best: float | None = None
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    seconds: float = 0.0
    created: str = ""
    updated: str = ""
    problem: str = ""
    pid: int = 0
    mark: str = ""
    host: str = ""

    @property
    def is_active(self) -> bool:
        """Whether a process works on it."""
        return self.status in ("running", "paused")

    def as_json(self) -> dict[str, Any]:
        """The row as ``runs --json`` gives it."""
        hidden = ("pid", "mark", "host")
        return {key: value for key, value in asdict(self).items() if key not in hidden}


def read_row(folder: RunFolder) -> RunRow:
    """The row of a run folder; a folder that cannot be read has a row that says why."""
    try:
        return _row(folder)
    except Exception as error:  # whatever stands in its files, the list of the others must come
        problem = f"Its files hold what no studio wrote ({' '.join(str(error).split())[:200]})."
        return RunRow(folder.id, "failed", problem=problem)


def _row(folder: RunFolder) -> RunRow:
    tables: dict[str, Any] = {}
    with suppress(OSError, ValueError, RecursionError):
        tables = tomllib.loads(folder.spec_path.read_text("utf-8"))
    problem = ""
    try:
        state = folder.read_state()
    except UserError as error:
        state = RunState(status="failed")
        problem = str(error)
    if state.error:
        problem = str(state.error.get("what", ""))
    return RunRow(
        folder.id,
        state.status,
        recipe=state.recipe or str(tables.get("recipe", "")),
        model=_name(tables, "model"),
        data=_name(tables, "data"),
        optimizer=_name(tables, "optimizer"),
        metric=state.metric,
        value=state.value,
        best=state.best,
        epoch=state.epoch,
        epochs=state.epochs,
        step=state.step,
        seconds=float(state.seconds),
        created=state.created,
        updated=state.updated,
        problem=problem,
        pid=state.pid,
        mark=state.mark,
        host=state.host,
    )


def status_as_seen(row: RunRow) -> RunStatus:
    """The status of a row whose process may have ended since it was read."""
    if row.status not in STATUSES:
        return "failed"
    state = RunState(status=row.status, pid=row.pid, mark=row.mark, host=row.host, updated=row.updated)
    return state.as_seen().status


def _name(tables: dict[str, Any], key: str) -> str:
    table = tables.get(key)
    return str(table.get("name", "")) if isinstance(table, dict) else ""
