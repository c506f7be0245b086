"""The job that looks after the runs for the window: it serves one request after the other.

It runs in a thread: reading thousands of folders must not hold up drawing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.runs.adopting import adopt
from studio.runs.details import RunDetails, read_details
from studio.runs.folder import RunFolder
from studio.runs.index import RunIndex
from studio.runs.metrics import read_metrics
from studio.runs.row import RunRow
from studio.runs.trash import empty, put_back, throw_away
from studio.runs.workspace import Workspace
from studio.spec.errors import ErrorReport, UserError, report
from studio.spec.events import Event, Series, Warned
from studio.spec.job import Control


@dataclass(frozen=True)
class ServeRuns:
    """Start the job for the workspace at `root`; the requests below are sent to it."""

    root: Path


@dataclass(frozen=True)
class ListRuns:
    """Ask for the rows of all runs; answered by `RunsListed`, or `RunsUnchanged` since the last time."""


@dataclass(frozen=True)
class ReadRun:
    """Ask for one run in full; answered by `RunRead`."""

    id: str


@dataclass(frozen=True)
class DeleteRuns:
    """Move runs to the trash; answered by `RunsMoved`."""

    ids: tuple[str, ...]


@dataclass(frozen=True)
class RestoreRuns:
    """Move runs back from the trash; answered by `RunsMoved`."""

    ids: tuple[str, ...]


@dataclass(frozen=True)
class EmptyTrash:
    """Remove for good what was deleted; answered by `TrashEmptied`."""


@dataclass(frozen=True)
class AdoptRun:
    """Copy a run folder from elsewhere; answered by `RunAdopted`."""

    path: Path


@dataclass(frozen=True)
class RunsListed(Event):
    """All runs, newest first."""

    rows: tuple[RunRow, ...]


@dataclass(frozen=True)
class RunsUnchanged(Event):
    """The list is as it was."""


@dataclass(frozen=True)
class RunRead(Event):
    """One run in full and its curves by name."""

    details: RunDetails
    curves: dict[str, Series]


@dataclass(frozen=True)
class RunsMoved(Event):
    """Runs went to the trash (`deleted`) or came back."""

    ids: tuple[str, ...]
    deleted: bool


@dataclass(frozen=True)
class TrashEmptied(Event):
    """So many runs were in the trash, and are gone."""

    count: int


@dataclass(frozen=True)
class RunAdopted(Event):
    """A copy of a run folder is in the workspace."""

    id: str


@dataclass(frozen=True)
class Refused(Event):
    """A request could not be fulfilled; the job goes on with the next."""

    request: object
    error: ErrorReport


def run(request: ServeRuns, control: Control) -> Iterator[Event]:
    """Serve requests until it is asked to stop."""
    desk = _Desk(Workspace(request.root))
    while (message := control.receive()) is not None:
        try:
            yield from desk.answer(message, control)
        except Exception as error:  # the desk answers every request: one bad folder is not the end of the list
            yield Refused(message, report(error))


class _Desk:
    """Answers requests; remembers the last list, so that an unchanged one is not sent again."""

    def __init__(self, workspace: Workspace):
        self._workspace = workspace
        self._rows: tuple[RunRow, ...] | None = None
        self._stamps: dict[str, int] | None = None
        self._was_changing = False

    def answer(self, message: object, control: Control) -> Iterator[Event]:
        """The events that answer a request."""
        match message:
            case ListRuns():
                yield from self._list()
            case ReadRun(run_id):
                folder = RunFolder.open(self._workspace, run_id)
                yield RunRead(read_details(folder), read_metrics(folder.metrics_path))
            case DeleteRuns(ids):
                yield from self._move(ids, control, deleted=True)
            case RestoreRuns(ids):
                yield from self._move(ids, control, deleted=False)
            case EmptyTrash():
                yield TrashEmptied(empty(self._workspace))
            case AdoptRun(path):
                yield RunAdopted(adopt(self._workspace, path).id)

    def _list(self) -> Iterator[Event]:
        if not self._workspace.runs.is_dir():
            self._rows = None
            raise UserError(
                "workspace.gone",
                f"The workspace {self._workspace.root} is gone.",
                "Its folder was moved, deleted, or the disk that holds it was taken away.",
                "Bring it back, or start the studio with --workspace and another folder.",
            )
        index = RunIndex(self._workspace)
        changed = index.refresh()
        # Others read the folders into the same index (another tab, window or the command line), and what
        # they were first to see is no change to it any more: what this desk saw last is what counts.
        is_same = index.stamps is not None and index.stamps == self._stamps
        is_same = is_same and not changed and not self._was_changing
        self._stamps, self._was_changing = index.stamps, bool(changed)
        if self._rows is not None and is_same and not any(row.is_active for row in self._rows):
            yield RunsUnchanged()
            return
        rows = tuple(index.rows())
        yield RunsUnchanged() if rows == self._rows else RunsListed(rows)
        self._rows = rows
        if index.was_rebuilt:
            yield Warned(
                "index.rebuilt",
                "The index of the runs was damaged and has been made anew from their folders; no run is lost. "
                f"The damaged file is kept as {index.damaged_path.name}.",
            )

    def _move(self, ids: tuple[str, ...], control: Control, *, deleted: bool) -> Iterator[Event]:
        moved: list[str] = []
        refused: UserError | None = None
        for run_id in ids:
            if control.should_stop:
                break
            try:
                (throw_away if deleted else put_back)(self._workspace, run_id)
                moved.append(run_id)
            except UserError as error:
                refused = error
        if moved:
            yield RunsMoved(tuple(moved), deleted)
        if refused is not None:
            raise refused
