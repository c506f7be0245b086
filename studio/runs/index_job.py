"""The jobs that read runs for the window: the list, one run in full, the curves of several.

They run in a thread: reading thousands of folders must not hold up drawing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.runs.details import RunDetails, read_details
from studio.runs.folder import RunFolder
from studio.runs.index import RunIndex
from studio.runs.metrics import read_metrics
from studio.runs.row import RunRow
from studio.runs.workspace import Workspace
from studio.spec.events import Ended, Event, Series, Warned
from studio.spec.job import Control


@dataclass(frozen=True)
class ListRuns:
    """Ask for the rows of all runs of the workspace at `root`."""

    root: Path


@dataclass(frozen=True)
class ReadRuns:
    """Ask for some runs in full, with their curves."""

    root: Path
    ids: tuple[str, ...]


@dataclass(frozen=True)
class RunsListed(Event):
    """All runs, newest first."""

    rows: tuple[RunRow, ...]


@dataclass(frozen=True)
class RunRead(Event):
    """One run in full and its curves by name."""

    details: RunDetails
    curves: dict[str, Series]


def run(request: ListRuns | ReadRuns, control: Control) -> Iterator[Event]:
    """Read what is asked for.

    Raises:
        UserError: ``run.unknown``: a run that is asked for is gone.
    """
    workspace = Workspace(request.root)
    if isinstance(request, ListRuns):
        index = RunIndex(workspace)
        index.refresh()
        if control.should_stop:
            return
        yield RunsListed(tuple(index.rows()))
        if index.was_rebuilt:
            yield Warned(
                "index.rebuilt",
                "The index of the runs was damaged and has been made anew from their folders; no run is lost. "
                f"The damaged file is kept as {index.damaged_path.name}.",
            )
    else:
        for run_id in request.ids:
            if control.should_stop:
                return
            folder = RunFolder.open(workspace, run_id)
            yield RunRead(read_details(folder), read_metrics(folder.metrics_path))
    yield Ended("finished")
