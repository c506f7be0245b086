"""How a training command ends where its reader goes away, it is interrupted twice, or it meets a bug."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.headless import training_progress
from studio.headless.command_line import main
from studio.runs.folder import RunFolder
from studio.runs.workspace import Workspace
from studio.spec.events import Ended, Event, Started
from studio.spec.job import Control

ROOT = Path(__file__).resolve().parents[2]
ABOUT = {"run": "0007-net", "folder": "runs/0007-net", "device": "cpu", "parameters": 2}
ABOUT |= {"train_samples": 8, "test_samples": 2}


def interrupted_twice(request: Any, control: Control) -> Iterator[Event]:
    """A job that is in one long step while Ctrl+C is pressed twice."""
    yield Started(ABOUT)
    signal.raise_signal(signal.SIGINT)
    assert control.should_stop
    signal.raise_signal(signal.SIGINT)
    yield Ended("finished")


def breaks(request: Any, control: Control) -> Iterator[Event]:
    """A job with a bug."""
    yield Started(ABOUT)
    raise KeyError("epoch")


@pytest.fixture
def job(
    monkeypatch: pytest.MonkeyPatch, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> Iterator[Any]:
    """Trains by a job of this file's; gives exit code, standard output and standard error."""

    def call(name: str, *options: str) -> tuple[int, str, str]:
        monkeypatch.setattr(training_progress, "JOB", f"{__name__}:{name}")
        code = main(["train", "linear-regression", "--workspace", str(workspace.root), *options])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield call
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("options", [["--json"], []])
def test_a_reader_that_goes_away_does_not_end_the_training(workspace: Workspace, options: list[str]) -> None:
    command = [sys.executable, "-m", "studio", "train", "linear-regression", "--workspace", str(workspace.root)]
    command += ["--set", "training.epochs=2000", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 0
    (run,) = workspace.runs.iterdir()
    folder = RunFolder.open(workspace, run.name)
    assert folder.read_state().status == "finished"
    assert folder.checkpoint("last").step == folder.read_state().steps


def test_a_second_interruption_says_how_to_go_on(job: Any) -> None:
    code, _, err = job("interrupted_twice")
    assert (code, err) == (
        130,
        "Interrupted before it could save. Go on with: pytorch-studio resume 0007-net\n",
    )
    code, out, err = job("interrupted_twice", "--json")
    end = json.loads(out.splitlines()[-1])
    assert (code, err) == (130, "")
    assert (end["outcome"], end["run"], end["folder"]) == ("stopped", "0007-net", "runs/0007-net")
    assert end["error"]["what"] == "Interrupted before it could save."


@pytest.mark.parametrize("options", [["--json"], []])
def test_a_bug_while_training_is_one_line_and_its_details_are_in_the_log(job: Any, options: list[str]) -> None:
    code, _, err = job("breaks", *options)
    assert code == 1
    assert err.count("\n") == 1
    assert err.startswith("Something unexpected happened: KeyError: 'epoch'. Where it arose is in ")
    log = Path(err.partition("Where it arose is in ")[2].partition("; with")[0])
    assert "in breaks" in log.read_text()
    assert "in breaks" in job("breaks", "--traceback", *options)[2]


def test_what_goes_wrong_in_another_rank_is_said(job: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WORLD_SIZE": "2", "RANK": "1", "MASTER_ADDR": "localhost"}.items():
        monkeypatch.setenv(name, value)
    code, out, err = job("breaks")
    assert (code, out) == (1, "")
    assert err.startswith("rank 1: Something unexpected happened: KeyError: 'epoch'")
    signal.raise_signal(signal.SIGTERM)  # one that comes late ends a rank that is done no other way


def test_a_launcher_that_names_no_rank_is_said(
    monkeypatch: pytest.MonkeyPatch, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("MASTER_ADDR", "localhost")
    monkeypatch.delenv("RANK", raising=False)
    assert main(["train", "linear-regression", "--workspace", str(workspace.root)]) == 2
    assert capsys.readouterr().err.startswith("`RANK` is not set, though `WORLD_SIZE` is 2.")
