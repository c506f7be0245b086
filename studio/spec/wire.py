"""How two processes of the studio talk: frames of a length (8 bytes) and a pickle, over pipes.

Pickles come only from a child that the studio started itself. A stream that breaks off or holds
anything else (user code may have written into the pipe) reads as its end.
"""

from __future__ import annotations

import pickle
import struct
from typing import Any, BinaryIO

_HEADER = struct.Struct("!4sQ")
_MAGIC = b"PTS1"
_LIMIT = 1 << 31


class BrokenWireError(Exception):
    """The other side ended, or what came is not a frame."""


def write_frame(stream: BinaryIO, message: Any) -> None:
    """Send one message.

    Raises:
        BrokenWireError: the other side is gone.
    """
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    try:
        stream.write(_HEADER.pack(_MAGIC, len(body)) + body)
        stream.flush()
    except (OSError, ValueError) as error:
        raise BrokenWireError("the other process is gone") from error


def read_frame(stream: BinaryIO) -> Any:
    """Wait for one message.

    Raises:
        BrokenWireError: the other side ended, or sent what is not a frame.
    """
    magic, length = _HEADER.unpack(_exactly(stream, _HEADER.size))
    if magic != _MAGIC or length > _LIMIT:
        raise BrokenWireError("what came is not a message of the studio")
    body = _exactly(stream, length)
    try:
        return pickle.loads(body)
    except Exception as error:
        raise BrokenWireError(f"a message could not be read: {error}") from error


def _exactly(stream: BinaryIO, count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        try:
            part = stream.read(count)
        except (OSError, ValueError) as error:
            raise BrokenWireError("the pipe broke") from error
        if not part:
            raise BrokenWireError("the other process ended")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
