"""What each option of the loop does, against the same thing done by hand."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight

from studio.catalog.checking import build_spec, read_spec
from studio.engine import checkpoint
from studio.engine.building import balanced_weights, build_model, build_optimizer, build_scheduler, load_samples
from studio.engine.models import open_model
from studio.engine.training.state import Training
from studio.runs.folder import RunFolder
from studio.spec.errors import UserError
from studio.spec.events import Changed, Measured, Warned
from studio.spec.model_ref import ModelRef
from studio.spec.run import parse_toml
from tests.training_runs import train

ROOT = Path(__file__).resolve().parents[2]
CPU = "training.device=cpu"
MLP = [CPU, "model.name=mlp", "model.hidden=[16]", "optimizer.name=SGD", "optimizer.lr=0.05"]
PLAIN = [*MLP, "scheduler.name=ConstantLR", "scheduler.factor=1", "training.epochs=2", "training.batch_size=100"]


def weights(trained, workspace, at="last", key="model"):
    entry = trained.folder(workspace).checkpoint(at)
    return checkpoint.load(entry.path, entry.sha256)[key]


def test_a_batch_in_parts_has_the_gradient_of_the_whole(workspace):
    exact = [*PLAIN, "training.precision=float64"]
    whole = train(workspace, "digits-cnn", exact)
    parts = train(workspace, "digits-cnn", [*exact, "training.accumulate=7"])
    torch.testing.assert_close(weights(parts, workspace), weights(whole, workspace), rtol=1e-9, atol=1e-12)
    assert parts.curve("loss/train") == pytest.approx(whole.curve("loss/train"))


def test_no_step_is_longer_than_the_norm_allows(workspace):
    once = ["training.epochs=1", "training.batch_size=2000", "optimizer.lr=1"]
    spec = read_spec("digits-cnn", [*PLAIN, *once])
    trained = train(workspace, "digits-cnn", [*PLAIN, *once, "training.clip_norm=0.01"])
    torch.manual_seed(spec.training.seed)
    before = build_model(spec).state_dict()
    moved = torch.cat([(weights(trained, workspace)[key] - before[key]).flatten() for key in before])
    assert moved.norm().item() == pytest.approx(0.01, rel=1e-3)
    trained = train(workspace, "digits-cnn", [*PLAIN, *once, "training.clip_value=0.001"])
    moved = torch.cat([(weights(trained, workspace)[key] - before[key]).flatten() for key in before])
    assert moved.abs().max().item() == pytest.approx(0.001, rel=1e-3)


def test_swa_is_the_mean_over_the_epochs_from_its_start_on(workspace):
    settings = [*PLAIN, "training.epochs=4", "training.average=swa", "training.average_start=0.5"]
    averaged = weights(train(workspace, "digits-cnn", settings), workspace)
    ends = [
        weights(train(workspace, "digits-cnn", [*PLAIN, f"training.epochs={epochs}"]), workspace)
        for epochs in (3, 4)
    ]
    for key, value in averaged.items():
        torch.testing.assert_close(value, (ends[0][key] + ends[1][key]) / 2)


def test_ema_follows_the_weights_step_by_step(workspace):
    one_step = [*PLAIN, "training.epochs=1", "training.batch_size=2000"]
    first = weights(train(workspace, "digits-cnn", one_step), workspace)
    both = [*one_step, "training.epochs=2", "training.average=ema", "training.average_decay=0.75"]
    trained = train(workspace, "digits-cnn", both)
    second = weights(trained, workspace, key="learning")
    for key, value in weights(trained, workspace).items():
        torch.testing.assert_close(value, 0.75 * first[key] + 0.25 * second[key])


@pytest.mark.parametrize("average", ["ema", "swa"])
def test_the_average_is_what_is_measured_kept_and_opened(workspace, average):
    settings = [CPU, "training.epochs=3", f"training.average={average}", "training.average_decay=0.9"]
    trained = train(workspace, "digits-cnn", settings)
    result = trained.ended.result
    opened = open_model(ModelRef.parse(f"run:{result['run']}@last"), workspace)
    assert checkpoint.weights_sha256(opened.module.state_dict()) == result["weights_sha256"]
    best = open_model(ModelRef.parse(f"run:{result['run']}@best"), workspace)
    samples = load_samples(read_spec("digits-cnn"))
    right = (best.module(samples.test_x).argmax(1) == samples.test_y).double().mean().item()
    assert right == pytest.approx(result["best"]["value"])
    if average == "swa":  # the statistics are those of the averaged weights, over all training samples
        counts = {key: int(value) for key, value in opened.module.state_dict().items() if "num_batches" in key}
        assert set(counts.values()) == {23}


def test_patience_finishes_a_run_that_learns_no_more(workspace):
    trained = train(
        workspace, "digits-cnn", [*MLP, "training.epochs=50", "training.patience=2", "optimizer.lr=1e-12"]
    )
    assert trained.ended.outcome == "finished"
    assert trained.ended.result["epoch"] == 3
    (warned,) = trained.of(Warned)
    assert warned.name == "training.patience"
    assert "after epoch 3 of 50. accuracy/test has not become better since epoch 1" in warned.text
    assert trained.folder(workspace).read_state().status == "finished"


def test_frozen_parameters_stay_and_the_others_learn(workspace):
    spec = read_spec("digits-cnn", [CPU])
    torch.manual_seed(spec.training.seed)
    before = build_model(spec).state_dict()
    settings = [CPU, "training.epochs=1", 'training.freeze=["blocks.0.*", "head.*bias"]']
    after = weights(train(workspace, "digits-cnn", settings), workspace)
    same = {key for key in before if torch.equal(before[key], after[key]) and "running" not in key}
    assert same == {"blocks.0.weight", "head.3.bias"}


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ('training.freeze=["body.*"]', "freeze.no_match"),
        ('training.freeze=["*"]', "freeze.all"),
        ('training.groups=["body.* lr=0.1"]', "groups.no_match"),
    ],
)
def test_a_pattern_that_fits_nothing_tells_the_names(workspace, setting, name):
    trained = train(workspace, "digits-cnn", [CPU, setting])
    assert trained.ended.error.name == name
    assert "`head.3.weight`" in trained.ended.error.remedy


GROUPS = 'training.groups=["head.* lr=0.001", "*bias weight_decay=0"]'


def test_groups_have_their_own_values_and_a_schedule_keeps_their_ratio():
    spec = read_spec("digits-cnn", [CPU, GROUPS, "optimizer.lr=0.01"])
    model = build_model(spec)
    optimizer = build_optimizer(spec, model)
    values = [(group["lr"], group["weight_decay"], len(group["params"])) for group in optimizer.param_groups]
    assert values == [(0.01, 0.01, 6), (0.01, 0, 3), (0.001, 0.01, 1), (0.001, 0, 1)]
    scheduler = build_scheduler(spec, optimizer, 100)
    optimizer.step()
    for _ in range(30):
        scheduler.step()
    first, *others = [group["lr"] for group in optimizer.param_groups]
    assert [rate / first for rate in others] == pytest.approx([1, 0.1, 0.1])
    assert max(scheduler.get_last_lr()) != 0.01


def test_a_live_change_of_the_rate_keeps_the_ratio_of_the_groups(workspace):
    def change(event, control):
        if isinstance(event, Measured) and not seen:
            seen.append(True)
            control.change("optimizer.lr", 0.5)

    seen: list[bool] = []
    settings = [*PLAIN, 'training.groups=["*bias lr=0.005"]', "training.epochs=20"]
    trained = train(workspace, "digits-cnn", settings, watch=change)
    assert trained.of(Changed)
    groups = weights(trained, workspace, key="optimizer")["param_groups"]
    assert [group["lr"] for group in groups] == pytest.approx([0.5, 0.05])


def test_balanced_weights_are_those_of_scikit_learn():
    spec = read_spec("digits-cnn", [CPU, "training.class_weights=balanced"])
    samples = load_samples(spec)
    expected = compute_class_weight("balanced", classes=np.arange(10), y=samples.train_y.numpy())
    assert balanced_weights(spec, samples).numpy() == pytest.approx(expected)
    training = Training.start(spec, samples, torch.device("cpu"), 23)
    assert training.criterion.weight.tolist() == pytest.approx(expected.tolist())


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")  # the first step may be left out
def test_steps_whose_gradients_do_not_fit_are_counted_and_told(workspace):
    huge = ["loss.reduction=sum", "training.precision=mixed-float16", "training.batch_size=1500"]
    trained = train(workspace, "digits-cnn", [*PLAIN, *huge, "training.epochs=3", "optimizer.lr=1e-4"])
    assert trained.ended.outcome == "finished"
    skipped = trained.ended.result["skipped"]
    assert skipped > 0
    assert f"{skipped} of 3 steps" in next(
        one.text for one in trained.of(Warned) if one.name == "precision.skipped"
    )


def test_deterministic_holds_for_the_run_alone(workspace):
    def look(event, control):
        seen.append(torch.are_deterministic_algorithms_enabled())

    seen: list[bool] = []
    train(workspace, "linear-regression", [CPU, "training.deterministic=true", "training.epochs=1"], watch=look)
    assert any(seen)
    assert not torch.are_deterministic_algorithms_enabled()


def test_without_a_compiler_nothing_starts(workspace, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    trained = train(workspace, "digits-cnn", [CPU, "training.compile=true"])
    assert trained.ended.error.name == "compile.no_compiler"
    assert "no C++ compiler" in trained.ended.error.what


@pytest.mark.slow
def test_a_compiled_model_learns_the_same_under_the_same_names(workspace, tmp_path):
    plain = train(workspace, "digits-cnn", PLAIN)
    # In a process of its own, for torch keeps threads that compile.
    settings = [*PLAIN, "training.compile=true"]
    command = [sys.executable, "-m", "tests.training_child", str(workspace.root), *settings]
    environment = {**os.environ, "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache")}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    folder = RunFolder.open(workspace, "0002-digits-cnn")
    assert folder.read_state().status == "finished"
    entry = folder.checkpoint("last")
    compiled = checkpoint.load(entry.path, entry.sha256)["model"]
    torch.testing.assert_close(compiled, weights(plain, workspace), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["training.clip_norm=0"], "`training.clip_norm` is 0; it must be above 0"),
        (["training.accumulate=100"], "`training.accumulate` is 100; a batch has only 64 samples"),
        (["optimizer.lr=0"], "`optimizer.lr` is 0; it must be above 0"),
        (["optimizer.lr=-1"], "`optimizer.lr` is -1; it must be above 0"),
        (["training.average=mean"], "`training.average` is 'mean'; it must be 'none', 'ema' or 'swa'"),
        (["training.average_start=1"], "it must be below 1"),
        (['training.groups=["head.*"]'], "Write PATTERN key=value"),
        (['training.groups=["head.* rate=1"]'], "sets `rate`, which is not a parameter of AdamW"),
        (['training.groups=["head.* lr=-1"]'], "is -1; it must be above 0"),
        (["optimizer.name=LBFGS", 'training.groups=["head.* lr=1"]'], "LBFGS has one group"),
        (["optimizer.name=LBFGS", "training.precision=mixed-float16"], "goes through a batch several times"),
        (["training.compile=true", "training.processes=2"], "only a run of one process can be compiled"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(settings, said):
    with pytest.raises(UserError) as caught:
        read_spec("digits-cnn", [CPU, *settings])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_classes_of_numbers_cannot_be_weighted():
    with pytest.raises(UserError, match="MSELoss has no weights of classes"):
        read_spec("linear-regression", ["training.class_weights=balanced"])


def test_options_survive_being_written():
    settings = [CPU, GROUPS, "training.clip_norm=1", "training.patience=3", 'training.freeze=["a", "b.*"]']
    spec = read_spec("digits-cnn", settings)
    assert build_spec(parse_toml(spec.as_toml())) == spec
    assert "clip_value" not in spec.as_toml()


def test_a_huge_rate_ends_with_its_step_and_a_remedy(workspace):
    trained = train(workspace, "digits-cnn", [CPU, "optimizer.lr=1e9", "training.average=ema"])
    assert trained.ended.error.name == "loss.not_finite"
    assert math.isfinite(trained.ended.result["step"])
    assert "Lower optimizer.lr" in trained.ended.error.remedy
