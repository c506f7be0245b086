"""Jobs that behave and misbehave, for the host's tests; they run in real threads and real children."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

from studio.spec.errors import UserError
from studio.spec.events import Ended, Event, Measured, Paused, Printed, Progressed, Resumed, Series, Started
from studio.spec.job import Control


def run(request: dict[str, Any], control: Control) -> Iterator[Event]:
    """Do what the request's verb says."""
    yield Started({"pid": os.getpid(), "has_torch": "torch" in sys.modules})
    yield from _VERBS[request["verb"]](request, control)


def _count(request: dict[str, Any], control: Control) -> Iterator[Event]:
    for step in range(request["steps"]):
        yield Measured({"loss": Series.of([step], [1.0 / (step + 1)])})
        yield Progressed(step + 1, request["steps"])
    yield Ended("finished", {"steps": request["steps"]})


def _until_stopped(request: dict[str, Any], control: Control) -> Iterator[Event]:
    step = 0
    while not control.should_stop:
        if control.is_paused:
            yield Paused(step)
            control.wait_while_paused()
            yield Resumed(step)
        step += 1
        yield Progressed(step, 0)
    yield Ended("stopped", {"step": step})


def _serve(request: dict[str, Any], control: Control) -> Iterator[Event]:
    while (message := control.receive()) is not None:
        yield Printed(f"got {message}")


def _loop(request: dict[str, Any], control: Control) -> Iterator[Event]:
    while True:
        try:
            threading.Event().wait(60)
        except BaseException:
            continue
    yield


def _exit(request: dict[str, Any], control: Control) -> Iterator[Event]:
    os._exit(3)
    yield


def _sys_exit(request: dict[str, Any], control: Control) -> Iterator[Event]:
    sys.exit("bye")
    yield


def _segfault(request: dict[str, Any], control: Control) -> Iterator[Event]:
    ctypes.string_at(0)
    yield


def _print(request: dict[str, Any], control: Control) -> Iterator[Event]:
    for _ in range(request["blocks"]):
        print("x" * 999, flush=True)
    yield Ended("finished")


def _write_into_pipe(request: dict[str, Any], control: Control) -> Iterator[Event]:
    for descriptor in range(3, 10):
        try:
            os.write(descriptor, b"this is no message of the studio" * 10)
        except OSError:
            continue
    yield Ended("finished")


def _grandchild(request: dict[str, Any], control: Control) -> Iterator[Event]:
    process = subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait(600)"])
    yield Started({"grandchild": process.pid})
    yield from _until_stopped(request, control)


def _refuse(request: dict[str, Any], control: Control) -> Iterator[Event]:
    raise UserError("sample.refused", "The sample refuses.", "It was told to.", "Ask for something else.")
    yield


_VERBS = {
    "count": _count,
    "until_stopped": _until_stopped,
    "serve": _serve,
    "loop": _loop,
    "exit": _exit,
    "sys_exit": _sys_exit,
    "segfault": _segfault,
    "print": _print,
    "write_into_pipe": _write_into_pipe,
    "grandchild": _grandchild,
    "refuse": _refuse,
}
