"""A child process for one job: started from the GUI thread, spoken to over pipes, always ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import studio
from studio.spec.errors import ErrorReport
from studio.spec.events import Ended, Event, Printed
from studio.spec.wire import BrokenWireError, read_frame, write_frame

_DETAIL_LINES = 60


class Child:
    """A warm child process. It loads torch at once and runs the one job that it is given.

    It must be started in a thread that lives as long as the window does (the GUI thread): Linux
    ends it when the *thread* that started it ends.
    """

    def __init__(self) -> None:
        root = str(Path(studio.__file__).resolve().parent.parent)
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        # A torch that was told to use a GPU only, or a locale without UTF-8, must not break the pipes.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "studio.engine.isolation"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # a kill then reaches what user code started as well
        )
        self._write_lock = threading.Lock()
        self._last_lines: deque[str] = deque(maxlen=_DETAIL_LINES)
        self._killed = False

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def send(self, *message: Any) -> None:
        """Send a verb and its arguments; a child that is gone is noticed by its reader."""
        with self._write_lock, contextlib.suppress(BrokenWireError):
            write_frame(cast("Any", self._process.stdin), message)

    def pump(self, put: Callable[[Event], None]) -> None:
        """Read events until the process ends; called in a worker thread. Puts exactly one `Ended`."""
        printer = threading.Thread(target=self._read_prints, args=(put,), name="child-prints", daemon=True)
        printer.start()
        ended: Ended | None = None
        while ended is None:
            try:
                events = read_frame(cast("Any", self._process.stdout))
            except BrokenWireError:
                break
            for event in events:
                if isinstance(event, Ended):
                    ended = event
                else:
                    put(event)
        is_cut_off = False
        if ended is None and not self._killed:
            try:
                self._process.wait(timeout=2.0)
            except subprocess.TimeoutExpired:
                is_cut_off = not self._killed  # it lives, but what it says cannot be understood any more
        self.kill_group()
        code = self._process.wait()
        printer.join(timeout=2.0)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError):
                cast("Any", stream).close()
        put(ended or (self._cut_off() if is_cut_off else self._lost(code)))

    def kill(self) -> None:
        """End the process now, and whatever it started."""
        self._killed = True
        self.kill_group()

    def kill_group(self) -> None:
        """End the process and those that it left behind."""
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def _read_prints(self, put: Callable[[Event], None]) -> None:
        stream = cast("Any", self._process.stderr)
        while True:
            try:
                data = stream.read1(65536)
            except (OSError, ValueError):
                return
            if not data:
                return
            text = data.decode("utf-8", "replace")
            self._last_lines.extend(text.splitlines())
            put(Printed(text, "stderr"))

    def _cut_off(self) -> Ended:
        return Ended(
            "failed",
            error=ErrorReport(
                "The process that did the work could not be understood any more, and was ended.",
                "Something in it wrote into the studio's own pipe.",
                "What was saved is kept; the details hold the last lines that it printed.",
                "\n".join(self._last_lines),
                "process.cut_off",
            ),
        )

    def _lost(self, code: int) -> Ended:
        if self._killed:
            return Ended("stopped", {"killed": True})
        details = "\n".join(self._last_lines)
        if code == -signal.SIGKILL if hasattr(signal, "SIGKILL") else False:
            return Ended(
                "failed",
                error=ErrorReport(
                    "The process that did the work was killed.",
                    "Mostly this means that the computer ran out of memory, or somebody ended it.",
                    "Use a smaller batch or model, then start again; what was saved is kept.",
                    details,
                    "process.killed",
                ),
            )
        how = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        return Ended(
            "failed",
            error=ErrorReport(
                f"The process that did the work ended unexpectedly, {how}.",
                "The code in it, or a library, ended the process.",
                "What was saved is kept; the details hold the last lines that it printed.",
                details,
                "process.ended",
            ),
        )
