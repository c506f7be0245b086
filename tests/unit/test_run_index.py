"""The index only speeds up: it is always what the folders say, and is made anew when it is damaged."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from studio.runs.folder import RunFolder
from studio.runs.index import RunIndex
from studio.runs.index_job import ListRuns, RunsListed, RunsUnchanged, ServeRuns, run
from studio.runs.state import RunState
from studio.runs.workspace import Workspace
from studio.spec.events import Event
from studio.spec.job import Control
from studio.spec.run import parse_tables

SPEC = parse_tables(
    {
        "recipe": "digits-cnn",
        "data": {"name": "digits"},
        "model": {"name": "cnn"},
        "loss": {"name": "CrossEntropyLoss"},
        "optimizer": {"name": "AdamW"},
    }
)


def make(workspace: Workspace, label: str, **state: object) -> RunFolder:
    folder = RunFolder.create(workspace, label)
    folder.write_spec(SPEC)
    folder.write_state(RunState(**state))  # type: ignore[arg-type]  # keywords of the test at hand
    return folder


def backdate(folder: RunFolder) -> None:
    """Make a folder look unchanged for a minute, so that its row is trusted from now on."""
    moment = folder.path.stat().st_mtime - 60
    os.utime(folder.path, (moment, moment))


def ids(index: RunIndex) -> list[str]:
    return [row.id for row in index.rows()]


def test_rows_say_what_the_folders_say(workspace: Workspace) -> None:
    make(workspace, "a", status="finished", metric="accuracy/test", value=0.9, best=0.95, epoch=3, epochs=3)
    make(workspace, "b", status="failed", error={"what": "The loss is not a number.", "why": "", "remedy": ""})
    index = RunIndex(workspace)
    index.refresh()
    newest, oldest = index.rows()
    assert (oldest.id, oldest.status, oldest.best, oldest.epochs) == ("0001-a", "finished", 0.95, 3)
    assert (oldest.recipe, oldest.model, oldest.data, oldest.optimizer) == ("digits-cnn", "cnn", "digits", "AdamW")
    assert (newest.id, newest.problem) == ("0002-b", "The loss is not a number.")


def test_only_what_changed_is_read_again(workspace: Workspace) -> None:
    folders = [make(workspace, label, status="finished") for label in "abc"]
    for folder in folders:
        backdate(folder)
    index = RunIndex(workspace)
    assert len(index.refresh()) == 3
    assert index.refresh() == []
    folders[1].write_state(RunState(status="stopped"))
    assert index.refresh() == ["0002-b"]
    assert [row.status for row in index.rows()] == ["finished", "stopped", "finished"]


def test_a_run_that_changes_twice_in_a_tick_is_seen(workspace: Workspace) -> None:
    folder = make(workspace, "a", status="queued")
    index = RunIndex(workspace)
    index.refresh()
    stamp = folder.path.stat()
    folder.write_state(RunState(status="finished"))
    os.utime(folder.path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    index.refresh()
    assert index.rows()[0].status == "finished"


def test_a_deleted_run_leaves_the_list(workspace: Workspace) -> None:
    make(workspace, "a")
    gone = make(workspace, "b")
    index = RunIndex(workspace)
    index.refresh()
    shutil.rmtree(gone.path)
    assert "0002-b" in index.refresh()
    assert ids(index) == ["0001-a"]


def test_a_dead_process_is_seen_without_a_change_on_disk(workspace: Workspace) -> None:
    folder = make(workspace, "a", status="running", pid=999_999_999, mark="x")
    backdate(folder)
    index = RunIndex(workspace)
    index.refresh()
    assert index.rows()[0].status == "interrupted"


def test_a_folder_that_cannot_be_read_has_a_row_that_says_why(workspace: Workspace) -> None:
    make(workspace, "a").state_path.write_text("{")
    (workspace.runs / "by hand").mkdir()
    index = RunIndex(workspace)
    index.refresh()
    assert [row.status for row in index.rows()] == ["failed", "failed"]
    assert all("state.json is missing or damaged" in row.problem for row in index.rows())


@pytest.mark.parametrize("part", ["head", "middle", "all", "empty"])
def test_a_damaged_index_is_made_anew_and_kept_aside(workspace: Workspace, part: str) -> None:
    for number in range(30):
        make(workspace, f"run {number}", status="finished")
    RunIndex(workspace).refresh()
    path = workspace.index_path
    data = bytearray(path.read_bytes())
    if part == "head":
        data[:100] = b"\xff" * 100
    elif part == "middle":
        data[4096:] = b"\xff" * (len(data) - 4096)
    else:
        data = bytearray(b"" if part == "empty" else b"not a database" * 1000)
    path.write_bytes(data)

    index = RunIndex(workspace)
    index.refresh()

    assert len(index.rows()) == 30
    if part != "empty":
        assert index.was_rebuilt
        assert index.damaged_path.read_bytes() == data


def test_rows_alone_mend_a_damaged_index_too(workspace: Workspace) -> None:
    make(workspace, "a")
    workspace.index_path.write_bytes(b"not a database" * 1000)
    index = RunIndex(workspace)
    assert ids(index) == ["0001-a"]
    assert index.was_rebuilt


def test_an_index_of_another_version_is_made_anew(workspace: Workspace) -> None:
    make(workspace, "a")
    with closing(sqlite3.connect(workspace.index_path)) as database:
        database.execute("CREATE TABLE runs (colour TEXT)")
        database.execute("PRAGMA user_version=77")
    index = RunIndex(workspace)
    index.refresh()
    assert ids(index) == ["0001-a"]
    assert not index.was_rebuilt


def test_without_an_index_the_folders_are_read(workspace: Workspace) -> None:
    make(workspace, "a", status="finished")
    workspace.index_path.mkdir()
    index = RunIndex(workspace)
    assert index.refresh() == []
    assert ids(index) == ["0001-a"]


def test_ten_thousand_runs_are_listed_without_reading_a_folder_again(workspace: Workspace) -> None:
    pattern = make(workspace, "a", status="finished", best=0.5)
    state, spec = pattern.state_path.read_bytes(), pattern.spec_path.read_bytes()
    for number in range(2, 10_001):
        path = workspace.runs / f"{number:05d}-digits"
        path.mkdir()
        (path / "state.json").write_bytes(state)
        (path / "spec.toml").write_bytes(spec)
        os.utime(path, (1e9, 1e9))
    RunIndex(workspace).refresh()
    for path in workspace.runs.iterdir():
        (path / "state.json").write_bytes(b"")  # written in place: the folder's own time stays
    index = RunIndex(workspace)
    index.refresh()
    rows = index.rows()
    assert len(rows) == 10_000
    assert sum(row.best == 0.5 for row in rows) >= 9_999, "the pattern itself is too young to be trusted"


def test_a_list_shows_what_another_one_was_first_to_read(workspace: Workspace) -> None:
    control = Control()
    tab = run(ServeRuns(workspace.root), control)

    def listed() -> Event:
        control.send(ListRuns())
        return next(tab)

    assert listed() == RunsListed(())
    backdate(make(workspace, "a", status="finished"))
    RunIndex(workspace).refresh()  # another tab, another window or the command line
    answer = listed()
    assert isinstance(answer, RunsListed)
    assert [row.id for row in answer.rows] == ["0001-a"]
    assert listed() == RunsUnchanged()


def test_a_number_that_is_too_large_for_the_index_hides_no_run(workspace: Workspace) -> None:
    make(workspace, "endless", status="failed", epochs=10**20)
    make(workspace, "other", status="finished")
    index = RunIndex(workspace)
    index.refresh()
    assert ids(index) == ["0002-other", "0001-endless"]


def test_a_folder_with_nonsense_in_it_does_not_hide_the_others(workspace: Workspace) -> None:
    make(workspace, "good", status="finished")
    for name, text in {
        "half-a-character": '{"recipe": "\\ud800"}',
        "huge": f'{{"seconds": {"9" * 400}}}',
        "deep": "[" * 100_000,
    }.items():
        (workspace.runs / name).mkdir()
        (workspace.runs / name / "state.json").write_text(text, encoding="utf-8")
    os.mkdir(os.fsencode(workspace.runs) + b"/L\xe4ufe")  # noqa: PTH102  # a path that is no text
    control = Control()
    tab = run(ServeRuns(workspace.root), control)
    control.send(ListRuns())
    answer = next(tab)
    assert isinstance(answer, RunsListed)
    rows = {row.id: row for row in answer.rows}
    assert set(rows) == {"0001-good", "half-a-character", "huge", "deep"}
    assert rows["0001-good"].status == "finished"
    assert rows["huge"].problem
    assert rows["deep"].problem
