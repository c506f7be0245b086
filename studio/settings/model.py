"""The user's preferences: what they are, what they may be, what they are at first."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

RECENT_LIMIT = 12
"""How many recent files are remembered."""


class Settings(BaseModel):
    """All preferences. Only those that differ from their defaults are written down."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    theme: Literal["system", "light", "dark"] = Field("system", description="colours of the window")
    confirm_close: bool = Field(True, description="ask before closing while work runs")
    single_process: bool = Field(False, description="run all work in threads of the window's process")
    recent_files: tuple[str, ...] = Field(
        (), max_length=RECENT_LIMIT, description="files opened lately, newest first"
    )

    def with_recent(self, path: str) -> tuple[str, ...]:
        """The recent files once `path` was opened: it comes first and stands there once."""
        return (path, *(other for other in self.recent_files if other != path))[:RECENT_LIMIT]
