"""Taking in a run folder that lies elsewhere: a copy gets a number of this workspace."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from uuid import uuid4

from studio.runs.atomic import temporary_path
from studio.runs.folder import RunFolder
from studio.runs.workspace import Workspace
from studio.spec.errors import UserError


def is_run_folder(path: Path) -> bool:
    """Whether a path looks like the folder of a run."""
    return (path / "spec.toml").is_file() and (path / "state.json").is_file()


def adopt(workspace: Workspace, source: Path) -> RunFolder:
    """Copy a run folder into the workspace as a new run; the original stays as it is.

    The run is there once it is whole: a kill in the middle leaves nothing but what is swept later.
    Links inside it are left out, so that nothing from outside the folder comes along.

    Raises:
        UserError: ``run.not_a_folder``: it is no run; ``run.not_copied``: the disk refuses.
    """
    if not is_run_folder(source):
        raise UserError(
            "run.not_a_folder",
            f"{source} is not the folder of a run.",
            "It holds no spec.toml and state.json.",
            "Choose a folder such as 0014-digits-cnn from the runs of a workspace.",
        )
    copy = temporary_path(workspace.runs / f"copy-{uuid4().hex[:8]}")
    try:
        shutil.copytree(source, copy, ignore=_links)
        return RunFolder.take_in(workspace, copy, re.sub(r"^\d+-", "", source.name))
    except (OSError, shutil.Error) as error:
        shutil.rmtree(copy, ignore_errors=True)
        raise UserError(
            "run.not_copied",
            f"{source} could not be copied into the workspace.",
            f"{getattr(error, 'strerror', None) or error}.",
            "Nothing was added.",
        ) from error


def _links(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_symlink()]
