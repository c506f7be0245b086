"""What went wrong, in words: an error that the user can mend, and the report of any error."""

from __future__ import annotations

import traceback
from dataclasses import dataclass


class UserError(Exception):
    """An error that the user can mend: one sentence each for what, why and remedy.

    Args:
        name: dotted name by which tests and help pages find it, such as ``"spec.unknown_key"``.
        what: what went wrong, in the words of the user's world.
        why: the cause, where it is known.
        remedy: what to do about it.
        action: name of a window action that does the remedy, where there is one.
    """

    def __init__(self, name: str, what: str, why: str = "", remedy: str = "", action: str | None = None):
        super().__init__(name, what, why, remedy, action)
        self.name = name
        self.what = what
        self.why = why
        self.remedy = remedy
        self.action = action

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.why, self.remedy) if part)


@dataclass(frozen=True)
class ErrorReport:
    """An error as it travels between processes and is shown: plain words, details folded."""

    what: str
    why: str = ""
    remedy: str = ""
    details: str = ""
    name: str = "bug"
    action: str | None = None

    @property
    def can_be_mended(self) -> bool:
        """Whether the user caused it and can mend it; otherwise it is a bug of ours."""
        return self.name != "bug"

    def line(self) -> str:
        """The report in one line, as the command line prints it."""
        return " ".join(" ".join(part.split()) for part in (self.what, self.why, self.remedy) if part)

    def as_json(self) -> dict[str, str]:
        """The three parts, as the command line's ``--json`` gives them."""
        return {"what": self.what, "why": self.why, "remedy": self.remedy}


def report(error: BaseException) -> ErrorReport:
    """The report of any exception; its traceback becomes the folded details."""
    details = "".join(traceback.format_exception(error))
    if isinstance(error, UserError):
        return ErrorReport(error.what, error.why, error.remedy, details, error.name, error.action)
    if isinstance(error, MemoryError):
        return ErrorReport(
            "The computer ran out of memory.",
            "The work needed more than is free.",
            "Use a smaller batch or model, or close other programs.",
            details,
            "memory.full",
        )
    text = " ".join(str(error).split())
    return ErrorReport(
        f"Something unexpected happened: {type(error).__name__}{': ' + text if text else ''}",
        "",
        "The details below say where; please report them.",
        details,
    )
