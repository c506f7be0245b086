"""Running the training job on a terminal: a line of progress, or JSON events; saved on Ctrl+C."""

from __future__ import annotations

import signal
import sys
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from types import FrameType
from typing import Any

from studio.headless.console import ProgressLine, bar, duration, number, print_json
from studio.spec.errors import UserError
from studio.spec.events import Changed, Ended, Event, Measured, Progressed, Started, Warned
from studio.spec.job import Control, drive, resolve
from studio.spec.rank import launched_rank
from studio.spec.training import TrainRequest

JOB = "studio.engine.training.job:run"

_EXIT_CODES = {"finished": 0, "stopped": 130, "failed": 1}


def train(request: TrainRequest, *, as_json: bool) -> int:
    """Run the job to its end and tell how it goes.

    Returns:
        0 where the run finished, 130 where it was interrupted (after saving), 1 where it failed.

    Raises:
        UserError: the input was bad, so that no run was made.
    """
    function = resolve(JOB)
    control = Control()
    rank = launched_rank()
    if rank is not None and not rank.reports:
        with _stopped_by_signals(control):
            return _EXIT_CODES[drive(function, request, control, _silent).outcome]
    teller = _JsonTeller() if as_json else _TerminalTeller()
    with _stopped_by_signals(control):
        ended = drive(function, request, control, teller.tell)
    if ended.error is not None and ended.error.can_be_mended and "run" not in ended.result:
        error = ended.error
        raise UserError(error.name, error.what, error.why, error.remedy, error.action)
    teller.finish(ended)
    return _EXIT_CODES[ended.outcome]


def _silent(_event: Event) -> None:
    """What a process tells that trains along with another one, which tells everything."""


class _JsonTeller:
    """Prints each event as one JSON object a line; the last one has the keys that programs rely on."""

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


class _TerminalTeller:
    """Shows one line of progress, and says at the end what came out and where it is."""

    def __init__(self) -> None:
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
            saved = f" What was saved is in {result['folder']}." if "folder" in result else ""
            print(ended.error.line() + saved, file=sys.stderr)
            return
        verb = "Finished" if ended.outcome == "finished" else "Stopped and saved"
        metrics = ", ".join(f"{name} {number(value)}" for name, value in result["metrics"].items())
        print(f"{verb} run {result['run']} after {duration(result['seconds'])}: {metrics}.")
        best = result.get("best") or {}
        if best and best["step"] != result["step"]:
            print(f"Best {best['metric']} {number(best['value'])} at epoch {best['epoch']}, step {best['step']}.")
        print(f"Everything is in {result['folder']}.")
        if ended.outcome == "stopped":
            print(f"Go on with: pytorch-studio resume {result['run']}")

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
def _stopped_by_signals(control: Control) -> Iterator[None]:
    """Let Ctrl+C and a polite kill stop the job at its next step; the second one interrupts at once."""

    def stop(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.default_int_handler)
        control.stop()

    signals = [signal.SIGINT, signal.SIGTERM]
    before = [signal.signal(number, stop) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
