"""Unsaved text of the editor, kept in the workspace so that a crash costs a second of typing. No Qt in here."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Draft:
    """A changed text, and what it is a change of: a file, or a lesson where `file` is empty."""

    file: str
    lesson: int
    text: str


def keep_draft(path: Path, draft: Draft | None) -> None:
    """Write the draft at one stroke; None takes it away. Where the workspace is gone nothing is kept."""
    try:
        if draft is None:
            path.unlink(missing_ok=True)
            return
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        temporary.write_text(json.dumps(asdict(draft)), encoding="utf-8")
        temporary.replace(path)
    except OSError:
        return


def read_draft(path: Path) -> Draft | None:
    """The draft of the last time; None where there is none, or none that can be read."""
    try:
        tables = json.loads(path.read_text(encoding="utf-8"))
        draft = Draft(str(tables["file"]), int(tables["lesson"]), str(tables["text"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return draft
