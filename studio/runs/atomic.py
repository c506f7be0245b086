"""Files that are either the old ones or the new ones, whatever interrupts the writing."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import socket
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from studio.runs.processes import is_alive

_MARK = ".tmp-"
_ABANDONED_AFTER = 86_400.0
"""Seconds after which nobody writes any more; another machine's processes cannot be asked."""


def write_bytes(path: Path, data: bytes) -> None:
    """Replace a file in one step: temporary file, sync, rename, sync of the folder.

    A kill or a full disk at any point leaves the old file as it was.

    Raises:
        OSError: the disk is full, read-only or gone; no temporary file stays behind then.
    """
    temporary = temporary_path(path)
    try:
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        put_in_place(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def write_text(path: Path, text: str) -> None:
    """Replace a text file (UTF-8) in one step; see `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file in one step, indented so that people can read it; see `write_bytes`.

    Numbers that JSON does not have (NaN, infinities) become null, so that every program can read it.
    """
    write_text(path, json.dumps(plain_json(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a JSON file; None where it is missing or damaged.

    Our own files are never half-written, but people edit and disks decay: a reader goes on without.
    """
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def temporary_path(path: Path) -> Path:
    """Where to write what will become `path`: beside it, with this machine and process in its name."""
    return path.with_name(f".{path.name}{_MARK}{_machine()}-{os.getpid()}")


def put_in_place(temporary: Path, path: Path) -> None:
    """Rename a fully written and synced file to its name, and make the renaming durable."""
    _replace(temporary, path)
    sync_folder(path.parent)


def _replace(temporary: Path, path: Path) -> None:
    # Windows refuses while anyone has the old file open, which readers have for a moment only.
    tries = 50 if sys.platform == "win32" else 1
    for attempt in range(1, tries + 1):
        try:
            temporary.replace(path)
            return
        except PermissionError:
            if attempt == tries:
                raise
            threading.Event().wait(0.02)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut; Windows has no such call and needs none."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> int:
    """Remove the temporary files and folders of processes that died while writing; returns how many.

    A workspace may lie on a shared disk: only this machine's processes can be asked whether they live.
    """
    swept = 0
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                if _is_abandoned(path):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
                    swept += 1
    return swept


def _is_abandoned(path: Path) -> bool:
    _, mark, writer = path.name.rpartition(_MARK)
    machine, _, process = writer.rpartition("-")
    if not mark or not process.isdigit():
        return False
    if machine == _machine():
        return not is_alive(int(process))
    return time.time() - path.stat().st_mtime > _ABANDONED_AFTER


@cache
def _machine() -> str:
    """A short name for this machine, or this container, that fits into a file's name."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def plain_json(value: Any) -> Any:
    """The same value without the numbers that JSON lacks: NaN and infinities become None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): plain_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(part) for part in value]
    return value
