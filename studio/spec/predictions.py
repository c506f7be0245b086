"""What a model says about an image, and how the window asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from studio.spec.errors import ErrorReport
from studio.spec.events import Event
from studio.spec.model_input import InputSpec

Task = Literal["classify", "detect", "segment", "regress"]
VISION_TASKS: tuple[Task, ...] = ("classify", "detect", "segment")


@dataclass(frozen=True)
class Label:
    """A class and how likely the model holds it, from 0 to 1."""

    index: int
    name: str
    probability: float

    def as_json(self) -> dict[str, Any]:
        """As the command line's ``--json`` gives it."""
        return {"index": self.index, "name": self.name, "probability": self.probability}


@dataclass(frozen=True)
class Box:
    """An object that was found: left, top, right, bottom in pixels of the image, and the model's score."""

    box: tuple[float, float, float, float]
    name: str
    score: float

    def as_json(self) -> dict[str, Any]:
        """As the command line's ``--json`` gives it."""
        return {"box": list(self.box), "name": self.name, "score": self.score}


@dataclass(frozen=True)
class Prediction:
    """The answer for one image, or the reason why there is none.

    `size` is the image's (width, height) as it stands upright. `mask` is the path of a PNG of class
    numbers. For a segmentation, `labels` tells each class's share of the picture. `notes` tell what
    the reader of the image had to decide. Times are in milliseconds.
    """

    path: str
    error: ErrorReport | None = None
    labels: tuple[Label, ...] = ()
    boxes: tuple[Box, ...] = ()
    mask: str | None = None
    size: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = ()
    read_ms: float = 0.0
    model_ms: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """As the command line's ``--json`` gives it: an interface, so keys only ever join."""
        return {
            "path": self.path,
            "error": self.error.line() if self.error else None,
            "labels": [label.as_json() for label in self.labels],
            "boxes": [box.as_json() for box in self.boxes],
            "mask": self.mask,
        }

    def answer(self) -> str:
        """The answer in a few words, such as ``tiger cat 0.39``, ``3 persons, 1 dog`` or ``not read``."""
        if self.error:
            return "not read"
        if self.boxes:
            names = [box.name for box in self.boxes]
            counts = {name: names.count(name) for name in names}
            return ", ".join(f"{count} × {name}" for name, count in counts.items())
        if self.labels:
            return f"{self.labels[0].name} {self.labels[0].probability:.2f}"
        return "nothing found"


@dataclass(frozen=True)
class VisionRequest:
    """The job "vision". With `predict` it answers that and ends; without, it serves `Predict` messages.

    `workspace` is the folder that runs are found in (empty: the usual one).
    """

    workspace: str = ""
    predict: Predict | None = None


@dataclass(frozen=True)
class Predict:
    """Ask a model about images; the answers carry `ticket`, and a newer ticket ends the work on older ones.

    A `task` refuses a model that is made for another one. `weights` is a file with other weights for
    the same model. `top_k` classes are told; boxes below `least_score` are left out. `trust` lets a file
    that can run code be opened.
    """

    ticket: int
    model: str
    paths: tuple[str, ...]
    task: str = ""
    weights: str = ""
    top_k: int = 5
    least_score: float = 0.5
    mask_folder: str = ""
    trust: bool = False


@dataclass(frozen=True)
class ModelOpened(Event):
    """A model is loaded and ready. `task` decides which answers it gives; `input` says in words what it takes."""

    ticket: int
    model: str
    title: str
    task: Task
    source: str
    input: str
    licence: str
    engine: str
    parameters: int
    input_spec: InputSpec
    labels: tuple[str, ...]

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""
        return len(self.labels)


@dataclass(frozen=True)
class ModelRefused(Event):
    """A model could not be opened; nothing was predicted for this ticket."""

    ticket: int
    model: str
    error: ErrorReport


@dataclass(frozen=True)
class Gathered(Event):
    """The images that a ticket is about, folders replaced by the images in them, in the order of the answers."""

    ticket: int
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Predicted(Event):
    """One image is answered, or its error told."""

    ticket: int
    prediction: Prediction


@dataclass(frozen=True)
class Answered(Event):
    """All images of a ticket are done; `seconds` is the time that it took."""

    ticket: int
    images: int
    unread: int
    seconds: float
    about: dict[str, Any] = field(default_factory=dict)
