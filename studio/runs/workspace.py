"""The folder that holds everything the studio makes: runs, exports, the index over the runs."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from studio.runs.locking import FileLock
from studio.spec.errors import UserError

ENVIRONMENT_VARIABLE = "PYTORCH_STUDIO_WORKSPACE"


@dataclass(frozen=True)
class Owner:
    """The studio window that holds a workspace: its process and when it took hold (UTC)."""

    pid: int
    since: datetime


class Workspace:
    """One folder with all runs and exports. It can be moved; nothing in it knows its place."""

    def __init__(self, root: Path):
        self.root = root
        self._lock = FileLock(root / "window.lock")

    @staticmethod
    def open(root: Path | None = None) -> Workspace:
        """Open a workspace and make its folders where they are missing.

        None stands for the folder that `PYTORCH_STUDIO_WORKSPACE` names or else for the platform's
        folder for user data.

        Raises:
            UserError: ``workspace.not_writable``: the folder cannot be made or written.
        """
        workspace = Workspace(in_full(root or default_root()).absolute())
        try:
            for folder in (workspace.root, workspace.runs, workspace.exports):
                folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=workspace.root) as probe:
                probe.write(b"studio")
        except OSError as error:
            raise UserError(
                "workspace.not_writable",
                f"The workspace {workspace.root} cannot be written.",
                f"{error.strerror or error}.",
                "Choose another folder with --workspace, or free this one.",
            ) from error
        return workspace

    @staticmethod
    def find(root: Path | None = None) -> Workspace:
        """A workspace that is there, to read from: nothing is made or written, so it may be read-only.

        None stands for the same folder as in `open`; that one may be missing, and then holds no runs.

        Raises:
            UserError: ``workspace.missing``: there is no such folder.
        """
        workspace = Workspace(in_full(root or default_root()).absolute())
        if root is not None and not workspace.root.is_dir():
            raise UserError(
                "workspace.missing",
                f"There is no workspace at {workspace.root}.",
                "It is a file." if workspace.root.exists() else "The folder does not exist.",
                "Name another one with --workspace; training or the window makes a new one.",
            )
        return workspace

    @property
    def runs(self) -> Path:
        """The folder with one folder a run."""
        return self.root / "runs"

    @property
    def exports(self) -> Path:
        """Where exports go unless the user says otherwise."""
        return self.root / "exports"

    @property
    def trash(self) -> Path:
        """Where deleted runs wait to be put back."""
        return self.root / "trash"

    @property
    def index_path(self) -> Path:
        """The index over the runs; it only speeds up and can always be rebuilt."""
        return self.root / "index.sqlite3"

    def take_lock(self) -> bool:
        """Claim the workspace for this window; False where another window has it.

        The claim ends with the process, however it ends.
        """
        try:
            if not self._lock.take():
                return False
        except OSError:
            return False  # another user's, and not for us to open: somebody was here first
        with suppress(OSError):
            self._lock.write(json.dumps({"pid": os.getpid(), "since": datetime.now(UTC).isoformat()}))
        return True

    def free_lock(self) -> None:
        """Give the claim back."""
        self._lock.free()

    def lock_owner(self) -> Owner | None:
        """Who claimed the workspace last; None where nobody wrote it down."""
        try:
            value = json.loads(self._lock.path.read_text("utf-8"))
            return Owner(int(value["pid"]), datetime.fromisoformat(value["since"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def __repr__(self) -> str:
        return f"Workspace({str(self.root)!r})"


def default_root() -> Path:
    """The workspace of a user who names none."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_data_path("pytorch-studio", appauthor=False))


def in_full(folder: Path) -> Path:
    """A folder as a user writes it, with ``~`` and ``~name`` as the home that they stand for.

    Raises:
        UserError: there is no user of that name.
    """
    try:
        return folder.expanduser()
    except RuntimeError:
        raise UserError(
            "folder.unknown_user",
            f"The folder {folder} cannot be found.",
            f"There is no user {folder.parts[0].removeprefix('~')!r} on this computer.",
            "Write the folder in full.",
        ) from None
