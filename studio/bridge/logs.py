"""One funnel for everything unexpected: Python's hooks, threads' hooks, Qt's messages, hard crashes."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from studio.runs.processes import is_alive
from studio.spec.errors import ErrorReport, report

logger = logging.getLogger("studio")
_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class Funnel(QObject):
    """Catches what nobody else caught and tells the window, from whichever thread it came."""

    caught = Signal(object)
    logged = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None):
        super().__init__(parent)
        self._folder = folder
        self._crash_path = folder / f"crash-{os.getpid()}.log"
        self._crash_file: IO[str] | None = None
        self._file_handler: logging.Handler | None = None
        self._line_handler = _LineHandler(self)
        self._line_handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))

    def install(self) -> ErrorReport | None:
        """Take over the hooks; returns the report of the last session's crash, if it crashed."""
        crash = self._open_files()
        logging.getLogger().addHandler(self._line_handler)
        logging.getLogger().setLevel(logging.INFO)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        qInstallMessageHandler(self._on_qt_message)
        return crash

    def uninstall(self) -> None:
        """Give the hooks back, and note that this session ended well."""
        logging.getLogger().removeHandler(self._line_handler)
        if self._file_handler is not None:
            logging.getLogger().removeHandler(self._file_handler)
            self._file_handler.close()
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(None)
        if self._crash_file is not None:
            faulthandler.disable()
            self._crash_file.close()
            self._crash_file = None
            with contextlib.suppress(OSError):
                self._crash_path.unlink()

    def _open_files(self) -> ErrorReport | None:
        crash: ErrorReport | None = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if text := self._left_by_crashes():
                crash = ErrorReport(
                    "The studio crashed last time.",
                    "What was running then is in its run folder up to the last checkpoint.",
                    "Interrupted runs can be resumed in the Runs tab.",
                    text,
                    "window.crashed",
                )
            self._crash_file = self._crash_path.open("w", encoding="utf-8")
            faulthandler.enable(self._crash_file, all_threads=True)
            self._file_handler = RotatingFileHandler(
                self._folder / "studio.log", maxBytes=1_000_000, backupCount=2, encoding="utf-8"
            )
            self._file_handler.setFormatter(self._line_handler.formatter)
            logging.getLogger().addHandler(self._file_handler)
        except OSError:
            logger.info("The log folder %s cannot be written; this session keeps no log file.", self._folder)
        return crash

    def _left_by_crashes(self) -> str:
        """What windows wrote down while they crashed; said once. Those that still run keep theirs."""
        texts = []
        for path in sorted(self._folder.glob("crash-*.log")):
            owner = path.stem.removeprefix("crash-")
            if path != self._crash_path and owner.isdigit() and is_alive(int(owner)):
                continue
            texts.append(path.read_text("utf-8", "replace").strip())
            path.unlink()
        return "\n\n".join(filter(None, texts))

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        logger.error("Unexpected: %s", error, exc_info=(kind, error, trace))
        self.caught.emit(report(error))

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._on_exception(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _on_qt_message(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        logging.getLogger("qt").log(_QT_LEVELS.get(kind, logging.INFO), "%s", text)


class _LineHandler(logging.Handler):
    """Hands log lines to the window."""

    def __init__(self, funnel: Funnel):
        super().__init__(logging.INFO)
        self._funnel = funnel

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(RuntimeError):  # the window may be gone while a thread still logs
            self._funnel.logged.emit(self.format(record))
