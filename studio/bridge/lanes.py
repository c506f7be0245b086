"""Where a job runs: a worker thread that does it itself, or one that supervises a child process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QThread

from studio.bridge.children import Child
from studio.spec.coalescing import Coalescer
from studio.spec.errors import ErrorReport, report
from studio.spec.events import Ended, Event
from studio.spec.job import Control, drive, resolve

Put = Callable[[Event], None]


class Worker(QThread):
    """Carries one job: calls `pump`, which hands events to the mailbox until the job has ended."""

    def __init__(self, pump: Callable[[Put], None], mailbox: Coalescer, parent: QObject):
        super().__init__(parent)
        self._pump = pump
        self._mailbox = mailbox

    def run(self) -> None:
        """The thread's body."""
        try:
            self._pump(self._mailbox.put)  # once: `release` takes it away
        except BaseException as error:  # a worker that died silently would leave its page waiting for ever
            self._mailbox.put(Ended("failed", error=report(error)))
        # No effect after a proper end, because a mailbox closes with its first `Ended`.
        self._mailbox.put(Ended("failed", error=ErrorReport("The work ended without a word.")))

    def release(self) -> bool:
        """Let go of the job once its thread has ended; False while it has not.

        The pump belongs to the lane and the lane to this thread: without the circle both go at
        once with the last one who holds them, on the GUI thread, instead of some time in any thread.
        """
        if not self.isFinished():
            return False
        self._pump = _nothing
        self.setParent(None)
        return True


def _nothing(_put: Put) -> None:
    """What a worker does that has done its work."""


class ThreadLane:
    """Runs a job in a thread of this process. It can be asked to stop, never forced."""

    pid: int | None = None

    def __init__(self, target: str, request: Any, parent: QObject):
        self._target = target
        self._request = request
        self._control = Control()
        self.mailbox = Coalescer()
        self.worker = Worker(self._pump, self.mailbox, parent)
        self.worker.start()

    def tell(self, verb: str, *arguments: Any) -> None:
        """Call the job's control."""
        getattr(self._control, verb)(*arguments)

    def kill(self) -> bool:
        """Ask the job to stop; a thread cannot be killed."""
        self._control.stop()
        return False

    def _pump(self, put: Put) -> None:
        drive(self._resolved, self._request, self._control, put)

    def _resolved(self, request: Any, control: Control) -> Iterator[Event]:
        return resolve(self._target)(request, control)


class ChildLane:
    """A child process and the thread that reads it. It is warm before it is given its job.

    Where the system starts no process (memory, limits), the lane is there all the same and says so.
    """

    def __init__(self, parent: QObject):
        self._child: Child | None = None
        self.pid: int | None = None
        self.mailbox = Coalescer()
        pump: Callable[[Put], None]
        try:
            self._child = Child()
        except OSError as error:
            pump = partial(_say_not_started, error)
        else:
            self.pid, pump = self._child.pid, self._child.pump
        self.worker = Worker(pump, self.mailbox, parent)
        self.worker.start()

    def give(self, target: str, request: Any) -> None:
        """Hand over the job; it starts as soon as the child has loaded torch."""
        self.tell("run", target, request)

    def tell(self, verb: str, *arguments: Any) -> None:
        """Send a verb to the job's control."""
        if self._child is not None:
            self._child.send(verb, *arguments)

    def kill(self) -> bool:
        """End the process, and whatever it started, now."""
        if self._child is not None:
            self._child.kill()
        return True


def _say_not_started(error: OSError, put: Put) -> None:
    put(
        Ended(
            "failed",
            error=ErrorReport(
                "No process could be started for the work.",
                f"The system says: {error.strerror or error}.",
                "Close other programs, then try again; nothing was lost.",
                name="process.not_started",
            ),
        )
    )
