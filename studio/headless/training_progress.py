"""Running the training job on a terminal: a line of progress, or JSON events; saved on Ctrl+C."""

from __future__ import annotations

import signal
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import fields, is_dataclass, replace
from types import FrameType
from typing import Any, Protocol

from studio.headless.console import ProgressLine, bar, duration, leave_broken_streams, number, print_json
from studio.headless.failures import PROGRAM, explain
from studio.headless.launching import stopped_with_launcher
from studio.spec.errors import ErrorReport
from studio.spec.events import Changed, Ended, Event, Measured, Progressed, Started, Warned
from studio.spec.job import Control, drive, resolve
from studio.spec.rank import Rank, launched_rank
from studio.spec.training import TrainRequest

JOB = "studio.engine.training.job:run"

_EXIT_CODES = {"finished": 0, "stopped": 130, "failed": 1}


def train(request: TrainRequest, argv: Sequence[str], *, as_json: bool) -> int:
    """Run the job to its end and tell how it goes.

    A reader of the output who goes away (`… | head`) hears no more; the training goes on.

    Args:
        request: what to train.
        argv: the command line, for the log of what went wrong.
        as_json: whether events are printed as JSON.

    Returns:
        0 where the run finished, 130 where it was interrupted, 1 where it failed, 2 where the input
        was bad, so that no run was made.
    """
    rank = launched_rank()
    if rank is not None and not rank.reports:
        return _follow(request, argv, rank)
    return _lead(request, argv, rank, _JsonTeller(argv) if as_json else _TerminalTeller(argv))


def _lead(request: TrainRequest, argv: Sequence[str], rank: Rank | None, teller: _Teller) -> int:
    about: dict[str, Any] = {}

    def tell(event: Event) -> None:
        if isinstance(event, Started):
            about.update(run=event.about["run"], folder=event.about["folder"])
        _unless_nobody_listens(teller.tell, event)

    ended = _driven(request, rank, tell)
    ended = replace(ended, result={**about, **ended.result})
    if ended.outcome == "stopped" and "metrics" not in ended.result:
        ended = replace(ended, error=_interrupted(ended.result.get("run")))
    elif ended.error is not None and ended.error.can_be_mended and "run" not in ended.result:
        explain(ended.error, argv)
        return 2
    _unless_nobody_listens(teller.finish, ended)
    return _EXIT_CODES[ended.outcome]


def _follow(request: TrainRequest, argv: Sequence[str], rank: Rank) -> int:
    """Train along with the first process, which tells everything but what went wrong here."""
    ended = _driven(request, rank, _silent)
    if ended.error is not None:
        explain(replace(ended.error, what=f"rank {rank.index}: {ended.error.what}"), argv)
    return _EXIT_CODES[ended.outcome]


def _driven(request: TrainRequest, rank: Rank | None, tell: Callable[[Event], None]) -> Ended:
    function, control = resolve(JOB), Control()
    try:
        with _stopped_by_signals(control, rank), stopped_with_launcher(control) if rank else nullcontext():
            return drive(function, request, control, tell)
    except KeyboardInterrupt:
        return Ended("stopped")  # the second one, which did not wait for the next step


def _interrupted(run: str | None) -> ErrorReport:
    remedy = f"Go on with: {PROGRAM} resume {run}" if run else ""
    return ErrorReport("Interrupted before it could save.", "", remedy, name="run.interrupted")


def _unless_nobody_listens(tell: Callable[[Any], None], event: Event) -> None:
    try:
        tell(event)
    except OSError:
        leave_broken_streams()


def _silent(_event: Event) -> None:
    """What a process tells that trains along with another one, which tells everything."""


class _Teller(Protocol):
    """Says how a run goes, and how it ended."""

    def tell(self, event: Event) -> None: ...

    def finish(self, ended: Ended) -> None: ...


class _JsonTeller:
    """Prints each event as one JSON object a line; the last one has the keys that programs rely on."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = argv

    def tell(self, event: Event) -> None:
        if not isinstance(event, Ended):
            print_json({"event": type(event).__name__.lower(), **_plain_fields(event)})

    def finish(self, ended: Ended) -> None:
        print_json(
            {
                "event": "ended",
                "outcome": ended.outcome,
                "run": ended.result.get("run"),
                "folder": ended.result.get("folder"),
                "metrics": ended.result.get("metrics", {}),
                "weights_sha256": ended.result.get("weights_sha256"),
                "error": ended.error.as_json() if ended.error else None,
            }
        )
        if ended.error is not None and not ended.error.can_be_mended:
            explain(ended.error, self._argv)


class _TerminalTeller:
    """Shows one line of progress, and says at the end what came out and where it is."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = argv
        self._line = ProgressLine()
        self._latest: dict[str, float] = {}

    def tell(self, event: Event) -> None:
        if isinstance(event, Started):
            about = event.about
            samples = f"{about['train_samples']:,} samples to learn from, {about['test_samples']:,} to test"
            what = f"{about['parameters']:,} parameters, {samples}, on {about['device']}"
            self._say(f"Run {about['run']}: {what}. Ctrl+C stops and saves.")
        elif isinstance(event, Measured):
            self._latest |= {name: curve.values[-1] for name, curve in event.series.items()}
        elif isinstance(event, Progressed):
            self._line.show(self._progress(event))
        elif isinstance(event, Warned):
            self._say(f"Note: {event.text}")
        elif isinstance(event, Changed):
            self._say(f"{event.key} = {event.value} from step {event.step + 1} on.")

    def finish(self, ended: Ended) -> None:
        self._line.clear()
        result = ended.result
        if ended.error is not None:
            saved = f"What was saved is in {result['folder']}." if "folder" in result else ""
            explain(ended.error, self._argv, more="" if ended.outcome == "stopped" else saved)
            return
        verb = "Finished" if ended.outcome == "finished" else "Stopped and saved"
        metrics = ", ".join(f"{name} {number(value)}" for name, value in result["metrics"].items())
        print(f"{verb} run {result['run']} after {duration(result['seconds'])}: {metrics}.")
        best = result.get("best") or {}
        if best and best["step"] != result["step"]:
            print(f"Best {best['metric']} {number(best['value'])} at epoch {best['epoch']}, step {best['step']}.")
        print(f"Everything is in {result['folder']}.")
        if ended.outcome == "stopped":
            print(f"Go on with: {PROGRAM} resume {result['run']}")

    def _progress(self, event: Progressed) -> str:
        left = f"{duration(event.seconds_left)} left" if event.seconds_left is not None else ""
        shown = [f"{name} {number(value)}" for name, value in self._latest.items() if name != "lr"]
        parts = [
            event.text,
            bar(event.done / event.total if event.total else 0.0),
            f"{event.done:.0f}/{event.total:.0f} {event.unit}",
            f"{number(event.rate)} a second",
            left,
            *shown,
        ]
        return "  ".join(part for part in parts if part)

    def _say(self, text: str) -> None:
        self._line.clear()
        print(text, flush=True)


def _plain_fields(value: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, array):
        return value.tolist()
    if is_dataclass(value):
        return _plain_fields(value)
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


@contextmanager
def _stopped_by_signals(control: Control, rank: Rank | None) -> Iterator[None]:
    """Let Ctrl+C and a polite kill stop the job at its next step; the second one interrupts at once.

    One of several processes is deaf afterwards: the others may have ended it before the signal came,
    and a process that a signal ends looks lost, so that the launcher would interrupt the rest.
    """

    def stop(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.default_int_handler)
        control.stop()

    signals = [signal.SIGINT, signal.SIGTERM]
    before = [signal.signal(number, stop) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, signal.SIG_IGN if rank else handler)
