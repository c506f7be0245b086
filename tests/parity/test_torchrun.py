"""`torchrun` starts the same command in several processes: they train one model, and one of them reports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from studio.engine import checkpoint
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
