"""One run on disk: a folder that people and programs can read, move and copy.

    spec.toml  state.json  environment.json  metrics.jsonl  result.json  log.txt  script.py  checkpoints/

Every file is replaced in one step or only grows, so a kill at any moment leaves a run that reads.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from studio.runs import checkpoints as checkpoint_list
from studio.runs.atomic import read_json, sweep, temporary_path, write_json, write_text
from studio.runs.checkpoints import CheckpointEntry
from studio.runs.locking import locked
from studio.runs.state import RunState, now
from studio.runs.workspace import Workspace
from studio.spec.errors import UserError
from studio.spec.run import RunSpec, nearest, parse_tables, read_tables

FORMAT = 1
"""Version of the folder's layout; a folder with a higher one was written by a newer studio."""


class RunFolder:
    """The files of one run, and how each is written and read."""

    def __init__(self, path: Path):
        self.path = path

    @staticmethod
    def create(workspace: Workspace, label: str) -> RunFolder:
        """Make the folder of a new run, numbered after all others: ``0014-digits-cnn``.

        Raises:
            UserError: ``workspace.not_writable``: the folder cannot be made.
        """
        try:
            sweep(workspace.runs)
            started = temporary_path(workspace.runs / f"run-{uuid4().hex[:8]}")
            (started / "checkpoints").mkdir(parents=True)
            created = now()
            RunFolder(started).write_state(RunState(created=created, updated=created))
            return RunFolder.take_in(workspace, started, label)
        except OSError as error:
            raise UserError(
                "workspace.not_writable",
                f"No run can be made in {workspace.runs}.",
                f"{error.strerror or error}.",
                "Free the disk or choose another workspace.",
            ) from error

    @staticmethod
    def take_in(workspace: Workspace, made: Path, label: str) -> RunFolder:
        """Make a folder that lies ready on the same disk a run, numbered after all others.

        Raises:
            OSError: the disk refuses.
        """
        with locked(workspace.root / "runs.lock"):
            number = 1 + max(map(number_of, [*_names(workspace.runs), *_names(workspace.trash)]), default=0)
            path = workspace.runs / f"{number:04d}-{_plain_label(label)}"
            made.rename(path)
        return RunFolder(path)

    @staticmethod
    def open(workspace: Workspace, run_id: str) -> RunFolder:
        """The folder of a run by its ID or by its number alone (``14``).

        Raises:
            UserError: ``run.unknown``, which suggests the nearest ID.
        """
        names = _names(workspace.runs)
        found = [name for name in names if name == run_id]
        if not found and run_id.isdigit():
            found = [name for name in names if number_of(name) == int(run_id)]
        if not found:
            remedy = nearest(run_id, names) if len(names) <= 8 or _is_close(run_id, names) else ""
            raise UserError(
                "run.unknown",
                f"There is no run {run_id!r} in {workspace.root}.",
                "",
                remedy or "`pytorch-studio runs` lists those that are there.",
            )
        return RunFolder(workspace.runs / found[0])

    @property
    def id(self) -> str:
        """The run's ID: the name of its folder."""
        return self.path.name

    @property
    def spec_path(self) -> Path:
        """The resolved specification, TOML."""
        return self.path / "spec.toml"

    @property
    def state_path(self) -> Path:
        """Where the run stands, JSON."""
        return self.path / "state.json"

    @property
    def environment_path(self) -> Path:
        """Versions and machine, JSON."""
        return self.path / "environment.json"

    @property
    def metrics_path(self) -> Path:
        """The curves, one JSON line a flush."""
        return self.path / "metrics.jsonl"

    @property
    def result_path(self) -> Path:
        """What came out, JSON; there once the run has ended."""
        return self.path / "result.json"

    @property
    def log_path(self) -> Path:
        """What the run said, text."""
        return self.path / "log.txt"

    @property
    def script_path(self) -> Path:
        """The same run as a plain PyTorch script."""
        return self.path / "script.py"

    @property
    def checkpoints_path(self) -> Path:
        """The folder with the checkpoints and their list."""
        return self.path / "checkpoints"

    def write_spec(self, spec: RunSpec) -> None:
        """Write the resolved specification."""
        write_text(self.spec_path, spec.as_toml())

    def read_spec(self) -> RunSpec:
        """The specification of the run.

        Raises:
            UserError: it is missing, is not TOML or says what this studio does not know.
        """
        return parse_tables(read_tables(self.spec_path))

    def write_state(self, state: RunState) -> None:
        """Write where the run stands, with the time of now."""
        created = state.created or now()
        tables = replace(state, created=created, updated=now()).as_tables()
        write_json(self.state_path, {"format": FORMAT, **tables})

    def read_state(self) -> RunState:
        """Where the run stands now; one whose process died without a word is ``interrupted``.

        Raises:
            UserError: ``run.newer`` where a newer studio wrote the folder, ``run.damaged`` where
                the file is missing or unreadable.
        """
        tables = read_json(self.state_path)
        if tables is None:
            raise UserError(
                "run.damaged",
                f"Run {self.id} cannot be read.",
                "Its file state.json is missing or damaged.",
                "Its other files are untouched; the folder can be opened from the list of runs.",
                "runs.show_folder",
            )
        written_by = tables.get("format", FORMAT)
        if not isinstance(written_by, int) or written_by > FORMAT:
            raise UserError(
                "run.newer",
                f"Run {self.id} was written by a newer version of the studio.",
                f"Its folder has format {written_by}; this version reads up to {FORMAT}.",
                "Update PyTorch Studio to open it.",
            )
        return RunState.from_tables(tables).as_seen()

    def write_environment(self, environment: dict[str, Any]) -> None:
        """Write what the run ran on; see `studio.runs.environment`."""
        write_json(self.environment_path, environment)

    def read_environment(self) -> dict[str, Any]:
        """What the run ran on; empty where it is not known."""
        return read_json(self.environment_path) or {}

    def write_script(self, text: str) -> None:
        """Write the run as a plain PyTorch script."""
        write_text(self.script_path, text)

    def write_result(self, result: dict[str, Any]) -> None:
        """Write what came out."""
        write_json(self.result_path, result)

    def read_result(self) -> dict[str, Any]:
        """What came out; empty where the run has not ended."""
        return read_json(self.result_path) or {}

    def append_log(self, text: str) -> None:
        """Add a text to the log; a full disk costs the text, not the work."""
        try:
            with self.log_path.open("a", encoding="utf-8") as stream:
                stream.write(text if text.endswith("\n") else text + "\n")
        except OSError:
            return

    def log_tail(self, limit: int = 20_000) -> str:
        """The last `limit` bytes of the log, from a whole line on."""
        try:
            with self.log_path.open("rb") as stream:
                size = stream.seek(0, 2)
                stream.seek(max(0, size - limit))
                data = stream.read()
        except OSError:
            return ""
        text = data.decode("utf-8", errors="replace")
        return text.partition("\n")[2] if size > limit else text

    def checkpoints(self) -> list[CheckpointEntry]:
        """The checkpoints that are there, oldest step first."""
        return checkpoint_list.read_entries(self.checkpoints_path)

    def register_checkpoint(self, entry: CheckpointEntry) -> None:
        """Add a checkpoint that is safely on disk; a new best takes the title from the old one."""
        checkpoint_list.register(self.checkpoints_path, entry)

    def prune_checkpoints(self, keep_last: int) -> list[Path]:
        """Remove all checkpoints but the newest `keep_last` and the best; returns those removed."""
        return checkpoint_list.prune(self.checkpoints_path, keep_last)

    def checkpoint(self, at: str = "best") -> CheckpointEntry:
        """The checkpoint that ``best``, ``last`` or a step stands for; without a best one, the last.

        Raises:
            UserError: ``run.no_checkpoint`` or ``run.unknown_step``.
        """
        return checkpoint_list.choose(self.checkpoints(), at, self.id)

    def __repr__(self) -> str:
        return f"RunFolder({str(self.path)!r})"


def number_of(name: str) -> int:
    """The number at the start of a run's ID; 0 where there is none."""
    found = re.match(r"(\d{1,9})-", name)
    return int(found[1]) if found else 0


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    except OSError:
        return []


def _is_close(run_id: str, names: list[str]) -> bool:
    return nearest(run_id, names).startswith("Did you mean")


def _plain_label(label: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")[:40].strip("-") or "run"
