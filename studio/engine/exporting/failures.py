"""What stopped an export, in plain words: the operator by name, the folder, the disk."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from studio.spec.errors import ErrorReport, UserError, report
from studio.spec.exports import FormatName, format_info

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_OPERATOR = re.compile(r"(?:OpOverload\(op='|operators? |op |Unknown builtin op: )'?((?:\w+(?:::|\.))+\w+)")
_DATA_DEPENDENT = re.compile(r"data-dependent|GuardOnDataDependent|Could not guard", re.IGNORECASE)
_FIXED_BATCH = re.compile(r"Constraints violated|specialized it to be a constant|inferred to be a constant")
_DISK = re.compile(r"No space left|failed writing|unexpected pos|write failed|StorageFull", re.IGNORECASE)
_LEAST_FREE = 1 << 20


def explained(error: BaseException, name: FormatName, folder: Path) -> ErrorReport:
    """The report of whatever an exporter or a loader raised."""
    text = " ".join(_COLOURS.sub("", str(one)) for one in _chain(error))
    if isinstance(error, (UserError, MemoryError)):
        found = report(error)
    elif _is_disk_full(error, text, folder):
        found = report(disk_full(folder))
    elif isinstance(error, PermissionError):
        found = report(not_writable(folder, error))
    else:
        found = _refused_model(text, format_info(name).title)
    return replace(found, details=report(error).details)


def _refused_model(text: str, title: str) -> ErrorReport:
    """What an exporter says of a model that it cannot hold, in the user's words."""
    if operators := sorted(set(_OPERATOR.findall(text))):
        return ErrorReport(
            f"{title} cannot hold this model: it has no counterpart for {', '.join(operators[:3])}.",
            "The model uses an operator that this exporter does not know.",
            "Replace the operator in the model, or choose another format.",
            name="export.unsupported_operator",
        )
    if _FIXED_BATCH.search(text):
        return ErrorReport(
            f"{title} could not be written for any batch size.",
            "The model's code fixes the number of samples.",
            "Turn off “any batch size”, or use x.flatten(1) instead of a fixed view.",
            name="export.batch_is_fixed",
        )
    if _DATA_DEPENDENT.search(text):
        return ErrorReport(
            f"{title} cannot hold this model: what it does depends on the values of its input.",
            "A branch or a loop looks at the data, and a graph has only one way.",
            "Export TorchScript, which keeps branches, or take the branch out.",
            name="export.depends_on_data",
        )
    return ErrorReport(
        f"{title} could not be written: the exporter stopped.",
        _first_sentence(text),
        "Choose another format; the details say where it stopped.",
        name="export.failed",
    )


def check_space(folder: Path, needed: int) -> None:
    """Make sure before the work that a file of about `needed` bytes fits.

    Raises:
        UserError: it does not.
    """
    if shutil.disk_usage(folder).free < needed + _LEAST_FREE:
        raise disk_full(folder)


def disk_full(folder: Path) -> UserError:
    """The disk of the folder has no room left."""
    return UserError(
        "export.disk_full",
        f"The disk of {folder} is full.",
        "The file needs more room than is free.",
        "Free some space, or choose another folder. Nothing earlier was changed.",
    )


def not_writable(folder: Path, error: OSError) -> UserError:
    """The folder cannot be made or written."""
    return UserError(
        "export.folder_not_writable",
        f"The folder {folder} cannot be written.",
        f"{error.strerror or type(error).__name__}.",
        "Choose another folder.",
    )


def _is_disk_full(error: BaseException, text: str, folder: Path) -> bool:
    if any(isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT) for one in _chain(error)):
        return True
    return bool(_DISK.search(text)) and shutil.disk_usage(folder).free < 16 * _LEAST_FREE


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first_sentence(text: str) -> str:
    sentence = " ".join(text.split()).split(". ")[0]
    return sentence if len(sentence) <= 200 else sentence[:197] + "…"
