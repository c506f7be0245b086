"""The script of a run, run without the studio, has the losses and weights of the run, bit for bit."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys

import pytest
import torch

from studio.catalog.checking import read_spec
from studio.engine.checkpoint import weights_sha256
from studio.scripting.training import training_script
from studio.spec.events import Measured
from tests.training_runs import train

# Runs the scripts of all folders without the studio on their path, and tells the losses exactly.
RUNNER = """
import json, os, runpy, sys
sys.modules["studio"] = None
for folder in sys.argv[1:]:
    os.chdir(folder)
    model, losses = runpy.run_path("script.py")["main"]()
    json.dump([loss.hex() for loss in losses], open("losses.json", "w"))
"""

MLP = ["model.name=mlp", "model.hidden=[16]", "model.dropout=0.2"]
GROUPS = 'training.groups=["head.* lr=0.01", "*bias weight_decay=0"]'
OPTIONS = [
    ("digits-cnn", ["training.clip_norm=0.5", "training.accumulate=3"]),
    ("digits-cnn", ["training.clip_value=0.01", "training.average=ema", "training.average_decay=0.9"]),
    ("digits-cnn", ["training.average=swa", "training.average_start=0.5", "scheduler.name=CosineAnnealingLR"]),
    ("digits-cnn", ["training.average=ema", "training.average_start=0.5", "training.accumulate=2"]),
    (
        "digits-cnn",
        ["training.precision=mixed-bfloat16", "training.clip_norm=1", 'training.freeze=["blocks.1.*"]'],
    ),
    ("digits-cnn", ["training.precision=mixed-float16", "training.accumulate=2", "training.clip_value=0.1"]),
    ("digits-cnn", [*MLP, "training.precision=mixed-float16", "training.average=swa"]),
    (
        "digits-cnn",
        [*MLP, "training.class_weights=balanced", "training.precision=float64", "training.clip_norm=2"],
    ),
    (
        "digits-cnn",
        ["training.class_weights=balanced", "loss.name=MultiMarginLoss", "training.deterministic=true"],
    ),
    ("digits-cnn", [GROUPS, "training.average=ema"]),
    ("digits-cnn", [GROUPS, "scheduler.max_lr=0.02", 'training.freeze=["*bias"]']),
    ("digits-cnn", [*MLP, "training.patience=1", "training.epochs=8", "optimizer.lr=1e-7"]),
    ("digits-cnn", [*MLP, "training.shuffle=false", "training.average=ema", "training.average_start=0.5"]),
    (
        "digits-cnn",
        [*MLP, "optimizer.name=LBFGS", "optimizer.max_iter=4", "training.clip_norm=1", "loss.reduction=sum"],
    ),
    ("digits-cnn", [*MLP, "optimizer.name=LBFGS", "optimizer.max_iter=2", "training.accumulate=2"]),
    ("linear-regression", ["training.patience=2", "training.average=swa", "training.accumulate=4"]),
]
LAYERS = (
    '[{name="Conv2d",out_channels=8,kernel_size=3,padding_mode="reflect",padding=[1,1]},{name="GroupNorm",num_groups=2},'
    '{name="GELU"},{name="MaxPool2d",kernel_size=2},{name="Flatten"},{name="Dropout",p=0.2},{name="Linear"}]'
)

CASES = [
    ("linear-regression", []),
    ("digits-cnn", ["training.epochs=3"]),
    ("digits-cnn", ["training.epochs=2", "model.name=mlp", "model.hidden=[32]", "model.dropout=0.2"]),
    ("digits-cnn", ["training.epochs=2", "training.shuffle=false", "training.batch_size=100"]),
    ("digits-cnn", ["training.epochs=2", "training.precision=float64", "training.seed=7"]),
    (
        "digits-cnn",
        ["training.epochs=3", "scheduler.name=CosineAnnealingLR", "optimizer.name=SGD", "optimizer.lr=0.1"],
    ),
    ("digits-cnn", ["training.epochs=3", "scheduler.name=ReduceLROnPlateau", "scheduler.patience=0"]),
    ("digits-cnn", ["training.epochs=1", "optimizer.name=Adadelta", "loss.label_smoothing=0.1"]),
    ("digits-cnn", ["training.epochs=1", "loss.name=MultiMarginLoss", "optimizer.betas=[0.8, 0.95]"]),
    ("digits-cnn", ["training.epochs=1", "model.name=stack", f"model.layers={LAYERS}"]),
    ("digits-cnn", ["training.epochs=1", 'augment=[{name="RandomRotation",degrees=10},{name="RandomErasing"}]']),
    ("finetune-images", ["training.epochs=2", "data.tiles=2"]),
    ("linear-regression", ["training.epochs=9", "model.name=stack", 'model.layers=[{name="Linear"}]']),
    ("linear-regression", ["data.noise=0.5", "data.points=50", "training.shuffle=true", "loss.name=HuberLoss"]),
    ("text-classification", ["training.epochs=1"]),
    ("text-classification", ["training.epochs=1", "model.name=transformer", "training.precision=float64"]),
    ("char-lm", ["training.epochs=1", "data.characters=20000", "model.dropout=0.1"]),
    ("date-translation", ["training.epochs=1", "data.count=500", "data.test_count=100"]),
    ("sunspots", ["training.epochs=3"]),
    ("sunspots", ["training.epochs=2", "model.name=transformer", "training.precision=float64"]),
    ("two-moons", ["training.epochs=5"]),
    ("spirals", ["training.epochs=2", "data.turns=1.5"]),
    ("breast-cancer", ["training.epochs=2"]),
    ("diabetes", ["training.epochs=3"]),
    ("mnist-cnn", ["training.epochs=1", "data.test_fraction=0.9"]),
    ("digits-gan", ["training.epochs=2"]),
    ("digits-gan", ["training.epochs=1", "loss.name=MSELoss", "training.batch_size=479"]),
    ("digits-gan", ["training.epochs=3", "scheduler.name=ReduceLROnPlateau", "scheduler.threshold=10.0"]),
    ("digits-vae", ["training.epochs=2", "training.precision=float64"]),
    ("cartpole", ["training.epochs=3", "loss.passes=2", "training.precision=float64"]),
    (
        "cartpole",
        ["training.epochs=2", "scheduler.name=OneCycleLR", "data.environments=3", "training.shuffle=false"],
    ),
    ("scenes-detection", ["training.epochs=1", "data.train_count=100", "data.test_count=20"]),
    ("linear-regression", ["model.name=mlp", "optimizer.name=Adam", "optimizer.lr=0.01", "training.epochs=20"]),
    *((recipe, ["training.epochs=2", *settings]) for recipe, settings in OPTIONS),
]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """What the scripts of all cases give in one process that has no studio: losses, and hash of the weights."""
    folders = []
    for recipe, settings in CASES:
        folders.append(tmp_path_factory.mktemp("script"))
        text = training_script(read_spec(recipe, ["training.device=cpu", *settings]))
        (folders[-1] / "script.py").write_text(text)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, "-P", "-W", "error", "-c", RUNNER, *map(str, folders)]
    done = subprocess.run(command, cwd=folders[0], env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [_outcome(folder) for folder in folders]


def _outcome(folder):
    losses = [float.fromhex(loss) for loss in json.loads((folder / "losses.json").read_text())]
    return losses, weights_sha256(torch.load(folder / "model.pt", weights_only=True))


@pytest.mark.parametrize("number", range(len(CASES)), ids=[" ".join([one, *more]) for one, more in CASES])
def test_the_script_of_a_run_gives_the_same_bits(workspace, scripts, number):
    recipe, settings = CASES[number]
    trained = train(workspace, recipe, ["training.device=cpu", *settings])
    assert trained.ended.outcome == "finished", trained.ended.error
    losses, sha256 = scripts[number]
    assert losses == trained.curve("loss/train")
    assert sha256 == trained.ended.result["weights_sha256"]
    written = trained.folder(workspace).script_path.read_text()
    assert written == training_script(read_spec(recipe, ["training.device=cpu", *settings]))


@pytest.mark.parametrize(("recipe", "settings"), CASES, ids=[" ".join([one, *more]) for one, more in CASES])
@pytest.mark.parametrize("changes", [(), ({"key": "optimizer.lr", "value": 0.5, "step": 3},)])
def test_scripts_are_plain_and_well_formed(tmp_path, recipe, settings, changes):
    text = training_script(read_spec(recipe, settings), changes)
    assert "import studio" not in text
    assert "from studio" not in text
    path = tmp_path / "script.py"
    path.write_text(text)
    rules = ["--isolated", "--line-length=115", "--select=E,F,W,I,B,UP"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", *rules, str(path)], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode()


def test_a_script_of_the_line_holds_the_source_of_one_linear_layer():
    text = training_script(read_spec("linear-regression"))
    assert "model = nn.Linear(1, 1, bias=True)" in text
    assert "optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)" in text
    assert "LEARNING_RATE = 0.01" in text


@pytest.mark.parametrize("recipe", ["digits-gan", "cartpole"])
def test_a_change_by_hand_is_in_the_script_of_a_step_of_its_own(workspace, tmp_path, recipe, monkeypatch):
    def change_once(event, control):
        if isinstance(event, Measured) and not changed:
            changed.append(True)
            control.change("optimizer.lr", 0.0005)

    changed: list[bool] = []
    trained = train(workspace, recipe, ["training.device=cpu", "training.epochs=1"], watch=change_once)
    assert trained.ended.result["changes"]
    monkeypatch.chdir(tmp_path)
    model, losses = runpy.run_path(str(trained.folder(workspace).script_path))["main"]()
    assert losses == trained.curve("loss/train")
    assert weights_sha256(model.state_dict()) == trained.ended.result["weights_sha256"]


CYCLES = ["optimizer.name=SGD", "scheduler.base_lr=0.001", "scheduler.max_lr=0.1", "scheduler.step_size_up=5"]
# The rate is 0 where it is changed: no schedule can be scaled from there.
FROM_ZERO = ["scheduler.T_max=2", "training.epochs=5"]


@pytest.mark.parametrize(
    ("schedule", "more"),
    [("OneCycleLR", []), ("CosineAnnealingLR", []), ("CosineAnnealingLR", FROM_ZERO), ("CyclicLR", CYCLES)],
)
def test_what_was_changed_by_hand_is_in_the_script(workspace, tmp_path, schedule, more, monkeypatch):
    def change_once(event, control):
        rates = event.series.get("lr") if isinstance(event, Measured) else None
        if rates and not changed and (more is not FROM_ZERO or rates.values[-1] == 0):
            changed.append(True)
            control.change("optimizer.lr", 0.003)

    changed: list[bool] = []
    settings = ["training.device=cpu", "training.epochs=3", f"scheduler.name={schedule}", *more]
    trained = train(workspace, "digits-cnn", settings, watch=change_once)
    assert trained.ended.result["changes"]
    assert len(set(trained.curve("lr")[-20:])) > 1 or schedule != "CyclicLR", "the cycle goes on"
    folder = trained.folder(workspace)
    assert folder.script_path.read_text() == training_script(folder.read_spec(), trained.ended.result["changes"])
    monkeypatch.chdir(tmp_path)
    model, losses = runpy.run_path(str(folder.script_path))["main"]()
    assert losses == trained.curve("loss/train")
    assert weights_sha256(model.state_dict()) == trained.ended.result["weights_sha256"]
