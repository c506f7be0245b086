"""Files are written aside and moved into place once they are proven: a bad one replaces nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from studio.engine.exporting.failures import not_writable

_PREFIX = ".export-"


def make_folder(folder: Path) -> None:
    """Make a folder where it is missing.

    Raises:
        UserError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_writable(folder, error) from error


@contextmanager
def staging_folder(folder: Path) -> Iterator[Path]:
    """A folder inside `folder` for files that are not proven yet; gone at the end, with all in it.

    It lies there, and not among the system's temporary files, so that moving a file out of it is
    one step that cannot be seen half done.

    Raises:
        UserError: the folder cannot be made or written.
    """
    make_folder(folder)
    try:
        _remove_orphans(folder)
        aside = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=folder))
    except OSError as error:
        raise not_writable(folder, error) from error
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def move_into_place(written: Path, target: Path) -> None:
    """Move a proven file, and the external data beside it where there is some, to where it belongs.

    Raises:
        OSError: the disk or the folder refuses.
    """
    for part in (written.with_name(written.name + ".data"), written):
        if part.exists():
            with part.open("rb+") as stream:
                os.fsync(stream.fileno())
            part.replace(target.with_name(part.name))


def size_and_digest(path: Path) -> tuple[int, str]:
    """Bytes of a file with its external data, and the SHA-256 of the file itself."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    beside = path.with_name(path.name + ".data")
    return path.stat().st_size + (beside.stat().st_size if beside.exists() else 0), digest


def _remove_orphans(folder: Path) -> None:
    """Remove what an export left behind whose process was killed."""
    for left in folder.glob(f"{_PREFIX}*-*"):
        owner = left.name.removeprefix(_PREFIX).split("-")[0]
        if left.is_dir() and owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
