"""What a job tells while it runs: small frozen values, named by past participles.

Events cross processes and threads, so they hold plain data only: no tensors, no widgets. Numbers
in bulk travel as `array.array`, which pickles as bytes and which NumPy reads without a copy.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any, Literal

from studio.spec.errors import ErrorReport

Outcome = Literal["finished", "stopped", "failed"]


@dataclass(frozen=True)
class Event:
    """Base of everything that a job yields."""


@dataclass(frozen=True)
class Started(Event):
    """The work has begun. `about` holds what is known now (run ID, folder, parameters, device…)."""

    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Progressed(Event):
    """How far the work is. Only the newest matters, so a reader may drop the ones before it.

    `rate` is in `unit` a second; `seconds_left` is an estimate. A total of 0 means "not known".
    """

    done: float
    total: float
    unit: str = "steps"
    rate: float = 0.0
    seconds_left: float | None = None
    text: str = ""


@dataclass(frozen=True)
class Series:
    """Points of one curve: `steps[i]` (float64) goes with `values[i]` (float64)."""

    steps: array[float]
    values: array[float]

    @staticmethod
    def of(steps: list[float], values: list[float]) -> Series:
        """A series from lists of the same length."""
        return Series(array("d", steps), array("d", values))

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True)
class Measured(Event):
    """New points of curves, by name such as ``"loss/train"``; those before them stay."""

    series: dict[str, Series]


@dataclass(frozen=True)
class Pictured(Event):
    """A picture of the state, by name (``"confusion"``, ``"fit"``…), as plain data; replaces the one before."""

    name: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Checkpointed(Event):
    """A checkpoint is safely on disk (written, synced, renamed, read back)."""

    path: str
    step: int
    epoch: int
    sha256: str
    size: int


@dataclass(frozen=True)
class Changed(Event):
    """A live change took effect at a step: `key` such as ``"optimizer.lr"``."""

    key: str
    value: Any
    step: int


@dataclass(frozen=True)
class Paused(Event):
    """The job waits; its model stays loaded."""

    step: int = 0


@dataclass(frozen=True)
class Resumed(Event):
    """The job goes on."""

    step: int = 0


@dataclass(frozen=True)
class Warned(Event):
    """Something that the user should know and that does not end the work."""

    name: str
    text: str


@dataclass(frozen=True)
class Printed(Event):
    """Text that code printed. `stream` is ``"stdout"`` or ``"stderr"``."""

    text: str
    stream: str = "stdout"


@dataclass(frozen=True)
class Loaded(Event):
    """A child process is warm: the libraries are loaded. `about` says versions and devices."""

    about: dict[str, Any]


@dataclass(frozen=True)
class Ended(Event):
    """The last event of every job, exactly one, whatever happened."""

    outcome: Outcome
    result: dict[str, Any] = field(default_factory=dict)
    error: ErrorReport | None = None
