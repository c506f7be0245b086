"""What a test may leave behind in its process: nothing. Threads, child processes, top-level widgets."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psutil

_PATIENCE = 3.0
"""Seconds in which what is ending may end."""

_STAYS = (
    "tqdm_monitor",  # one watcher a process, kept by tqdm for ever
    "pytest_timeout",  # the clock of the test itself
)
_SERVANTS = (
    "multiprocessing.resource_tracker",  # one a process, kept by Python until the end
    "multiprocessing.forkserver",
    "Xvfb",
    "compile_worker",  # the pool of torch's compiler, kept until the end
)


@dataclass(frozen=True)
class Leftovers:
    """What was there at one moment: identities, so that nothing is kept alive by being counted."""

    threads: frozenset[int | None]
    children: frozenset[int]
    widgets: frozenset[int]

    @staticmethod
    def now() -> Leftovers:
        """What is there now."""
        return Leftovers(
            frozenset(thread.ident for thread in threading.enumerate()),
            frozenset(child.pid for child in _children()),
            frozenset(id(widget) for widget in _top_level_widgets()),
        )

    def left_since(self) -> list[str]:
        """One line for each thing that came since and is still there, after it had time to end."""
        _delete_what_is_due()
        return [
            *(f"widget {name}" for name in self._new_widgets()),
            *(f"QThread {name}" for name in _running_qthreads()),
            *(f"thread {name}" for name in self._new_threads()),
            *(f"process {name}" for name in self._new_children()),
        ]

    def _new_threads(self) -> list[str]:
        names = []
        for thread in threading.enumerate():
            # Python 3.11 never forgets the stand-in of a foreign thread (a QThread's), ended or not.
            if isinstance(thread, threading._DummyThread) or thread.name.startswith(_STAYS):
                continue
            if thread.ident not in self.threads and thread is not threading.current_thread():
                thread.join(_PATIENCE)
                if thread.is_alive():
                    names.append(f"{thread.name} ({type(thread).__module__}.{type(thread).__qualname__})")
        return names

    def _new_children(self) -> list[str]:
        new = [child for child in _children() if child.pid not in self.children]
        _, alive = psutil.wait_procs(new, timeout=_PATIENCE)
        return [f"{child.pid}: {_command(child)}" for child in alive]

    def _new_widgets(self) -> list[str]:
        def left() -> list[Any]:
            return [widget for widget in _top_level_widgets() if id(widget) not in self.widgets]

        if left():
            gc.collect()
            _delete_what_is_due()
        return [f"{type(widget).__qualname__} {widget.objectName()!r}" for widget in left()]


def _children() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [child for child in children if not any(servant in _command(child) for servant in _SERVANTS)]


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _qt(module: str) -> Any | None:
    """A module of Qt, only where a test has imported it and made an application."""
    core = sys.modules.get("PySide6.QtCore")
    if core is None or core.QCoreApplication.instance() is None:
        return None
    return sys.modules.get(module)


def _top_level_widgets() -> list[Any]:
    widgets = _qt("PySide6.QtWidgets")
    if widgets is None or not isinstance(widgets.QApplication.instance(), widgets.QApplication):
        return []
    # The tool tip is one widget for the whole application, kept by Qt.
    return [w for w in widgets.QApplication.topLevelWidgets() if w.metaObject().className() != "QTipLabel"]


def _delete_what_is_due() -> None:
    core = _qt("PySide6.QtCore")
    if core is not None:
        core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete.value)


def _running_qthreads() -> list[str]:
    core, shiboken = _qt("PySide6.QtCore"), sys.modules.get("shiboken6")
    if core is None or shiboken is None:
        return []
    every: Callable[[], list[Any]] = shiboken.getAllValidWrappers
    threads = [t for t in every() if isinstance(t, core.QThread) and t is not core.QThread.currentThread()]
    return [f"{type(t).__qualname__} {t.objectName()!r}" for t in threads if not t.wait(int(_PATIENCE * 1000))]
