"""The look before the start: what the job "inspect" is asked, and what it tells."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from studio.spec.errors import ErrorReport
from studio.spec.events import Event
from studio.spec.run import RunSpec


@dataclass(frozen=True)
class InspectRequest:
    """Stay ready, and look at each specification that is sent; a newer one ends the look at the one before."""


@dataclass(frozen=True)
class Inspect:
    """Look at one specification. `ticket` comes back with all that is told of it."""

    ticket: int
    spec: RunSpec


@dataclass(frozen=True)
class LayerSeen:
    """A layer of a model: its path (``blocks.0``), its class, the shape of a sample behind it, what it learns."""

    path: str
    kind: str
    shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True)
class DataSeen(Event):
    """The data are loaded. `answers` are the numbers that a model is to give, 0 where it is not told them."""

    ticket: int
    train: int
    test: int
    shape: tuple[int, ...]
    answers: int = 0


@dataclass(frozen=True)
class AugmentSeen(Event):
    """One training image as it is, and changed several times; values of (C, H, W), float32."""

    ticket: int
    shape: tuple[int, int, int]
    images: tuple[array[float], ...]


@dataclass(frozen=True)
class ModelSeen(Event):
    """The model was built, and one batch went through it, the loss, and back.

    `layers` are in the order in which they are called. `samples` went through in `seconds`; both are 0 where only
    the shapes did, because the model is large.
    """

    ticket: int
    parameters: int
    learnt: int
    layers: tuple[LayerSeen, ...]
    samples: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Refused(Event):
    """The run would fail. `table` and `key` say at which field; `layers` are those that the batch came through."""

    ticket: int
    table: str
    key: str
    error: ErrorReport
    layers: tuple[LayerSeen, ...] = ()


@dataclass(frozen=True)
class Inspected(Event):
    """All has been told of this specification."""

    ticket: int
