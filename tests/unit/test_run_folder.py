"""A run on disk: whole at every moment, found by its name, honest about who works on it."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from studio.runs import atomic
from studio.runs.checkpoints import CheckpointEntry
from studio.runs.folder import FORMAT, RunFolder
from studio.runs.processes import birth_mark, is_alive
from studio.runs.state import RunState
from studio.runs.trash import put_back, throw_away
from studio.runs.workspace import Workspace
from studio.spec.errors import UserError
from studio.spec.run import RunSpec, parse_tables


@pytest.fixture
def spec() -> RunSpec:
    return parse_tables(
        {
            "recipe": "digits-cnn",
            "data": {"name": "digits"},
            "model": {"name": "cnn", "channels": [16, 32]},
            "loss": {"name": "CrossEntropyLoss"},
            "optimizer": {"name": "AdamW", "lr": 1e-3},
        }
    )


def entry(folder: RunFolder, step: int, *, is_best: bool = False) -> CheckpointEntry:
    path = folder.checkpoints_path / f"step-{step:06d}.pt"
    path.write_bytes(b"weights")
    return CheckpointEntry(path, step, step // 10, "ab" * 32, 7, step / 100, is_best)


def test_runs_are_numbered_and_named(workspace: Workspace) -> None:
    ids = [
        RunFolder.create(workspace, label).id for label in ("digits-cnn", "Größe & Ähnlichkeit!", "日本", "a/../b")
    ]
    assert ids == ["0001-digits-cnn", "0002-groe-ahnlichkeit", "0003-run", "0004-a-b"]


def test_a_number_is_never_given_twice(workspace: Workspace) -> None:
    throw_away(workspace, RunFolder.create(workspace, "a").id)
    assert RunFolder.create(workspace, "b").id == "0002-b"
    with ThreadPoolExecutor(8) as pool:
        ids = [folder.id for folder in pool.map(lambda label: RunFolder.create(workspace, label), "abcdefgh" * 3)]
    assert len({name[:4] for name in ids}) == 24


def test_what_is_written_reads_back(workspace: Workspace, spec: RunSpec) -> None:
    folder = RunFolder.create(workspace, "digits")
    folder.write_spec(spec)
    folder.write_environment({"python": "3.11"})
    folder.write_script("print(1)\n")
    folder.write_result({"metrics": {"accuracy/test": 0.99, "loss/test": float("nan")}})
    folder.append_log("first")
    folder.append_log("second\n")
    again = RunFolder.open(workspace, folder.id)
    assert again.read_spec() == spec
    assert again.read_environment() == {"python": "3.11"}
    assert again.read_result() == {"metrics": {"accuracy/test": 0.99, "loss/test": None}}
    assert again.script_path.read_text() == "print(1)\n"
    assert again.log_tail() == "first\nsecond\n"
    assert again.log_tail(limit=9) == "second\n"


def test_a_run_is_found_by_its_number(workspace: Workspace) -> None:
    RunFolder.create(workspace, "digits")
    assert RunFolder.open(workspace, "1").id == "0001-digits"


@pytest.mark.parametrize("name", ["0001-digit", "..", "../runs", "", "2", "/", "a\nb"])
def test_an_unknown_run_is_said(workspace: Workspace, name: str) -> None:
    RunFolder.create(workspace, "digits")
    with pytest.raises(UserError) as raised:
        RunFolder.open(workspace, name)
    assert raised.value.name == "run.unknown"


def test_the_nearest_run_is_suggested(workspace: Workspace) -> None:
    RunFolder.create(workspace, "digits-cnn")
    with pytest.raises(UserError, match="Did you mean `0001-digits-cnn`"):
        RunFolder.open(workspace, "0001-digit-cn")


def test_a_run_whose_process_died_is_interrupted(workspace: Workspace) -> None:
    folder = RunFolder.create(workspace, "digits")
    child = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    mine = RunState(status="running", step=7).by_this_process()
    folder.write_state(mine)
    assert folder.read_state().status == "running"
    folder.write_state(replace(mine, pid=int(child.stdout)))
    assert folder.read_state().status == "interrupted"
    folder.write_state(replace(mine, mark="an older process of the same number"))
    assert folder.read_state().status == "interrupted"
    assert folder.read_state().step == 7


def test_a_run_on_another_machine_lives_as_long_as_it_speaks(workspace: Workspace) -> None:
    folder = RunFolder.create(workspace, "digits")
    state = RunState(status="running", pid=1, mark="x", host="another machine")
    folder.write_state(state)
    assert folder.read_state().status == "running"
    assert replace(state, updated="2020-01-01T00:00:00+00:00").as_seen().status == "interrupted"


def test_processes_are_told_apart() -> None:
    assert is_alive(os.getpid(), birth_mark(os.getpid()))
    assert not is_alive(os.getpid(), "another")
    assert not is_alive(0)
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not is_alive(child.pid), "a zombie counts as gone"


def test_a_folder_of_a_newer_studio_is_left_alone(workspace: Workspace) -> None:
    folder = RunFolder.create(workspace, "digits")
    atomic.write_json(folder.state_path, {"format": FORMAT + 1, "status": "finished"})
    with pytest.raises(UserError) as raised:
        folder.read_state()
    assert raised.value.name == "run.newer"


def test_a_state_with_strange_keys_and_values_reads(workspace: Workspace) -> None:
    folder = RunFolder.create(workspace, "digits")
    atomic.write_json(folder.state_path, {"status": "asleep", "epoch": "three", "step": 4, "colour": "red"})
    assert folder.read_state() == RunState(step=4)
    folder.state_path.write_text("{")
    with pytest.raises(UserError) as raised:
        folder.read_state()
    assert raised.value.name == "run.damaged"


def test_checkpoints_are_chosen_by_name(workspace: Workspace) -> None:
    folder = RunFolder.create(workspace, "digits")
    with pytest.raises(UserError, match="has no checkpoint"):
        folder.checkpoint("best")
    for step, is_best in ((10, False), (20, True), (30, True), (40, False)):
        folder.register_checkpoint(entry(folder, step, is_best=is_best))
    assert folder.checkpoint("best").step == 30
    assert folder.checkpoint("last").step == 40
    assert folder.checkpoint("20").step == 20
    assert [part.is_best for part in folder.checkpoints()] == [False, False, True, False]
    with pytest.raises(UserError, match="10, 20, 30, 40"):
        folder.checkpoint("25")


def test_pruning_keeps_the_newest_and_the_best(workspace: Workspace) -> None:
    folder = RunFolder.create(workspace, "digits")
    for step in (10, 20, 30, 40):
        folder.register_checkpoint(entry(folder, step, is_best=step == 10))
    removed = folder.prune_checkpoints(2)
    assert [path.name for path in removed] == ["step-000020.pt"]
    assert [part.step for part in folder.checkpoints()] == [10, 30, 40]
    assert sorted(path.name for path in folder.checkpoints_path.glob("*.pt")) == [
        "step-000010.pt",
        "step-000030.pt",
        "step-000040.pt",
    ]


def test_a_checkpoint_whose_file_is_gone_is_not_offered(workspace: Workspace) -> None:
    folder = RunFolder.create(workspace, "digits")
    for step in (10, 20):
        folder.register_checkpoint(entry(folder, step, is_best=True))
    folder.checkpoint("best").path.unlink()
    assert folder.checkpoint("best").step == 10


def test_a_moved_workspace_finds_its_checkpoints(workspace: Workspace, tmp_path: Path) -> None:
    folder = RunFolder.create(workspace, "digits")
    folder.register_checkpoint(entry(folder, 10))
    moved = workspace.root.rename(tmp_path / "moved: Ümlaut 'quote'\nnew line")
    found = RunFolder.open(Workspace.open(moved), folder.id).checkpoint("last")
    assert found.path.read_bytes() == b"weights"


def test_a_list_cannot_name_files_outside_the_folder(workspace: Workspace) -> None:
    folder = RunFolder.create(workspace, "digits")
    folder.register_checkpoint(entry(folder, 10))
    text = (folder.checkpoints_path / "checkpoints.json").read_text()
    (folder.checkpoints_path / "checkpoints.json").write_text(text.replace("step-000010.pt", "../state.json"))
    assert folder.checkpoints() == []


def test_the_trash_gives_back(workspace: Workspace) -> None:
    folder = RunFolder.create(workspace, "digits")
    throw_away(workspace, folder.id)
    assert not folder.path.exists()
    put_back(workspace, folder.id)
    assert folder.read_state().status == "queued"
    with pytest.raises(UserError, match="could not be put back"):
        put_back(workspace, "0009-gone")


def test_a_run_at_work_is_not_thrown_away(workspace: Workspace) -> None:
    folder = RunFolder.create(workspace, "digits")
    folder.write_state(RunState(status="running").by_this_process())
    with pytest.raises(UserError) as raised:
        throw_away(workspace, folder.id)
    assert raised.value.name == "run.active"
    assert folder.path.is_dir()


REWRITE_FOR_EVER = """
import sys
from pathlib import Path
from studio.runs.atomic import write_json

print("ready", flush=True)
number = 0
while True:
    number += 1
    write_json(Path(sys.argv[1]), {"number": number, "filling": "x" * 100_000})
"""


def test_a_file_is_whole_whenever_its_writer_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    left = 0
    for kill in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", REWRITE_FOR_EVER, str(path)], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            while not path.exists():
                assert child.poll() is None
            for _ in range(kill * 300):
                path.exists()
            child.kill()
        value = atomic.read_json(path)
        assert value is not None
        assert len(value["filling"]) == 100_000
        left += len(list(tmp_path.iterdir())) - 1
        atomic.sweep(tmp_path)
        assert [other.name for other in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_write_that_fails_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = tmp_path / "result.json"
    atomic.write_json(path, {"old": 1})

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    if call == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="Input/output"):
        atomic.write_json(path, {"new": 2})
    assert [other.name for other in tmp_path.iterdir()] == ["result.json"]
    assert atomic.read_json(path) == {"old": 1}


def test_sweeping_leaves_the_files_of_the_living(tmp_path: Path) -> None:
    mine = atomic.temporary_path(tmp_path / "spec.toml")
    mine.write_text("at work")
    here = mine.name.removesuffix(str(os.getpid()))
    (tmp_path / f"{here}999999999").write_text("left behind")
    (tmp_path / f"{here.replace('spec.toml', '0001-digits')}999999999" / "checkpoints").mkdir(parents=True)
    assert atomic.sweep(tmp_path) == 2
    assert list(tmp_path.iterdir()) == [mine]


def test_sweeping_leaves_what_another_machine_may_be_writing(tmp_path: Path) -> None:
    theirs = tmp_path / ".spec.toml.tmp-0badcafe-999999999"
    theirs.write_text("at work, elsewhere")
    assert atomic.sweep(tmp_path) == 0
    two_days_ago = theirs.stat().st_mtime - 2 * 86_400
    os.utime(theirs, (two_days_ago, two_days_ago))
    assert atomic.sweep(tmp_path) == 1
    assert not theirs.exists()
