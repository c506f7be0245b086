"""What commands print: tables, JSON, and one line of progress on a terminal."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TextIO

from studio.runs.atomic import plain_json
from studio.spec.quantities import duration, number, size

__all__ = ["ProgressLine", "bar", "duration", "leave_broken_streams", "number", "print_json", "size", "table"]

_INTERVAL = 0.1


class ProgressLine:
    """One line that is written over while work goes on; nothing where the stream is no terminal.

    It goes to standard error, so that results on standard output can be piped.
    """

    def __init__(self, stream: TextIO | None = None):
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._shown = 0
        self._last = -math.inf

    def show(self, text: str, *, now: bool = False) -> None:
        """Write over the line, at most ten times a second unless it must be `now`."""
        moment = time.monotonic()
        if not self._is_terminal or (not now and moment - self._last < _INTERVAL):
            return
        self._last = moment
        text = text[: shutil.get_terminal_size().columns - 1]
        self._stream.write("\r" + text.ljust(self._shown))
        self._stream.flush()
        self._shown = len(text)

    def clear(self) -> None:
        """Take the line away, so that what follows starts at the margin."""
        if self._is_terminal and self._shown:
            self._stream.write("\r" + " " * self._shown + "\r")
            self._stream.flush()
        self._shown = 0
        self._last = -math.inf


def bar(share: float, width: int = 24) -> str:
    """A bar of `width` characters of which `share` (0 to 1) is full."""
    full = round(min(max(share, 0.0), 1.0) * width)
    return "━" * full + "─" * (width - full)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under a head, in columns as wide as they need."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def print_json(value: Any) -> None:
    """Print a value as JSON on one line; numbers that JSON lacks (NaN, infinities) become null."""
    print(json.dumps(plain_json(value), ensure_ascii=False, allow_nan=False), flush=True)


def leave_broken_streams() -> None:
    """Let what is printed from now on go nowhere, where its reader has gone or its disk is full.

    Without it the next `print` fails too, and Python itself complains when it ends.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            with suppress(OSError, ValueError):
                os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
