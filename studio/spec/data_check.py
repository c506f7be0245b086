"""Looking at a user's data before training: what is asked, and what is told of them, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from studio.spec.events import Event

Role = Literal["target", "feature", "left out", "group", "time", "split", "text"]
Severity = Literal["bad", "warn", "info"]


@dataclass(frozen=True)
class CheckData:
    """Look at data; to a job that runs, a later one replaces those that wait.

    Args:
        data: the table `data` of a specification, or only its `path`: the rest is then guessed.
        task: classification or regression; "" to guess it.
        number: comes back with the answers.
    """

    data: Mapping[str, Any]
    task: str = ""
    number: int = 0


@dataclass(frozen=True)
class ColumnSummary:
    """One column of a table: what it is used for, what it holds, and why it is left out where it is."""

    name: str
    role: Role
    kind: str
    detail: str = ""
    missing: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Thumbnail:
    """A small picture (RGB, rows without gaps) and its class."""

    width: int
    height: int
    rgb: bytes
    label: str
    name: str


@dataclass(frozen=True)
class DataSummary(Event):
    """What data are: as far as they could be read."""

    number: int
    tables: dict[str, Any]
    """The specification that trains on them: task, data, model, loss, optimizer, training."""
    title: str
    counts: str
    columns: tuple[ColumnSummary, ...] = ()
    classes: tuple[tuple[str, int], ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    pictures: tuple[Thumbnail, ...] = ()


@dataclass(frozen=True)
class Finding:
    """Something about the data that one should know before training.

    Args:
        name: dotted, by which tests and help pages find it.
        severity: "bad" keeps the data from being trained on, "warn" makes the outcome doubtful, "info" is good
            to know.
        what: one sentence.
        why: the reason, or what it leads to.
        place: file and rows.
        fix: keys of the specification's table `data` with their new values (``task`` too); None where the
            studio cannot mend it. The files are never changed.
        fix_title: what the fix does, for its button.
    """

    name: str
    severity: Severity
    what: str
    why: str = ""
    place: str = ""
    fix: Mapping[str, Any] | None = None
    fix_title: str = ""


@dataclass(frozen=True)
class DataFindings(Event):
    """All findings, the worst first. Data without a bad one can be trained on."""

    number: int
    findings: tuple[Finding, ...] = field(default_factory=tuple)
