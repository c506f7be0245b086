"""What a run's model says about a text that a person types, and how the window asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from studio.spec.errors import ErrorReport
from studio.spec.events import Event
from studio.spec.predictions import Label


@dataclass(frozen=True)
class TryRequest:
    """The job "try": it opens a run's best checkpoint and serves `TryText`, `TryPrompt` and `StopWriting`.

    `workspace` is the folder that the run is found in.
    """

    workspace: str
    run: str


@dataclass(frozen=True)
class TryText:
    """Ask which class a text belongs to; a newer message ends the work on an older one."""

    ticket: int
    text: str


@dataclass(frozen=True)
class TryPrompt:
    """Ask how a text goes on: `count` tokens, drawn at a `temperature` above 0. The same `seed` draws the same."""

    ticket: int
    prompt: str
    temperature: float = 0.8
    count: int = 400
    seed: int = 0


@dataclass(frozen=True)
class StopWriting:
    """Ask to go on no further with the text that is being written."""


@dataclass(frozen=True)
class Told(Event):
    """Which class a text belongs to, the likeliest first, as the checkpoint of `step` tells it."""

    ticket: int
    labels: tuple[Label, ...]
    step: int


@dataclass(frozen=True)
class Written(Event):
    """How a text goes on: the next piece; `is_last` with the last one, which may be empty."""

    ticket: int
    text: str
    step: int
    is_last: bool = False


@dataclass(frozen=True)
class NotTold(Event):
    """A text could not be answered."""

    ticket: int
    error: ErrorReport
