"""A test that logs a warning or an error without having said so fails."""

from __future__ import annotations

import logging
from types import TracebackType


class LogWatch(logging.Handler):
    """Keeps every record of a warning or worse that reaches the root logger."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: list[str] = []
        self._allowed: list[str] = []

    def allow(self, part: str) -> None:
        """Let records that contain `part` pass in this test."""
        self._allowed.append(part)

    def unexpected(self) -> list[str]:
        """The records that nobody allowed, one line each."""
        return [line for line in self._lines if not any(part in line for part in self._allowed)]

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")

    def __enter__(self) -> LogWatch:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.getLogger().removeHandler(self)
