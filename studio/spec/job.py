"""A job: a function that yields events and listens to a control. No Qt, no thread, no process needed.

    def run(request, control) -> Iterator[Event]: ...

Called from a test, a script or the command line it is an ordinary generator; the window runs the
very same function in a child process. `drive` gives every caller the same promise: exactly one
`Ended`, whatever the function did.
"""

from __future__ import annotations

import importlib
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any

from studio.spec.errors import report
from studio.spec.events import Ended, Event

JobFunction = Callable[[Any, "Control"], Iterator[Event]]


class Control:
    """What a running job is told from outside; safe to use from any thread.

    The job looks at it between its steps: `should_stop`, `wait_while_paused`, `take_changes`, and,
    for a job that serves requests, `receive`.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stop = False
        self._paused = False
        self._changes: dict[str, Any] = {}
        self._messages: deque[Any] = deque()

    def stop(self) -> None:
        """Ask the job to end at its next step."""
        with self._changed:
            self._stop = True
            self._changed.notify_all()

    def pause(self) -> None:
        """Ask the job to wait at its next step."""
        with self._changed:
            self._paused = True
            self._changed.notify_all()

    def resume(self) -> None:
        """Let a paused job go on."""
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    def change(self, key: str, value: Any) -> None:
        """Ask for a live change, such as ``change("optimizer.lr", 1e-4)``; the last one a key wins."""
        with self._changed:
            self._changes[key] = value
            self._changed.notify_all()

    def send(self, message: Any) -> None:
        """Hand a request to a job that serves many, such as a loaded model."""
        with self._changed:
            self._messages.append(message)
            self._changed.notify_all()

    @property
    def should_stop(self) -> bool:
        """Whether the job is asked to end."""
        return self._stop

    @property
    def is_paused(self) -> bool:
        """Whether the job is asked to wait."""
        return self._paused

    def wait_while_paused(self) -> None:
        """Return once the job may go on, or is asked to stop."""
        with self._changed:
            self._changed.wait_for(lambda: self._stop or not self._paused)

    def take_changes(self) -> dict[str, Any]:
        """The live changes asked for since the last call; usually empty, and then free."""
        if not self._changes:
            return {}
        with self._changed:
            changes, self._changes = self._changes, {}
        return changes

    def receive(self, timeout: float | None = None) -> Any | None:
        """The next message, waiting up to `timeout` seconds (None: for ever); None on stop or time-out."""
        with self._changed:
            self._changed.wait_for(lambda: self._stop or bool(self._messages), timeout)
            return self._messages.popleft() if self._messages and not self._stop else None


def resolve(name: str) -> JobFunction:
    """The function that a job name such as ``"studio.engine.training.job:run"`` stands for.

    Raises:
        ImportError: the module is missing or cannot be imported.
        AttributeError: the module has no such function.
    """
    module, _, attribute = name.partition(":")
    function: JobFunction = getattr(importlib.import_module(module), attribute)
    return function


def drive(function: JobFunction, request: Any, control: Control, emit: Callable[[Event], None]) -> Ended:
    """Run a job to its end, hand every event to `emit`, and give the last one back.

    Exactly one `Ended` is emitted, for whatever the job did: returned without one, raised any
    exception (`SystemExit` and `KeyboardInterrupt` too), or went on yielding after its end.
    What `emit` raises is no error of the job: it ends the job and goes on to the caller.
    """
    ended = Ended("failed")
    with closing(_events_and_end(function, request, control)) as events:
        for event in events:
            emit(event)
            if isinstance(event, Ended):
                ended = event
    return ended


def _events_and_end(function: JobFunction, request: Any, control: Control) -> Generator[Event, None, None]:
    """What a job yields, and exactly one `Ended` as the last of it."""
    try:
        for event in function(request, control):
            if isinstance(event, Ended):
                break
            yield event
        else:
            event = Ended("stopped" if control.should_stop else "finished")
    except GeneratorExit:
        raise
    except KeyboardInterrupt:
        event = Ended("stopped")
    except BaseException as error:
        event = Ended("failed", error=report(error))
    yield event
