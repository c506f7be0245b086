"""Deleted runs: moved inside the workspace, so that deleting is quick and can be undone."""

from __future__ import annotations

import shutil

from studio.runs.folder import RunFolder
from studio.runs.row import read_row
from studio.runs.workspace import Workspace
from studio.spec.errors import UserError


def throw_away(workspace: Workspace, run_id: str) -> None:
    """Move a run to the trash of its workspace.

    Raises:
        UserError: ``run.unknown``; ``run.active`` while a process works on it; ``run.not_moved``.
    """
    folder = RunFolder.open(workspace, run_id)
    if read_row(folder).is_active:
        raise UserError(
            "run.active",
            f"Run {folder.id} is still at work.",
            "A run can be deleted once it has ended.",
            "Stop it first.",
        )
    _move(workspace, folder.id, to_trash=True)


def put_back(workspace: Workspace, run_id: str) -> None:
    """Move a run back from the trash.

    Raises:
        UserError: ``run.not_moved``: it is no longer in the trash, or the disk refuses.
    """
    _move(workspace, run_id, to_trash=False)


def empty(workspace: Workspace) -> int:
    """Remove for good what is in the trash; returns how many runs are gone.

    Raises:
        UserError: ``trash.not_emptied``: the disk refuses; what could be removed is gone.
    """
    count, refused = 0, None
    for path in sorted(workspace.trash.glob("*")):
        try:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            count += 1
        except OSError as error:
            refused = error
    if refused is not None:
        raise UserError(
            "trash.not_emptied",
            f"The trash {workspace.trash} could not be emptied.",
            f"{refused.strerror or refused}.",
            "Some runs are still in it; remove them with the file manager.",
        )
    return count


def _move(workspace: Workspace, run_id: str, *, to_trash: bool) -> None:
    source, target = workspace.runs / run_id, workspace.trash / run_id
    if not to_trash:
        source, target = target, source
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
    except OSError as error:
        verb = "deleted" if to_trash else "put back"
        raise UserError(
            "run.not_moved",
            f"Run {run_id} could not be {verb}.",
            f"{error.strerror or error}.",
            "Nothing was changed.",
        ) from error
