"""Kills, full and read-only disks, two windows: what the workspace and its runs survive."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from studio.runs.checkpoints import CheckpointEntry
from studio.runs.folder import RunFolder
from studio.runs.index import RunIndex
from studio.runs.metrics import read_metrics
from studio.runs.state import RunState
from studio.runs.workspace import Workspace
from studio.settings.store import SettingsStore
from studio.spec.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
KILLS = 12

LIVE = """
import hashlib, sys
from pathlib import Path
from studio.runs.checkpoints import CheckpointEntry
from studio.runs.folder import RunFolder
from studio.runs.index import RunIndex
from studio.runs.metrics import MetricsWriter
from studio.runs.state import RunState
from studio.runs.workspace import Workspace
from studio.spec.events import Series

workspace = Workspace.open(Path(sys.argv[1]))
index = RunIndex(workspace)
while True:
    folder = RunFolder.create(workspace, "life")
    writer = MetricsWriter(folder.metrics_path)
    state = RunState(status="running").by_this_process()
    for step in range(1, 6):
        writer.append({"loss": Series.of([step], [1 / step])})
        path = folder.checkpoints_path / f"step-{step:06d}.pt"
        data = bytes([step]) * 50_000
        temporary = path.with_suffix(".writing")
        temporary.write_bytes(data)
        temporary.rename(path)
        digest = hashlib.sha256(data).hexdigest()
        folder.register_checkpoint(CheckpointEntry(path, step, step, digest, len(data), 1 / step, is_best=True))
        folder.prune_checkpoints(2)
        folder.write_state(state)
        index.refresh()
        print(folder.id, step, flush=True)
"""


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A Python that runs `code` from the root of the sources."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def check_whole(workspace: Workspace, run_id: str, step: int) -> None:
    """A run whose process was killed after it had said that `step` is safe."""
    import hashlib

    folder = RunFolder.open(workspace, run_id)
    assert folder.read_state().status == "interrupted"
    last = folder.checkpoint("last")
    assert last.step >= step
    for entry in folder.checkpoints():
        assert hashlib.sha256(entry.path.read_bytes()).hexdigest() == entry.sha256
    steps = read_metrics(folder.metrics_path)["loss"].steps.tolist()
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) >= step


def test_killed_at_random_while_runs_are_written(workspace: Workspace) -> None:
    chance = random.Random(0)
    for _ in range(KILLS):
        with python(LIVE, str(workspace.root)) as child:
            assert child.stdout is not None
            for _ in range(chance.randint(1, 12)):
                run_id, step = child.stdout.readline().split()
            child.kill()
            child.communicate()
        check_whole(workspace, run_id, int(step))
    index = RunIndex(workspace)
    index.refresh()
    with closing(sqlite3.connect(index.path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not index.was_rebuilt
    assert {row.status for row in index.rows()} <= {"interrupted", "queued"}
    assert not list(workspace.runs.glob("*/.*tmp-*")), "refreshing sweeps what kills left"


def test_index_damaged_at_every_page(workspace: Workspace) -> None:
    for number in range(40):
        RunFolder.create(workspace, f"run {number}").write_state(RunState(status="finished"))
    RunIndex(workspace).refresh()
    good = workspace.index_path.read_bytes()
    for start in range(0, len(good), 4096):
        workspace.index_path.write_bytes(good[:start] + b"\xaa" * 4096 + good[start + 4096 :])
        index = RunIndex(workspace)
        index.refresh()
        assert [row.status for row in index.rows()] == ["finished"] * 40


@pytest.mark.parametrize("what", ["run folder", "all runs", "workspace"])
def test_deleted_while_open(workspace: Workspace, what: str) -> None:
    folder = RunFolder.create(workspace, "gone")
    index = RunIndex(workspace)
    index.refresh()
    shutil.rmtree({"run folder": folder.path, "all runs": workspace.runs, "workspace": workspace.root}[what])
    index.refresh()
    assert index.rows() == []
    with pytest.raises(UserError) as raised:
        RunFolder.open(workspace, folder.id)
    assert raised.value.name == "run.unknown"
    assert Workspace.open(workspace.root).runs.is_dir(), "the next start makes it anew"


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that another user can reach, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="studio-fault-"))
    folder.chmod(0o755)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


AS_NOBODY = """
import os, sys
from pathlib import Path
from studio.runs.folder import RunFolder
from studio.runs.index import RunIndex
from studio.runs.workspace import Workspace
from studio.spec.errors import UserError

if os.geteuid() == 0:
    os.setuid(65534)
workspace = Workspace(Path(sys.argv[1]))
print([row.status for row in RunIndex(workspace).rows()])
for action in (lambda: Workspace.open(workspace.root), lambda: RunFolder.create(workspace, "new")):
    try:
        action()
        print("was written")
    except UserError as error:
        print(error.name, "Permission denied" in error.why)
"""


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights work otherwise on this system")
def test_read_only_workspace(public_folder: Path) -> None:
    workspace = Workspace.open(public_folder / "workspace")
    RunFolder.create(workspace, "kept").write_state(RunState(status="finished"))
    for folder in (workspace.root, workspace.runs, workspace.exports):
        folder.chmod(0o555)
    with python(AS_NOBODY, str(workspace.root)) as child:
        output, errors = child.communicate()
    assert errors == ""
    assert output.splitlines() == [
        "['finished']",
        "workspace.not_writable True",
        "workspace.not_writable True",
    ]


def test_disk_full_while_a_run_is_written(workspace: Workspace) -> None:
    resource = pytest.importorskip("resource", reason="only Unix limits the size of files")
    folder = RunFolder.create(workspace, "full")
    folder.write_state(RunState(status="running", step=1))
    path = folder.checkpoints_path / "step-000001.pt"
    path.write_bytes(b"x")
    entry = CheckpointEntry(path, 1, 1, "ab" * 32, 1)
    folder.register_checkpoint(entry)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, old[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            folder.write_state(RunState(status="running", step=2))
        with pytest.raises(OSError, match="too large"):
            folder.register_checkpoint(CheckpointEntry(path, 2, 1, "cd" * 32, 1))
        with pytest.raises(UserError, match="No run can be made"):
            RunFolder.create(workspace, "no room")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, ignored)
    assert folder.read_state().step == 1
    assert folder.checkpoints() == [entry]
    assert not list(folder.path.rglob("*.tmp-*"))
    index = RunIndex(workspace)
    index.refresh()
    assert [row.id for row in index.rows()] == [folder.id]


HOLD = """
import sys
from pathlib import Path
from studio.runs.workspace import Workspace

workspace = Workspace.open(Path(sys.argv[1]))
print(workspace.take_lock(), flush=True)
sys.stdin.readline()
"""


def test_two_windows_on_one_workspace(workspace: Workspace) -> None:
    for _ in range(5):
        with python(HOLD, str(workspace.root)) as first, python(HOLD, str(workspace.root)) as second:
            assert first.stdout is not None
            assert second.stdout is not None
            assert sorted(line.readline().strip() for line in (first.stdout, second.stdout)) == ["False", "True"]
            first.kill()
            second.kill()
            first.communicate()
            second.communicate()
    assert workspace.take_lock(), "nothing of the killed holds it"
    workspace.free_lock()


STRANGE = ["with space", "quote ' and \"", "Ümläut ß", "日本語 🙂", "new\nline", "x" * 250, "-rf", "%41 #1 ?a=b"]


@pytest.mark.parametrize("name", STRANGE, ids=range(len(STRANGE)))
def test_strange_path(tmp_path: Path, name: str) -> None:
    workspace = Workspace.open(tmp_path / name)
    folder = RunFolder.create(workspace, name)
    path = folder.checkpoints_path / "step-000001.pt"
    path.write_bytes(b"x")
    folder.register_checkpoint(CheckpointEntry(path, 1, 1, "ab" * 32, 1))
    index = RunIndex(workspace)
    index.refresh()
    assert [row.id for row in index.rows()] == [folder.id]
    assert RunFolder.open(Workspace.open(tmp_path / name), folder.id).checkpoint("best").path == path
    assert workspace.take_lock()
    workspace.free_lock()


SETTLE = """
import sys
from pathlib import Path
from studio.settings.store import SettingsStore

store = SettingsStore(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    store.change(recent_files=store.value.with_recent(f"file {number}"))
    print(number, flush=True)
"""


def test_killed_while_preferences_are_saved(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    chance = random.Random(1)
    for _ in range(KILLS):
        with python(SETTLE, str(path)) as child:
            assert child.stdout is not None
            for _ in range(chance.randint(1, 20)):
                number = int(child.stdout.readline())
            child.kill()
            child.communicate()
        store = SettingsStore(path)
        assert store.notice == ""
        saved = [int(name.split()[1]) for name in store.value.recent_files]
        assert max(saved) >= number
