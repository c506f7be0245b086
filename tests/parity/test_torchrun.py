"""`torchrun` starts the same command in several processes: they train one model, and one of them reports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import torch

from studio.engine import checkpoint
from studio.headless.command_line import main
from studio.runs.folder import RunFolder
from tests.training_runs import train

ROOT = Path(__file__).resolve().parents[2]
# 1,436 samples to learn from, so that both processes have the same number of each batch; Adam
# would blow up what is lost to rounding.
SETTINGS = ["training.device=cpu", "model.name=mlp", "training.epochs=2", "data.test_fraction=0.2005"]
SETTINGS += ["optimizer.name=SGD", "optimizer.lr=0.1"]
LAUNCH = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "studio"]


def command(workspace, *settings):
    options = [option for setting in settings for option in ("--set", setting)]
    return [*LAUNCH, "train", "digits-cnn", "--json", "--workspace", str(workspace.root), *options]


def test_two_processes_train_one_run_as_one_process_does(workspace):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command(workspace, *SETTINGS), cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events].count("ended") == 1
    end = events[-1]
    assert end["outcome"] == "finished"
    assert [path.name for path in workspace.runs.iterdir()] == [end["run"]]

    together = checkpoint.load(RunFolder.open(workspace, end["run"]).checkpoint("last").path)
    alone = train(workspace, "digits-cnn", SETTINGS)
    apart = checkpoint.load(alone.folder(workspace).checkpoint("last").path)
    assert together["step"] == apart["step"] == 46
    for name, weights in apart["model"].items():
        torch.testing.assert_close(together["model"][name], weights, rtol=1e-4, atol=1e-5)
    curve = [value for one in events for value in one.get("series", {}).get("loss/train", {}).get("values", [])]
    assert curve == pytest.approx(alone.curve("loss/train"), abs=1e-5), "the mean over both, at each step"


def test_an_interruption_stops_all_at_the_same_step_and_saves(workspace):
    settings = [*SETTINGS, "training.epochs=5000"]
    with subprocess.Popen(command(workspace, *settings), cwd=ROOT, stdout=subprocess.PIPE, text=True) as launcher:
        for line in launcher.stdout:
            event = json.loads(line)
            if event["event"] == "measured":
                break
        launcher.send_signal(signal.SIGTERM)
        lines = launcher.stdout.read().splitlines()
    end = json.loads(lines[-1])
    assert (end["event"], end["outcome"]) == ("ended", "stopped")
    folder = RunFolder.open(workspace, end["run"])
    assert folder.checkpoint("last").step == folder.read_state().step > 0


def own_command(workspace, *settings):
    """The studio's command, which starts the processes by itself."""
    return [sys.executable, "-m", "studio", *command(workspace, *settings)[len(LAUNCH) :], "--nproc", "2"]


def until_measured(launcher):
    """Read what a command prints until it trains."""
    for line in launcher.stdout:
        if json.loads(line)["event"] == "measured":
            return


def test_the_command_starts_the_processes_that_are_asked_for(workspace):
    done = subprocess.run(own_command(workspace, *SETTINGS), cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events].count("ended") == 1
    assert events[-1]["outcome"] == "finished"
    folder = RunFolder.open(workspace, events[-1]["run"])
    assert folder.read_spec().training.processes == 2
    assert folder.read_environment()["processes"] == "2"


def test_an_interruption_of_the_command_saves_once_and_is_130(workspace):
    asked = own_command(workspace, *SETTINGS, "training.epochs=5000")
    with subprocess.Popen(asked, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as launcher:
        until_measured(launcher)
        launcher.send_signal(signal.SIGINT)
        out, err = launcher.communicate()
    end = json.loads(out.splitlines()[-1])
    assert (launcher.returncode, err) == (130, "")
    assert (end["event"], end["outcome"], end["error"]) == ("ended", "stopped", None)
    folder = RunFolder.open(workspace, end["run"])
    assert folder.checkpoint("last").step == folder.read_state().step > 0


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be killed alone")
@pytest.mark.parametrize("start", [own_command, command])
def test_a_killed_launcher_leaves_no_process_and_loses_no_step(workspace, start):
    asked = start(workspace, *SETTINGS, "training.epochs=5000")
    with subprocess.Popen(asked, cwd=ROOT, stdout=subprocess.PIPE, text=True) as launcher:
        until_measured(launcher)
        ranks = psutil.Process(launcher.pid).children(recursive=True)
        launcher.kill()
        launcher.stdout.read()  # ends with the last process that could still write
        _, alive = psutil.wait_procs(ranks, timeout=5)
        alive = [
            rank for rank in alive if rank.status() != psutil.STATUS_ZOMBIE
        ]  # whoever adopted them reaps late
    assert len(ranks) == 2
    assert not alive
    (run,) = workspace.runs.iterdir()
    folder = RunFolder.open(workspace, run.name)
    assert folder.read_state().status == "stopped"
    assert folder.checkpoint("last").step == folder.read_state().step > 0


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be killed alone")
def test_a_killed_process_is_said_and_ends_the_others(workspace):
    asked = own_command(workspace, *SETTINGS, "training.epochs=5000")
    with subprocess.Popen(asked, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as launcher:
        until_measured(launcher)
        ranks = psutil.Process(launcher.pid).children()
        next(rank for rank in ranks if rank.environ()["RANK"] == "1").kill()
        _, err = launcher.communicate()
    assert launcher.returncode == 1
    assert "rank 1: Its process was ended by SIGKILL." in err
    assert not [rank for rank in ranks if rank.is_running()]


def test_processes_that_cannot_be_had_are_said_in_one_line(workspace, capsys):
    options = ["--workspace", str(workspace.root)]
    assert main(["train", "digits-cnn", "--nproc", "0", *options]) == 2
    assert capsys.readouterr().err == "`training.processes` is 0; it must be 1 or more.\n"
    assert train(workspace, "digits-cnn", ["training.processes=2"]).ended.error.name == "processes.missing"
    assert not list(workspace.runs.iterdir())
