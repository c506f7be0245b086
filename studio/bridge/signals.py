"""Ctrl+C in the terminal and the system's polite request to end become one Qt signal."""

from __future__ import annotations

import contextlib
import signal
import socket

from PySide6.QtCore import QObject, QSocketNotifier, Signal


class SignalListener(QObject):
    """Emits `asked_to_end` on SIGINT, SIGTERM and, where there is one, SIGHUP.

    Python runs its signal handlers only between its own instructions, and Qt's event loop is none
    of these; so the signal is written into a socket that Qt watches.
    """

    asked_to_end = Signal()

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_activated)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._ignore)

    @staticmethod
    def _ignore(number: int, frame: object) -> None:
        """The work is done by the socket; without a handler Python would raise or end."""

    def _on_activated(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._reader.recv(64)
        self.asked_to_end.emit()
