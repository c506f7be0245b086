"""The curves of a run: a file that only grows, one JSON line a flush, each holding arrays.

    {"series": {"loss/train": [[1, 2, 3], [2.31, 2.27, 2.2]], "lr": [[3], [0.001]]}}
    {"rewind": 230}

A rewind says that the run went on from an earlier checkpoint: points after that step no longer
count. NaN and infinities are written as the texts "nan", "inf" and "-inf", so that any program can
read the lines. A line that a kill has torn is skipped.
"""

from __future__ import annotations

import json
import math
import os
from array import array
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from studio.spec.events import Series

# What is kept in memory while the disk is full; a day of a busy run.
_WAITING_LIMIT = 64 << 20


class MetricsWriter:
    """Appends points to the file of a run, which has one writer.

    A disk that is full or gone does not end the work: the lines wait in memory (up to 64 MB, then
    the oldest go) and are written with the next flush that succeeds.
    """

    def __init__(self, path: Path):
        self.path = path
        self.problem: OSError | None = None
        self._waiting: list[bytes] = []

    def append(self, series: Mapping[str, Series]) -> bool:
        """Write new points of curves as one line; whether everything is on disk now."""
        points = {
            name: [_steps_out(curve.steps), _values_out(curve.values)] for name, curve in series.items() if curve
        }
        return self._write({"series": points}) if points else self.flush()

    def rewind(self, step: float) -> bool:
        """Say that the run goes on from `step`: points after it no longer count."""
        return self._write({"rewind": step})

    def flush(self) -> bool:
        """Try again to write what waits; whether everything is on disk now."""
        if not self._waiting:
            return True
        try:
            self._append(b"".join(self._waiting))
        except OSError as error:
            self.problem = error
            return False
        self._waiting.clear()
        self.problem = None
        return True

    def _write(self, line: Mapping[str, Any]) -> bool:
        self._waiting.append(json.dumps(line, separators=(",", ":"), allow_nan=False).encode() + b"\n")
        while len(self._waiting) > 1 and sum(map(len, self._waiting)) > _WAITING_LIMIT:
            del self._waiting[0]
        return self.flush()

    def _append(self, data: bytes) -> None:
        # Unbuffered, so that what an error leaves behind is known and can be taken back. One byte is
        # read back first: after a torn line the next one starts on a line of its own.
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        try:
            size = os.lseek(descriptor, 0, os.SEEK_END)
            if size:
                os.lseek(descriptor, size - 1, os.SEEK_SET)
                if os.read(descriptor, 1) != b"\n":
                    data = b"\n" + data
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(descriptor, view) :]
            except OSError:
                with suppress(OSError):
                    os.ftruncate(descriptor, size)
                raise
        finally:
            os.close(descriptor)


class MetricsTail:
    """Follows a file of curves while it grows, whoever writes it."""

    def __init__(self, path: Path):
        self.path = path
        self.rewound_to: float | None = None
        """The lowest step to which the points before the last read were rewound, if they were."""
        self._offset = 0

    def read_new(self) -> dict[str, Series]:
        """The points of all whole lines since the last call; empty where there is nothing new.

        A file that became shorter was replaced: it is read from its start, rewound to before all.
        """
        self.rewound_to = None
        try:
            with self.path.open("rb") as stream:
                if os.fstat(stream.fileno()).st_size < self._offset:
                    self._offset = 0
                    self.rewound_to = -math.inf
                stream.seek(self._offset)
                data = stream.read()
        except OSError:
            return {}
        data = data[: data.rfind(b"\n") + 1]
        self._offset += len(data)
        found, rewound = _parse(data)
        if rewound is not None:
            self.rewound_to = rewound if self.rewound_to is None else min(rewound, self.rewound_to)
        return found


def read_metrics(path: Path) -> dict[str, Series]:
    """All curves of a run by name; empty where the file is missing.

    Torn and damaged lines are skipped, and what was rewound is left out.
    """
    return MetricsTail(path).read_new()


def _parse(data: bytes) -> tuple[dict[str, Series], float | None]:
    found: dict[str, Series] = {}
    rewound: float | None = None
    for text in data.splitlines():
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if not isinstance(line, dict):
            continue
        step = line.get("rewind")
        if isinstance(step, int | float):
            rewound = step if rewound is None else min(rewound, step)
            _cut(found, step)
        points = line.get("series")
        if isinstance(points, dict):
            _add(found, points)
    return found, rewound


def _add(found: dict[str, Series], points: dict[str, Any]) -> None:
    for name, pair in points.items():
        try:
            steps, values = _numbers(pair[0]), _numbers(pair[1])
        except (TypeError, ValueError, IndexError, KeyError, OverflowError):
            continue
        if len(steps) != len(values):
            continue
        if name in found:
            found[name].steps.extend(steps)
            found[name].values.extend(values)
        else:
            found[name] = Series(steps, values)


def _cut(found: dict[str, Series], step: float) -> None:
    for name, curve in found.items():
        # Points are in the order of their steps, so those after a step are at the end.
        kept = len(curve)
        while kept and curve.steps[kept - 1] > step:
            kept -= 1
        found[name] = Series(curve.steps[:kept], curve.values[:kept])
    for name in [name for name, curve in found.items() if not curve]:
        del found[name]


def _numbers(values: Any) -> array[float]:
    if not isinstance(values, list):
        raise TypeError("an array is expected")
    try:
        return array("d", values)
    except TypeError:
        return array("d", [float(value) for value in values])


def _steps_out(steps: array[float]) -> list[Any]:
    # Steps are nearly always whole: 12 reads better than 12.0 and is shorter.
    return [
        int(step) if isinstance(step, float) and abs(step) < 2**53 and step.is_integer() else step
        for step in _values_out(steps)
    ]


def _values_out(values: array[float]) -> list[Any]:
    plain = values.tolist()
    if all(map(math.isfinite, plain)):
        return plain
    return [value if math.isfinite(value) else str(value) for value in plain]
