"""Checkpoints: written so that a kill or a full disk never leaves a bad one, read without running code."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import shutil
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

import torch
from torch import Tensor

from studio.runs.atomic import put_in_place, temporary_path
from studio.spec.errors import UserError

FORMAT = 1
"""Version of what a checkpoint holds; a higher one was written by a newer studio."""

_CHUNK = 1 << 20


class _HashingFile(io.RawIOBase):
    """A file that hashes what is written, and remembers the error that torch would hide behind its own."""

    def __init__(self, path: Path) -> None:
        # Unbuffered, so that no write is left for the closing to fail at.
        self._stream = path.open("wb", buffering=0)
        self.digest = hashlib.sha256()
        self.size = 0
        self.error: OSError | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        try:
            while view:
                view = view[self._stream.write(view) :]
        except OSError as error:
            self.error = self.error or error
            raise
        self.digest.update(data)
        self.size += len(data)
        return len(data)

    def sync(self) -> None:
        """Make what was written survive a power cut."""
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        self._stream.close()
        super().close()


def save(path: Path, content: Mapping[str, Any]) -> tuple[str, int]:
    """Write a checkpoint: temporary file, sync, read back, rename, sync of the folder.

    Args:
        path: where it shall be; nothing is changed there unless all went well.
        content: tensors and plain types only.

    Returns:
        SHA-256 of the file in hexadecimal, and its size in bytes.

    Raises:
        UserError: ``checkpoint.not_saved``: the disk is full or refuses.
    """
    temporary = temporary_path(path)
    file: _HashingFile | None = None
    try:
        file = _HashingFile(temporary)
        torch.save({"format": FORMAT, **content}, cast("IO[bytes]", file))
        file.sync()
        file.close()
        digest = file.digest.hexdigest()
        if file_sha256(temporary) != digest:
            raise OSError("what was written reads back otherwise")
        put_in_place(temporary, path)
    except (OSError, RuntimeError) as error:
        cause = (file and file.error) or error
        if not isinstance(cause, OSError):
            raise
        raise _not_saved(path, cause) from error
    finally:
        if file is not None:
            file.close()
        with suppress(OSError):
            temporary.unlink()
    return digest, file.size


def load(path: Path, sha256: str | None = None) -> dict[str, Any]:
    """Read a checkpoint onto the CPU; no code in it is run.

    Args:
        path: the file.
        sha256: what its hash must be, where it is known; a flipped bit is noticed by nothing else.

    Raises:
        UserError: ``checkpoint.missing``, ``checkpoint.damaged`` or ``checkpoint.newer``.
    """
    try:
        if sha256 and file_sha256(path) != sha256:
            raise _damaged(path, "Its content is not what was saved: the SHA-256 differs.")
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise UserError(
            "checkpoint.missing", f"The checkpoint {path.name} is not there.", str(path.parent)
        ) from None
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        first = " ".join(str(error).split())[:160]
        raise _damaged(path, f"It is cut off or not a checkpoint ({first}).") from error
    if not isinstance(content, dict) or "model" not in content:
        raise _damaged(path, "It is not a checkpoint of the studio.")
    if content.get("format", 0) > FORMAT:
        raise UserError(
            "checkpoint.newer",
            f"The checkpoint {path.name} was written by a newer version of the studio.",
            f"It has format {content['format']}; this version reads up to {FORMAT}.",
            "Update PyTorch Studio to open it.",
        )
    return content


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while data := stream.read(_CHUNK):
            digest.update(data)
    return digest.hexdigest()


def weights_sha256(state: Mapping[str, Tensor]) -> str:
    """One hash for all weights of a model; equal for equal bits, whatever the device.

    Over the state dict with sorted keys; for each: the key in UTF-8, the dtype's name (such as
    ``torch.float32``), the shape as a Python tuple's text, the contiguous little-endian bytes.
    """
    digest = hashlib.sha256()
    for key in sorted(state):
        tensor = state[key].detach().cpu().contiguous()
        digest.update(key.encode())
        digest.update(str(tensor.dtype).encode())
        digest.update(str(tuple(tensor.shape)).encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _not_saved(path: Path, cause: OSError) -> UserError:
    free = ""
    with suppress(OSError):
        free = f" {shutil.disk_usage(path.parent).free / 1e6:.0f} MB are free."
    return UserError(
        "checkpoint.not_saved",
        f"The checkpoint {path.name} could not be saved.",
        f"{cause.strerror or cause}.{free}",
        "The checkpoints before it are kept; free the disk.",
    )


def _damaged(path: Path, why: str) -> UserError:
    return UserError(
        "checkpoint.damaged", f"The checkpoint {path.name} is damaged.", why, "Use an earlier one, such as @best."
    )
