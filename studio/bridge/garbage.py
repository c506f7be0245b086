"""Collects garbage on the GUI thread only.

Python collects in whichever thread happens to allocate. Where that is a worker's, a widget that only a
circle of references kept is destroyed there, and Qt aborts the process or loses its timers.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_LOOK_MILLISECONDS = 500


class GarbageCollector(QObject):
    """Does what Python's own collector would do, at the same thresholds, while it is at work."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MILLISECONDS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Take over from Python's own collector."""
        gc.disable()
        # What makes up the window stays as long as the process: it need not be looked through each time.
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """Give the work back to Python."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def look(self) -> None:
        """Collect the oldest generation that is due, and the younger ones with it."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        due = [age for age in (2, 1, 0) if thresholds[age] and counts[age] > thresholds[age]]
        if due:
            gc.collect(due[0])
