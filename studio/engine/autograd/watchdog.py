"""Ends code that runs too long, from a second thread, by raising an exception where it is."""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

_AGAIN_AFTER = 1.0
_LOOK_EVERY = 0.05


class TimeLimitReachedError(BaseException):
    """Raised inside the code that is watched. No `Exception`, so that ``except Exception`` lets it pass."""

    is_asked_for = False


class _StopAskedForError(TimeLimitReachedError):
    is_asked_for = True


class Watchdog:
    """Watches the code of its ``with`` block, which runs on the thread that entered it.

    On a main thread a signal is used where there are signals, for it wakes the code from a
    `sleep`; elsewhere the exception comes at the next line of Python. Code that catches it and goes
    on gets it again every second; a call that never returns to Python is beyond its reach.
    """

    def __init__(self, seconds: float, should_stop: Callable[[], bool]) -> None:
        self._ends = time.monotonic() + seconds
        self._should_stop = should_stop
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._error: type[TimeLimitReachedError] | None = None
        self._target = threading.get_ident()
        self._old_handler: Any = None
        self._by_signal = threading.current_thread() is threading.main_thread() and hasattr(signal, "pthread_kill")
        self._thread = threading.Thread(target=self._watch, name="snippet watchdog", daemon=True)

    def __enter__(self) -> Self:
        if self._by_signal:
            self._old_handler = signal.signal(signal.SIGALRM, self._on_signal)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with self._lock:
                self._done.set()
            if not self._by_signal:
                # One may be on its way already; the block is over, so nobody wants it.
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._target), None)
        finally:
            self._thread.join()
            if self._by_signal:
                signal.signal(signal.SIGALRM, self._old_handler)

    def _watch(self) -> None:
        while not self._done.wait(_LOOK_EVERY):
            if self._should_stop():
                self._error = _StopAskedForError
            elif time.monotonic() >= self._ends:
                self._error = TimeLimitReachedError
            else:
                continue
            with self._lock:
                if not self._done.is_set():
                    self._raise_there()
            if self._done.wait(_AGAIN_AFTER):
                return

    def _raise_there(self) -> None:
        if self._by_signal:
            signal.pthread_kill(self._target, signal.SIGALRM)
        else:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._target), ctypes.py_object(self._error))

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if not self._done.is_set() and self._error is not None:
            raise self._error
