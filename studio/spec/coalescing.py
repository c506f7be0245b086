"""Many events become few: what a reader that is slower than the work still needs to know.

A job may emit ten thousand events a second; a window wants one update a frame. Newer progress
replaces older, points of a curve are joined, a newer picture of the same name replaces the older,
printed text is joined and capped. Every other event is kept, in order.
"""

from __future__ import annotations

import threading
from array import array

from studio.spec.events import Ended, Event, Measured, Pictured, Printed, Progressed, Series

PRINT_LIMIT = 1_000_000
"""Characters of printed text that one job may send; the rest is dropped, and said so."""


class Coalescer:
    """A mailbox between the thread that works and the one that shows; safe to use from both."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._pending: list[Event] = []
        self._growing: Measured | None = None
        self._printed = 0
        self._ended = False

    def put(self, event: Event) -> None:
        """Add an event; nothing is taken after the first `Ended`."""
        with self._arrived:
            if self._ended:
                return
            self._ended = isinstance(event, Ended)
            self._add(event)
            self._arrived.notify_all()

    def take(self) -> list[Event]:
        """What has gathered since the last call, in order."""
        with self._arrived:
            pending, self._pending = self._pending, []
            self._growing = None
            return pending

    def wait(self, timeout: float | None = None) -> bool:
        """Return once something has gathered (True), or the time is over (False)."""
        with self._arrived:
            return self._arrived.wait_for(lambda: bool(self._pending), timeout)

    def _add(self, event: Event) -> None:
        if isinstance(event, Progressed):
            self._pending = [old for old in self._pending if not isinstance(old, Progressed)]
        elif isinstance(event, Pictured):
            self._pending = [
                old for old in self._pending if not (isinstance(old, Pictured) and old.name == event.name)
            ]
        elif isinstance(event, Measured):
            self._add_measured(event)
            return
        elif isinstance(event, Printed):
            self._add_printed(event)
            return
        self._pending.append(event)

    def _add_measured(self, event: Measured) -> None:
        # The joined points are this mailbox's own arrays, so that a point costs an append and not a copy.
        if self._growing is None:
            self._growing = Measured({})
            self._pending.append(self._growing)
        for name, points in event.series.items():
            joined = self._growing.series.setdefault(name, Series(array("d"), array("d")))
            joined.steps.extend(points.steps)
            joined.values.extend(points.values)

    def _add_printed(self, event: Printed) -> None:
        room = PRINT_LIMIT - self._printed
        if room <= 0:
            return
        self._printed += len(event.text)
        text = event.text if len(event.text) <= room else event.text[:room] + "\n… more was printed and dropped.\n"
        last = self._pending[-1] if self._pending else None
        if isinstance(last, Printed) and last.stream == event.stream:
            self._pending[-1] = Printed(last.text + text, event.stream)
        else:
            self._pending.append(Printed(text, event.stream))
