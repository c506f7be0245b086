"""An ingredient as the studio knows it without importing torch: name, factory, parameters, tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["model", "dataset", "loss", "optimizer", "scheduler", "layer", "transform"]

KINDS: tuple[Kind, ...] = ("model", "dataset", "loss", "optimizer", "scheduler", "layer", "transform")


@dataclass(frozen=True)
class Parameter:
    """One parameter of an ingredient, enough to draw a form field and to check a value.

    `annotation` is one of ``bool``, ``int``, ``float``, ``str``, ``list[int]``, ``list[float]`` or
    ``tuple[float, float]`` (of any length), ``int | list[int]`` where either is meant, or ``list[layer]`` for a
    list of ingredients of that kind; each perhaps with `` | None``. Bounds hold for every
    number of a list too; an `exclusive` bound does not itself belong to the range.
    """

    name: str
    annotation: str
    default: Any = None
    required: bool = False
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    choices: tuple[Any, ...] = ()

    @property
    def base(self) -> str:
        """The annotation without ``None``."""
        return self.annotation.removesuffix(" | None")

    @property
    def is_optional(self) -> bool:
        """Whether it may be left empty."""
        return self.annotation.endswith(" | None")

    def allowed(self) -> str:
        """What a value must be, as the end of a sentence: ``above 0``, ``one of `mean`, `sum```."""
        if self.choices:
            return "one of " + ", ".join(f"`{choice}`" for choice in self.choices)
        low = "" if self.minimum is None else _number(self.minimum)
        high = "" if self.maximum is None else _number(self.maximum)
        parts = []
        if low:
            parts.append(f"above {low}" if self.exclusive_minimum else f"{low} or more")
        if high:
            parts.append(f"below {high}" if self.exclusive_maximum else f"{high} or less")
        return " and ".join(parts)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:g}"


@dataclass(frozen=True)
class Entry:
    """One ingredient. `factory` is ``"module:qualname"``; `supplied` are arguments that the run fills in itself.

    Tags say which tasks it suits and, for a scheduler, when it is stepped: ``each_step``,
    ``each_epoch``, and ``by_metric`` where it wants the test loss. An optimizer that goes through a batch
    several times has the tag ``closure``: it wants a function that tells the loss.
    """

    kind: Kind
    name: str
    factory: str
    summary: str = ""
    parameters: tuple[Parameter, ...] = ()
    tags: tuple[str, ...] = ()
    supplied: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    """The kinds of sample that a model takes: ``image`` (C, H, W), ``tensor`` (F,), ``sequence`` (L, F),
    ``tokens`` (L,)."""
    gives: str = ""
    """The kind of sample that a data set gives."""
    shape: tuple[int, ...] = ()
    """The shape of one sample, of a data set only; empty where it depends on the parameters."""
    answers: int = 0
    """How many numbers answer one sample (classes, or values), of a data set only."""
    given: Mapping[str, Any] = field(default_factory=dict)
    """More sizes that a data set says to a model, such as its vocabulary."""

    embeds: str = ""
    """The parameter of a model, true unless it is said, with which its method ``embed`` answers each sample once,
    before training, because that part of it does not learn."""

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name, None where there is none."""
        return next((one for one in self.parameters if one.name == name), None)
