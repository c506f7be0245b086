"""A run that was interrupted ends with the weights of one that never was, bit for bit."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from studio.engine import checkpoint
from studio.engine.training import job
from studio.runs.metrics import read_metrics
from studio.spec.errors import UserError
from studio.spec.events import Checkpointed, Measured, Started, Warned
from studio.spec.training import TrainRequest
from tests.training_runs import train

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ["training.device=cpu", "training.epochs=6", "checkpoints.every_seconds=0.01"]


def stop_at(step):
    def watch(event, control):
        losses = event.series.get("loss/train") if isinstance(event, Measured) else None
        if losses and max(losses.steps) >= step:
            control.stop()

    return watch


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The same training without an interruption."""
    from studio.runs.workspace import Workspace

    workspace = Workspace.open(tmp_path_factory.mktemp("whole"))
    trained = train(workspace, "digits-cnn", SETTINGS)
    return trained, read_metrics(trained.folder(workspace).metrics_path)


@pytest.mark.parametrize("step", [1, 30, 60])
def test_stopped_and_resumed_gives_the_same_bits_and_curves(workspace, whole, step):
    stopped = train(workspace, "digits-cnn", SETTINGS, watch=stop_at(step))
    assert stopped.ended.outcome == "stopped"
    run = stopped.ended.result["run"]
    resumed = train(workspace, "", resume=run)
    assert resumed.ended.outcome == "finished"
    assert resumed.of(Started)[0].about["step"] == stopped.ended.result["step"] > 0
    assert resumed.ended.result["run"] == run
    assert not resumed.of(Warned)
    same_as_whole(resumed, workspace, whole)


def same_as_whole(resumed, workspace, whole):
    trained, curves = whole
    assert resumed.ended.result["weights_sha256"] == trained.ended.result["weights_sha256"]
    assert resumed.ended.result["best"] == trained.ended.result["best"]
    found = read_metrics(resumed.folder(workspace).metrics_path)
    for name in ("loss/train", "loss/test", "accuracy/test"):
        assert found[name] == curves[name]


def test_a_run_that_was_killed_goes_on_from_its_last_checkpoint(workspace, whole):
    command = [sys.executable, "-m", "tests.training_child", str(workspace.root), *SETTINGS]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout:
            event = json.loads(line)
            # In the middle of an epoch, so that its order and position count too.
            if event["event"] == "checkpointed" and event["step"] % 23:
                child.send_signal(signal.SIGKILL)
                break
        assert child.wait() == -signal.SIGKILL
    run = next(workspace.runs.iterdir()).name
    resumed = train(workspace, "", resume=run)
    assert 0 < resumed.of(Started)[0].about["step"] < 138
    same_as_whole(resumed, workspace, whole)


def test_a_run_without_a_checkpoint_starts_anew(workspace, whole):
    stopped = train(workspace, "digits-cnn", SETTINGS, watch=stop_at(30))
    folder = stopped.folder(workspace)
    for path in folder.checkpoints_path.glob("*.pt"):
        path.unlink()
    resumed = train(workspace, "", resume=folder.id)
    assert "starts from its first step" in resumed.of(Warned)[0].text
    same_as_whole(resumed, workspace, whole)


def test_a_damaged_checkpoint_is_passed_over(workspace, whole):
    stopped = train(workspace, "digits-cnn", SETTINGS, watch=stop_at(60))
    folder = stopped.folder(workspace)
    last = folder.checkpoint("last")
    data = bytearray(last.path.read_bytes())
    data[len(data) // 2] ^= 1
    last.path.write_bytes(data)
    resumed = train(workspace, "", resume=folder.id)
    assert "SHA-256 differs" in resumed.of(Warned)[0].text
    assert resumed.of(Started)[0].about["step"] < last.step
    same_as_whole(resumed, workspace, whole)


WITH_OPTIONS = [
    [
        "model.channels=[8, 8]",
        "training.average=ema",
        "training.precision=mixed-float16",
        "training.accumulate=2",
        "training.clip_norm=1",
    ],
    [
        "model.channels=[8, 8]",
        "training.average=swa",
        'training.freeze=["blocks.0.*"]',
        'training.groups=["head.* lr=0.002"]',
    ],
    [
        "training.average=ema",
        "training.average_start=0.5",
        "training.patience=3",
        "training.class_weights=balanced",
    ],
    ["optimizer.name=LBFGS", "optimizer.max_iter=3", "model.name=mlp", "model.hidden=[8]"],
]


@pytest.mark.parametrize("options", WITH_OPTIONS)
def test_with_options_of_the_loop_too(workspace, options):
    settings = [*SETTINGS, "training.epochs=4", *options]
    whole = train(workspace, "digits-cnn", settings)
    whole = (whole, read_metrics(whole.folder(workspace).metrics_path))
    for step in (10, 60):
        stopped = train(workspace, "digits-cnn", settings, watch=stop_at(step))
        assert stopped.ended.outcome == "stopped"
        resumed = train(workspace, "", resume=stopped.ended.result["run"])
        assert resumed.ended.outcome == "finished", resumed.ended.error
        same_as_whole(resumed, workspace, whole)


def test_other_conditions_are_told(workspace):
    stopped = train(workspace, "digits-cnn", SETTINGS, watch=stop_at(30))
    folder = stopped.folder(workspace)
    text = folder.spec_path.read_text().replace("threads = 1", "threads = 2")
    folder.spec_path.write_text(text)
    resumed = train(workspace, "", resume=folder.id)
    assert "threads 1 → 2" in resumed.of(Warned)[0].text
    assert resumed.ended.outcome == "finished"


def test_a_checkpoint_of_another_model_is_refused(workspace):
    stopped = train(workspace, "digits-cnn", SETTINGS, watch=stop_at(30))
    folder = stopped.folder(workspace)
    text = folder.spec_path.read_text().replace("channels = [\n    16,", "channels = [\n    17,")
    folder.spec_path.write_text(text)
    resumed = train(workspace, "", resume=folder.id)
    assert resumed.ended.error.name == "checkpoint.unsuitable"


def test_a_finished_run_has_nothing_to_go_on_with(workspace):
    trained = train(workspace, "linear-regression", ["training.epochs=2"])
    again = train(workspace, "", resume=trained.ended.result["run"])
    assert again.ended.error.name == "run.finished"


def test_only_the_newest_and_the_best_checkpoints_stay(workspace):
    settings = [*SETTINGS, "training.epochs=30", "checkpoints.keep_last=1"]
    trained = train(workspace, "digits-cnn", settings)
    folder = trained.folder(workspace)
    written = {event.step for event in trained.of(Checkpointed)}
    kept = folder.checkpoints()
    assert len(written) > len(kept)
    assert {entry.step for entry in kept} == {trained.ended.result["best"]["step"], 30 * 23}
    assert {path.name for path in folder.checkpoints_path.glob("*.pt")} == {entry.path.name for entry in kept}
    best = checkpoint.load(folder.checkpoint("best").path, folder.checkpoint("best").sha256)
    assert best["metrics"]["accuracy/test"] == trained.ended.result["best"]["value"]


def test_a_run_is_claimed_before_its_data_are_loaded(workspace):
    stopped = train(workspace, "digits-cnn", SETTINGS, watch=stop_at(1))
    request = TrainRequest(None, str(workspace.root), stopped.ended.result["run"])
    job._open(request, workspace)
    with pytest.raises(UserError) as caught:
        job._open(request, workspace)
    assert caught.value.name == "run.active"
