"""Jobs for the window: one façade that starts any job and delivers what it tells.

`JobHost.start(name, request)` gives a `Job` with two signals: `received` with the events of a
frame, coalesced, and `ended`, exactly once. One timer empties all mailboxes 25 times a second: a
signal an event made the window late by more than a second, a drained mailbox does not.
"""

from __future__ import annotations

import os
from typing import Any, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from studio.bridge.job_table import JOBS, JobKind
from studio.bridge.lanes import ChildLane, ThreadLane
from studio.spec.errors import ErrorReport
from studio.spec.events import Ended, Event, Loaded

SINGLE_PROCESS = "PYTORCH_STUDIO_SINGLE_PROCESS"
"""Environment variable: when it is 1, every job runs in a thread of the window's process."""
_DRAIN_MILLISECONDS = 40
_REFILL_MILLISECONDS = 1500
_LAST_PATIENCE_MILLISECONDS = 8000
"""The window is hidden by then; a large checkpoint may still be on its way to the disk."""
_SPARES_IN_VAIN = 2
"""So many spare children in a row may be killed before torch counts as missing."""

TorchState = Literal["loading", "ready", "missing"]


class Job(QObject):
    """One piece of work. Pages hold it, listen to it and tell it what to do."""

    received = Signal(list)
    ended = Signal(object)

    def __init__(self, name: str, kind: JobKind, lane: ThreadLane | ChildLane, parent: QObject):
        super().__init__(parent)
        self.name = name
        self.kind = kind
        self.title = kind.title
        self.is_running = True
        self.is_stopping = False
        self.is_abandoned = False
        self._lane = lane
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self.kill)

    @property
    def child_pid(self) -> int | None:
        """The process that does the work; None where a thread of this process does it."""
        return self._lane.pid

    def stop(self) -> None:
        """Ask the job to end at its next step; its process is killed if it does not within its patience."""
        if not self.is_running or self.is_stopping:
            return
        self.is_stopping = True
        self._lane.tell("stop")
        self._patience.start(int(self.kind.patience * 1000))

    def kill(self) -> None:
        """End the job's process now. A job in a thread can only be asked."""
        if self.is_running:
            self.is_stopping = True
            self._lane.kill()

    def pause(self) -> None:
        """Ask the job to wait at its next step."""
        self._lane.tell("pause")

    def resume(self) -> None:
        """Let a paused job go on."""
        self._lane.tell("resume")

    def change(self, key: str, value: Any) -> None:
        """Ask for a live change, such as ``change("optimizer.lr", 1e-4)``."""
        self._lane.tell("change", key, value)

    def send(self, message: Any) -> None:
        """Hand a request to a job that serves many."""
        self._lane.tell("send", message)

    def abandon(self) -> None:
        """Stop the job, and let nobody hear of it any more."""
        self.is_abandoned = True
        self.stop()

    def deliver(self, events: list[Event]) -> None:
        """Emit the events of one drain; called by the host."""
        ended = next((event for event in events if isinstance(event, Ended)), None)
        others = [event for event in events if not isinstance(event, Ended)]
        if ended is not None:
            self.is_running = False
            self._patience.stop()
        if self.is_abandoned:
            return
        if others:
            self.received.emit(others)
        if ended is not None:
            self.ended.emit(ended)

    def take_events(self) -> list[Event]:
        """What has gathered since the last drain."""
        return self._lane.mailbox.take()

    def join(self, milliseconds: int) -> bool:
        """Wait for the worker thread, which is about to end or has ended."""
        return bool(self._lane.worker.wait(milliseconds))

    def release(self) -> bool:
        """Belong to nobody but those who still hold it; False while its thread has not ended."""
        if not self._lane.worker.release():
            return False
        self.setParent(None)
        return True


class JobHost(QObject):
    """Starts jobs, keeps one warm child, drains all mailboxes once a frame, and ends everything."""

    torch_changed = Signal()
    job_started = Signal(object)
    job_ended = Signal(object, object)
    all_ended = Signal()
    cannot_end = Signal()
    """After `close`: a job in a thread of this process does not listen, and a thread cannot be killed."""

    def __init__(self, parent: QObject | None = None, *, single_process: bool = False):
        super().__init__(parent)
        self.single_process = single_process or os.environ.get(SINGLE_PROCESS) == "1"
        self.torch_state: TorchState = "ready" if self.single_process else "loading"
        self.torch_about: dict[str, Any] = {}
        self.torch_error: ErrorReport | None = None
        self._jobs: list[Job] = []
        self._spare: ChildLane | None = None
        self._lost_spares = 0
        self._ended: list[Job] = []
        self._discarded: list[ChildLane] = []
        self._is_closing = False
        self._drain = QTimer(self)
        self._drain.setInterval(_DRAIN_MILLISECONDS)
        self._drain.timeout.connect(self._on_drain)
        self._refill = QTimer(self)
        self._refill.setSingleShot(True)
        self._refill.setInterval(_REFILL_MILLISECONDS)
        self._refill.timeout.connect(self.warm)
        self._last_patience = QTimer(self)
        self._last_patience.setSingleShot(True)
        self._last_patience.setInterval(_LAST_PATIENCE_MILLISECONDS)
        self._last_patience.timeout.connect(self._on_patience_over)

    @property
    def running(self) -> list[Job]:
        """Jobs that work for the user now; those in the background are left out."""
        return [job for job in self._jobs if job.is_running and not job.kind.background]

    @property
    def is_closing(self) -> bool:
        """Whether the window closes: nothing is started any more, not even in place of a job that ended."""
        return self._is_closing

    @property
    def has_ended_all(self) -> bool:
        """Whether no job, no thread and no child is left."""
        return not self._jobs and not self._ended and self._spare is None and not self._discarded

    def warm(self) -> None:
        """Start the spare child, unless it is there, so that the next job starts at once."""
        if self.single_process or self._is_closing or self._spare is not None:
            return
        self._spare = ChildLane(self)
        self._drain.start()

    def start(self, name: str, request: Any) -> Job:
        """Start a job by its name in the job table. In the window, call it from the GUI thread.

        Raises:
            KeyError: there is no job of that name.
        """
        kind = JOBS[name]
        lane: ThreadLane | ChildLane
        if kind.place == "thread" or self.single_process:
            lane = ThreadLane(kind.target, request, self)
        else:
            if self._spare is not None and self._spare.worker.isFinished():
                self._discarded.append(self._spare)  # it died while it waited; a fresh one may live
                self._spare = None
            self.warm()
            assert self._spare is not None, "jobs are not started while the window closes"
            lane, self._spare = self._spare, None
            lane.give(kind.target, request)
            self._refill.start()
        job = Job(name, kind, lane, self)
        self._jobs.append(job)
        self._drain.start()
        self.job_started.emit(job)
        if self._is_closing:
            job.stop()  # a page that hears of the end of another job must not hold the window open
        return job

    def close(self) -> None:
        """Stop everything; `all_ended` comes once no thread and no child is left, within 8 s."""
        self._is_closing = True
        self._refill.stop()
        if self._spare is not None:
            self._spare.kill()
            self._discarded.append(self._spare)
            self._spare = None
        for job in list(self._jobs):
            job.stop()
        self._last_patience.start()
        self._drain.start()

    def _on_drain(self) -> None:
        if self._spare is not None:
            self._look_at_spare(self._spare)
        for job in list(self._jobs):
            events = job.take_events()
            for event in events:
                if isinstance(event, Loaded):
                    self._set_torch("ready", event.about)
            ended = next((event for event in events if isinstance(event, Ended)), None)
            if ended is not None:
                self._forget(job, ended)
            if events:
                job.deliver(events)
            if ended is not None:
                self.job_ended.emit(job, ended)
                self._ended.append(job)
        self._ended = [job for job in self._ended if not job.release()]
        self._discarded = [lane for lane in self._discarded if not lane.worker.release()]
        if self._is_closing and self.has_ended_all:
            self._drain.stop()
            self._last_patience.stop()
            self.all_ended.emit()
        elif not self._jobs and not self._ended and self.torch_state != "loading" and not self._is_closing:
            self._drain.stop()

    def _look_at_spare(self, spare: ChildLane) -> None:
        for event in spare.mailbox.take():
            if isinstance(event, Loaded):
                self._lost_spares = 0
                self._set_torch("ready", event.about)
            elif isinstance(event, Ended):
                self._spare = None
                self._discarded.append(spare)
                self._on_spare_lost(event.error)

    def _on_spare_lost(self, error: ErrorReport | None) -> None:
        """It died before it had a job: torch is missing, or it was killed, which says nothing of torch."""
        self._lost_spares += 1
        was_killed = error is not None and error.name in ("process.killed", "process.ended")
        if was_killed and self._lost_spares <= _SPARES_IN_VAIN and not self._is_closing:
            self._refill.start()
        else:
            self._set_torch("missing", {}, error)

    def _set_torch(self, state: TorchState, about: dict[str, Any], error: ErrorReport | None = None) -> None:
        changed = state != self.torch_state or error != self.torch_error
        self.torch_state, self.torch_error = state, error
        self.torch_about = about or self.torch_about
        if changed:
            self.torch_changed.emit()

    def _forget(self, job: Job, ended: Ended) -> None:
        # Everything was said, so the thread has only to return.
        job.join(1000)
        self._jobs.remove(job)
        if ended.error is not None and ended.error.name == "torch.missing":
            self._set_torch("missing", {}, ended.error)

    def _on_patience_over(self) -> None:
        for job in list(self._jobs):
            job.kill()
        if any(job.child_pid is None for job in self._jobs):
            self.cannot_end.emit()
