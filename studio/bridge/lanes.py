"""Where a job runs: a worker thread that does it itself, or one that supervises a child process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
            self._pump(self._mailbox.put)
        except BaseException as error:  # a worker that died silently would leave its page waiting for ever
            self._mailbox.put(Ended("failed", error=report(error)))
        # No effect after a proper end, because a mailbox closes with its first `Ended`.
        self._mailbox.put(Ended("failed", error=ErrorReport("The work ended without a word.")))


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
    """A child process and the thread that reads it. It is warm before it is given its job."""

    def __init__(self, parent: QObject):
        self._child = Child()
        self.pid: int | None = self._child.pid
        self.mailbox = Coalescer()
        self.worker = Worker(self._child.pump, self.mailbox, parent)
        self.worker.start()

    def give(self, target: str, request: Any) -> None:
        """Hand over the job; it starts as soon as the child has loaded torch."""
        self._child.send("run", target, request)

    def tell(self, verb: str, *arguments: Any) -> None:
        """Send a verb to the job's control."""
        self._child.send(verb, *arguments)

    def kill(self) -> bool:
        """End the process, and whatever it started, now."""
        self._child.kill()
        return True
