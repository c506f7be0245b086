"""What the Runs tab knows: the list, what is selected, what is asked of the job that serves runs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from studio.bridge.jobs import Job, JobHost
from studio.runs.index_job import (
    AdoptRun,
    DeleteRuns,
    EmptyTrash,
    ListRuns,
    ReadRun,
    Refused,
    RestoreRuns,
    RunAdopted,
    RunRead,
    RunsListed,
    RunsMoved,
    RunsUnchanged,
    ServeRuns,
    TrashEmptied,
)
from studio.runs.row import RunRow
from studio.runs.state import RunStatus
from studio.spec.errors import ErrorReport
from studio.spec.events import Ended, Event, Warned
from studio.ui.pages.runs.wording import COLUMNS, STARTED, matches

POLL_MILLISECONDS = 1500
COMPARED_AT_MOST = 8
"""Runs of one comparison: more curves could not be told apart."""


class RunsPresenter(QObject):
    """State of the page; it renders what it finds here when a signal says so."""

    listed = Signal()
    """`shown` changed."""
    selection_changed = Signal()
    """`selected` changed."""
    details_changed = Signal()
    """`details` of a selected run arrived."""
    runs_moved = Signal(tuple, bool)
    """Runs were deleted (True) or put back (False)."""
    trash_emptied = Signal(int)
    """So many runs are gone for good."""
    refused = Signal(object)
    """An error report; None once the list can be read again."""
    warned = Signal(str, str)
    """A warning's name and text."""

    def __init__(self, host: JobHost, root: Path, parent: QObject | None = None):
        super().__init__(parent)
        self._host = host
        self._root = root
        self._job: Job | None = None
        self._is_listing = False
        self._asks_again = False
        self._list_error: ErrorReport | None = None
        self._wanted: str | None = None
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MILLISECONDS)
        self._poll.timeout.connect(self.refresh)
        self.is_loaded = False
        self.rows: tuple[RunRow, ...] = ()
        self._by_id: dict[str, RunRow] = {}
        self.shown: list[RunRow] = []
        self.filter = ""
        self.status: RunStatus | None = None
        self.sort_column = STARTED
        self.is_descending = True
        self.selected: list[str] = []
        self.details: dict[str, RunRead] = {}

    @property
    def current(self) -> RunRow | None:
        """The run that was selected last."""
        return self.row(self.selected[-1]) if self.selected else None

    def row(self, run_id: str) -> RunRow | None:
        """A run of the list by its ID."""
        return self._by_id.get(run_id)

    @property
    def selected_rows(self) -> list[RunRow]:
        """The selected runs, in the order in which they were selected."""
        return [row for run_id in self.selected if (row := self.row(run_id)) is not None]

    @property
    def compared(self) -> list[RunRead]:
        """The selected runs whose details are here, as many as a comparison takes."""
        return [self.details[run_id] for run_id in self.selected[:COMPARED_AT_MOST] if run_id in self.details]

    @property
    def script(self) -> str:
        """The current run as a plain PyTorch script; "" where it is not known."""
        read = self.details.get(self.selected[-1]) if self.selected else None
        return read.details.script if read is not None else ""

    @property
    def can_resume(self) -> bool:
        """Whether the current run ended before its time."""
        row = self.current
        return len(self.selected) == 1 and row is not None and row.status in ("stopped", "interrupted", "failed")

    @property
    def can_delete(self) -> bool:
        """Whether all selected runs have ended."""
        return bool(self.selected) and not any(row.is_active for row in self.selected_rows)

    def set_watching(self, is_watching: bool) -> None:
        """Look for changes from time to time, while the page is seen."""
        if is_watching:
            self._poll.start()
            self.refresh()
        else:
            self._poll.stop()

    def refresh(self) -> None:
        """Ask for the list. Nothing is asked while the page is not seen: showing it asks anyway."""
        if not self._poll.isActive():
            return
        if self._is_listing:
            self._asks_again = True
            return
        self._is_listing = True
        self._send(ListRuns())

    def set_filter(self, words: str) -> None:
        """Show only runs in which all these words occur."""
        self.filter = words.strip()
        self._arrange()

    def set_status(self, status: RunStatus | None) -> None:
        """Show only runs of this state; None: of all."""
        self.status = status
        self._arrange()

    def sort_by(self, column: int, is_descending: bool) -> None:
        """Sort the list by a column of `COLUMNS`."""
        self.sort_column, self.is_descending = column, is_descending
        self._arrange()

    def select(self, run_ids: list[str]) -> None:
        """Select runs; those that were selected keep their places, new ones come last."""
        wanted, before = set(run_ids), set(self.selected)
        chosen = [run_id for run_id in self.selected if run_id in wanted]
        chosen += [run_id for run_id in run_ids if run_id not in before]
        if chosen == self.selected:
            return
        self.selected = chosen
        self.details = {run_id: read for run_id, read in self.details.items() if run_id in wanted}
        self.selection_changed.emit()
        for run_id in self._read_in_full():
            if run_id not in self.details:
                self._send(ReadRun(run_id))

    def show_run(self, run_id: str) -> None:
        """Select a run as soon as it is in the list, and take filters away that hide it."""
        self._wanted = run_id
        self._select_wanted()
        self.refresh()

    def delete(self, run_ids: list[str]) -> None:
        """Move runs to the trash."""
        self._send(DeleteRuns(tuple(run_ids)))

    def restore(self, run_ids: list[str]) -> None:
        """Move runs back from the trash."""
        self._send(RestoreRuns(tuple(run_ids)))

    def empty_trash(self) -> None:
        """Remove the runs for good that were deleted."""
        self._send(EmptyTrash())

    def adopt(self, path: Path) -> None:
        """Copy a run folder from elsewhere into the workspace."""
        self._send(AdoptRun(path))

    def _send(self, request: object) -> None:
        if self._job is None or not self._job.is_running:
            self._job = self._host.start("index", ServeRuns(self._root))
            self._job.received.connect(self._on_received)
            self._job.ended.connect(self._on_ended)
        self._job.send(request)

    def _on_received(self, events: list[Event]) -> None:
        if self.sender() is not self._job:
            return
        for event in events:
            match event:
                case RunsListed(rows):
                    self._take_rows(rows)
                case RunRead() if event.details.row.id in self.selected:
                    self.details[event.details.row.id] = event
                    self.details_changed.emit()
                case RunsMoved(ids, deleted):
                    self.refresh()
                    self.runs_moved.emit(ids, deleted)
                case TrashEmptied(count):
                    self.trash_emptied.emit(count)
                case RunAdopted(run_id):
                    self.show_run(run_id)
                case Refused(request, error):
                    self._on_refused(request, error)
                case Warned(name, text):
                    self.warned.emit(name, text)
            if isinstance(event, RunsListed | RunsUnchanged):
                self._on_list_done(None)

    def _on_ended(self, ended: Ended) -> None:
        self._is_listing = False
        self._asks_again = False
        if ended.error is not None:
            self.refused.emit(ended.error)

    def _on_list_done(self, error: ErrorReport | None) -> None:
        self._is_listing = False
        if not self.is_loaded:
            self.is_loaded = True
            self.listed.emit()
        # The list is asked for again and again: the same trouble is said once, and its end too.
        said, self._list_error = self._list_error, error
        if (said and said.name) != (error and error.name):
            self.refused.emit(error)
        if self._asks_again:
            self._asks_again = False
            self.refresh()

    def _on_refused(self, request: object, error: ErrorReport) -> None:
        if isinstance(request, ListRuns):
            self._on_list_done(error)
            return
        if isinstance(request, ReadRun) and error.name == "run.unknown":
            # Its folder was deleted by someone else: the list is out of date.
            self.refresh()
        self.refused.emit(error)

    def _take_rows(self, rows: tuple[RunRow, ...]) -> None:
        before = self._by_id
        is_first = not self.is_loaded
        self.rows, self._by_id = rows, {row.id: row for row in rows}
        self.is_loaded = True
        self._arrange()
        self.select([run_id for run_id in self.selected if run_id in self._by_id])
        for run_id in self._read_in_full():
            if before.get(run_id) != self.row(run_id):
                self._send(ReadRun(run_id))
        self._select_wanted()
        if is_first and self.shown and not self.selected:
            self.select([self.shown[0].id])

    def _read_in_full(self) -> list[str]:
        """The selected runs that are shown with all that is known: those compared, and the current one."""
        return list(dict.fromkeys([*self.selected[:COMPARED_AT_MOST], *self.selected[-1:]]))

    def _select_wanted(self) -> None:
        row = self.row(self._wanted) if self._wanted else None
        if row is None:
            return
        self._wanted = None
        if row not in self.shown:
            self.filter, self.status = "", None
            self._arrange()
        self.selected = [run_id for run_id in self.selected if run_id == row.id]
        self.select([row.id])

    def _arrange(self) -> None:
        column = COLUMNS[self.sort_column]
        # Rows come newest first; sorting keeps the order of equal cells, which is then theirs.
        shown = list(self.rows if self.is_descending else reversed(self.rows))
        if self.status is not None:
            shown = [row for row in shown if row.status == self.status]
        if self.filter:
            shown = [row for row in shown if matches(row, self.filter)]
        shown.sort(key=column.key, reverse=self.is_descending)
        self.shown = shown
        self.listed.emit()
