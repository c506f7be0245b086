"""The child process in which the window's jobs run, so that nothing in them can harm the window.

The window starts ``python -m studio.engine.isolation`` ahead of time. The child loads torch, says
`Loaded`, takes one job, sends its events in batches and ends; ending frees all its memory, the
GPU's too. It also ends when the window is gone, whatever the job is doing.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import os
import signal
import sys
import threading
from typing import Any, BinaryIO

from studio.spec.coalescing import Coalescer
from studio.spec.errors import UserError, report
from studio.spec.events import Ended, Event, Loaded
from studio.spec.job import Control, drive, resolve
from studio.spec.wire import BrokenWireError, read_frame, write_frame

_BATCH_PAUSE = 1 / 30
"""Seconds between batches of events: more often than a window draws would cost it more than it shows."""


class Outbox:
    """Sends what a job emits, in batches, from a thread of its own."""

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self._mailbox = Coalescer()
        self._pause = threading.Event()
        self._thread = threading.Thread(target=self._send, name="outbox", daemon=True)
        self._thread.start()

    def put(self, event: Event) -> None:
        """Send an event with the next batch; an `Ended` goes at once."""
        self._mailbox.put(event)
        if isinstance(event, Ended):
            self._pause.set()

    def finish(self) -> None:
        """Return once everything is sent."""
        self._thread.join()

    def _send(self) -> None:
        while True:
            self._mailbox.wait()
            events = self._mailbox.take()
            try:
                self._write(events)
            except Exception as error:  # one of them cannot be pickled: the window must not wait for ever
                events = [Ended("failed", error=report(error))]
                self._write(events)
            if any(isinstance(event, Ended) for event in events):
                return
            self._pause.wait(_BATCH_PAUSE)

    def _write(self, events: list[Event]) -> None:
        try:
            write_frame(self._stream, events)
        except BrokenWireError:
            os._exit(1)  # the window is gone: nobody is left to work for


def serve() -> None:
    """Be a warm child: load torch, run the one job that comes, end."""
    inbox, outgoing = _take_over_pipes()
    _die_with_parent()
    faulthandler.enable(all_threads=True)
    outbox = Outbox(outgoing)
    control = Control()
    jobs: list[tuple[str, Any]] = []
    job_came = threading.Event()
    threading.Thread(target=_listen, args=(inbox, control, jobs, job_came), name="control", daemon=True).start()
    try:
        outbox.put(Loaded(load_torch()))
        _warm_up(job_came)
        job_came.wait()
        name, request = jobs[0]
        drive(resolve(name), request, control, outbox.put)
    except BaseException as error:  # even a broken torch must reach the window as words
        outbox.put(Ended("failed", error=report(error)))
    outbox.finish()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(0)  # threads that user code left behind must not keep the process alive


def load_torch() -> dict[str, Any]:
    """Import torch and what a first run needs, and say what is there.

    Raises:
        UserError: torch or torchvision is missing or broken.
    """
    try:
        import torch  # the child is up and can report before this takes its seconds
        import torch._dynamo  # the first optimizer imports it: half a second, spent here
        import torchvision
    except Exception as error:
        raise UserError(
            "torch.missing",
            "PyTorch could not be loaded.",
            f"Python says: {' '.join(str(error).split())}.",
            "Install it with `pip install torch torchvision` into the Python that runs the studio.",
        ) from error
    devices = ["cpu"]
    if torch.cuda.is_available():
        devices += [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append("mps")
    return {
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "devices": devices,
        "cores": os.cpu_count() or 1,
        "pid": os.getpid(),
    }


def _warm_up(job_came: threading.Event) -> None:
    """Import what a first training needs while nobody waits: a second that a click does not cost then."""
    for name in ("studio.engine.training.job", "sklearn.datasets", "sklearn.model_selection"):
        if job_came.is_set():
            return
        with contextlib.suppress(Exception):  # what is missing is said by the job that needs it
            importlib.import_module(name)


def _take_over_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the window, out of reach of what user code prints (which goes to standard error)."""
    inbox = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return inbox, outgoing


def _die_with_parent() -> None:
    """End at once when the window is killed, even inside a long call (Linux; elsewhere the pipe tells)."""
    if hasattr(signal, "SIGINT"):
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.platform == "linux":
        import ctypes
        import resource

        pr_set_pdeathsig = 1
        ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _listen(inbox: BinaryIO, control: Control, jobs: list[tuple[str, Any]], job_came: threading.Event) -> None:
    while True:
        try:
            verb, *arguments = read_frame(inbox)
        except BrokenWireError:
            os._exit(1)
        if verb == "run":
            jobs.append((arguments[0], arguments[1]))
            job_came.set()
        else:
            getattr(control, verb)(*arguments)


if __name__ == "__main__":
    serve()
