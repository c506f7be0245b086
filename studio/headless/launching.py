"""One training in several processes: started as ``torchrun`` does it, and ended with the one that started them."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import studio
from studio.runs.processes import birth_mark, is_alive
from studio.spec.errors import UserError
from studio.spec.job import Control
from studio.spec.options import TrainingSpec
from studio.spec.rank import launched_rank

_INTERVAL = 0.5
_PATIENCE = 60.0
"""Seconds between looks at the launcher, and for a process that is left behind to save and end."""


def must_launch(training: TrainingSpec) -> bool:
    """Whether the specification asks for several processes and none of them is there yet."""
    return training.processes > 1 and launched_rank() is None


def launch(training: TrainingSpec, argv: Sequence[str]) -> int:
    """Run this very command line in as many processes as the specification asks for; the first one reports.

    Ctrl+C and a polite kill reach each of them once, as they would reach the only process of a run.

    Returns:
        The exit code of the first process; where it has none, because it was killed, 1.

    Raises:
        UserError: this computer has fewer devices than processes are asked for.
    """
    _check_devices(training)
    from torch.distributed import run as torchrun  # takes seconds, like all of torch
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    # It reports with a traceback of its own what the processes say in a line.
    logging.getLogger("torch.distributed").setLevel(logging.CRITICAL + 1)
    root = str(Path(studio.__file__).parents[1])
    os.environ["PYTHONPATH"] = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    os.environ.setdefault("OMP_NUM_THREADS", str(training.threads))
    # A signal that nobody sends: ours are passed on here, and the exit codes come back.
    options = ["--standalone", f"--nproc-per-node={training.processes}", "--signals-to-handle=SIGUSR2"]
    parsed = torchrun.parse_args([*options, "-m", "studio"])  # type: ignore[no-untyped-call]  # torch leaves it untyped
    parsed.training_script_args = list(argv)  # not parsed: it would take ours for its own
    with _passed_on() as was_asked_to_stop:
        try:
            torchrun.run(parsed)  # type: ignore[no-untyped-call]
        except ChildFailedError as error:
            codes = {rank: failure.exitcode for rank, failure in error.failures.items()}
            return _exit_code(codes, was_asked_to_stop=was_asked_to_stop.is_set())
    return 0


def end(exit_code: int) -> int:
    """The last thing that the program does: one of several processes ends here, another goes on with the code."""
    with suppress(UserError):  # what is wrong with the launcher's variables has been said
        if launched_rank() is not None and "torch.distributed" in sys.modules:
            from studio.engine.distributed import end_rank

            end_rank(exit_code)
    return exit_code


@contextmanager
def stopped_with_launcher(control: Control) -> Iterator[None]:
    """Stop and save where the process that started this one is gone; a kill of it reaches no other."""
    launcher = os.getppid()
    mark, is_over = birth_mark(launcher), threading.Event()

    def watch() -> None:
        while not is_over.wait(_INTERVAL):
            if not is_alive(launcher, mark):
                control.stop()
                if not is_over.wait(_PATIENCE):
                    os._exit(1)
                return

    thread = threading.Thread(target=watch, name="launcher watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _check_devices(training: TrainingSpec) -> None:
    import torch

    from studio.engine.hardware import choose_device

    if not torch.distributed.is_available():
        raise UserError(
            "processes.not_here",
            f"`training.processes` is {training.processes}, but this PyTorch trains in one process only.",
            "It is built without torch.distributed.",
            "Set training.processes=1.",
        )
    device = choose_device(training.device)
    if device.type != "cpu" and training.processes > torch.accelerator.device_count():
        raise UserError(
            "processes.too_many",
            f"`training.processes` is {training.processes}; each needs a device of its own, "
            f"and this computer has {torch.accelerator.device_count()} of the kind {device.type}.",
            "",
            "Ask for fewer processes, or set training.device=cpu.",
        )


@contextmanager
def _passed_on() -> Iterator[threading.Event]:
    """Pass Ctrl+C and a polite kill on to the processes; the event tells whether that has happened."""
    import psutil

    was_asked = threading.Event()

    def pass_on(_number: int, _frame: FrameType | None) -> None:
        was_asked.set()
        children = psutil.Process().children()
        if not children:
            raise KeyboardInterrupt
        for child in children:
            with suppress(psutil.Error):
                child.send_signal(signal.SIGTERM)

    signals = [signal.SIGINT, signal.SIGTERM]
    before: list[Any] = [signal.signal(number, pass_on) for number in signals]
    try:
        yield was_asked
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def _exit_code(codes: Mapping[int, int], *, was_asked_to_stop: bool) -> int:
    """The exit code of the whole; `codes` are those of the processes that failed, by rank."""
    code = codes[min(codes)]
    if code < 0 and was_asked_to_stop:
        print("Interrupted.", file=sys.stderr)
        return 130
    # Where one has failed, torchrun ends the others by SIGTERM: they are not at fault.
    killed = {rank: -ended for rank, ended in sorted(codes.items()) if ended < 0 and ended != -signal.SIGTERM}
    if not killed and max(codes.values()) < 0:
        killed = {min(codes): signal.SIGTERM}
    for rank, number in killed.items():
        print(f"rank {rank}: Its process was ended by {signal.Signals(number).name}.", file=sys.stderr)
    return code if code in (2, 130) else 1
