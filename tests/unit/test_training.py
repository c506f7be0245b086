"""Real trainings to their scores, and what they tell while they run."""

from __future__ import annotations

import json
import math

import pytest
import torch
from torch import nn

from studio.catalog.shelf import entries, models_for, suitable
from studio.engine import checkpoint
from studio.engine.building import build_model, held_out
from studio.runs.metrics import read_metrics
from studio.spec.events import (
    Changed,
    Checkpointed,
    Ended,
    Measured,
    Paused,
    Pictured,
    Progressed,
    Resumed,
    Started,
    Warned,
)
from tests.training_runs import train

CPU = "training.device=cpu"


def test_the_line_is_learnt_as_by_the_shortest_loop(workspace):
    trained = train(workspace, "linear-regression", [CPU])
    torch.manual_seed(1)
    x = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
    y = 2 * x
    model, criterion = nn.Linear(1, 1), nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = []
    for _ in range(100):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert trained.curve("loss/train") == losses
    assert trained.ended.result["weights_sha256"] == checkpoint.weights_sha256(model.state_dict())
    assert abs(model.weight.item() - 2) < 0.2


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_digits_are_read_well_with_any_seed(workspace, seed):
    trained = train(workspace, "digits-cnn", [CPU, f"training.seed={seed}"])
    assert trained.ended.outcome == "finished"
    assert trained.ended.result["metrics"]["accuracy/test"] >= 0.975
    assert trained.ended.result["seconds"] < 60


def test_everything_that_happens_is_told(workspace):
    trained = train(workspace, "digits-cnn", [CPU, "training.epochs=2"])
    about = trained.of(Started)[0].about
    assert (about["train_samples"], about["test_samples"], about["steps_per_epoch"]) == (1437, 360, 23)
    assert about["parameters"] == 25_978
    assert [len(trained.curve(name)) for name in ("loss/train", "loss/test", "accuracy/test")] == [46, 2, 2]
    assert trained.of(Progressed)[-1].done == 46
    pictures = {event.name: event.data for event in trained.of(Pictured)}
    assert sum(map(sum, pictures["confusion"]["matrix"])) == 360
    right = sum(row[i] for i, row in enumerate(pictures["confusion"]["matrix"]))
    assert right / 360 == trained.ended.result["metrics"]["accuracy/test"]
    assert len(pictures["worst"]["samples"][0]["values"]) == 64
    assert (
        pictures["worst"]["samples"][0]["probability_of_true"] <= pictures["worst"]["samples"][-1]["probability"]
    )


def test_the_folder_holds_the_whole_run(workspace):
    trained = train(workspace, "digits-cnn", [CPU, "training.epochs=2"])
    folder = trained.folder(workspace)
    state = folder.read_state()
    assert (state.status, state.epoch, state.step) == ("finished", 2, 46)
    assert state.best == trained.ended.result["best"]["value"]
    assert read_metrics(folder.metrics_path)["loss/train"].values.tolist() == trained.curve("loss/train")
    assert folder.read_result()["weights_sha256"] == trained.ended.result["weights_sha256"]
    assert "def train_epoch" in folder.script_path.read_text()
    content = checkpoint.load(folder.checkpoint("last").path, folder.checkpoint("last").sha256)
    model = build_model(folder.read_spec())
    model.load_state_dict(content["model"])
    assert checkpoint.weights_sha256(model.state_dict()) == trained.ended.result["weights_sha256"]
    inputs, targets = held_out(folder.read_spec())
    accuracy = (model.eval()(inputs).argmax(1) == targets).double().mean().item()
    assert accuracy == trained.ended.result["metrics"]["accuracy/test"]


def test_events_cost_few_messages_for_many_steps(workspace):
    trained = train(workspace, "linear-regression", [CPU, "training.epochs=3000"])
    measured = trained.of(Measured)
    assert sum(len(event.series.get("loss/train", ())) for event in measured) == 3000
    assert len(measured) <= 30 * trained.ended.result["seconds"] + 5


@pytest.mark.parametrize("name", [one.name for one in entries("optimizer")])
def test_every_optimizer_trains(workspace, name):
    trained = train(workspace, "digits-cnn", [CPU, "training.epochs=1", f"optimizer.name={name}"])
    assert trained.ended.outcome == "finished", trained.ended.error
    assert math.isfinite(trained.ended.result["metrics"]["loss/test"])
    entry = trained.folder(workspace).checkpoint("last")
    assert checkpoint.load(entry.path, entry.sha256)["optimizer"]["param_groups"]


NEEDED = {
    "StepLR": ["step_size=1"],
    "MultiStepLR": ["milestones=[1, 2]"],
    "ExponentialLR": ["gamma=0.9"],
    "CyclicLR": ["base_lr=0.001", "max_lr=0.1", "step_size_up=10"],
    "CosineAnnealingWarmRestarts": ["T_0=1"],
    "ReduceLROnPlateau": ["patience=0", "threshold=10.0"],
}


@pytest.mark.parametrize("name", [one.name for one in entries("scheduler")])
def test_every_schedule_trains_and_changes_the_rate(workspace, name):
    settings = [CPU, "training.epochs=3", "optimizer.name=SGD", "optimizer.momentum=0.5", f"scheduler.name={name}"]
    settings += [f"scheduler.{one}" for one in NEEDED.get(name, [])]
    trained = train(workspace, "linear-regression", settings)
    assert trained.ended.outcome == "finished", trained.ended.error
    rates = trained.curve("lr")
    if name == "ConstantLR":
        assert rates[0] == pytest.approx(0.01 / 3)
    elif name != "CosineAnnealingWarmRestarts":  # a restart after each epoch ends where it began
        assert len(set(rates)) > 1


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_every_suitable_loss_trains(workspace, task):
    recipe = {"classification": "digits-cnn", "regression": "linear-regression"}[task]
    for loss in suitable("loss", task):
        trained = train(workspace, recipe, [CPU, "training.epochs=2", f"loss.name={loss.name}"])
        losses = trained.curve("loss/train")
        assert losses[-1] < losses[0], loss.name


FOR_LARGE_IMAGES = ("lite0", "torchvision")


@pytest.mark.parametrize(
    "model", [one.name for one in models_for("digits", "classification") if one.name not in FOR_LARGE_IMAGES]
)
def test_every_model_trains_on_digits(workspace, model):
    more = {"stack": ['model.layers=[{name="Flatten"},{name="Linear"}]', "training.epochs=2"]}.get(model, [])
    trained = train(workspace, "digits-cnn", [CPU, "training.epochs=1", f"model.name={model}", *more])
    assert trained.ended.result["metrics"]["accuracy/test"] > 0.5


def test_float64_is_used_throughout(workspace):
    trained = train(workspace, "linear-regression", [CPU, "training.precision=float64", "training.epochs=2"])
    entry = trained.folder(workspace).checkpoint("last")
    assert checkpoint.load(entry.path)["model"]["weight"].dtype == torch.float64


def test_a_loss_that_explodes_ends_the_run_with_a_remedy(workspace):
    trained = train(workspace, "digits-cnn", [CPU, "optimizer.lr=1e9", "training.epochs=2"])
    assert trained.ended.outcome == "failed"
    assert trained.ended.error.name == "loss.not_finite"
    assert "at step" in trained.ended.error.what
    assert "optimizer.lr" in trained.ended.error.remedy
    assert not math.isfinite(trained.curve("loss/train")[-1]), "the curve shows where it went"
    assert trained.folder(workspace).read_state().status == "failed"
    assert json.loads(trained.folder(workspace).result_path.read_text())["error"]["what"]


def test_a_stop_saves_at_the_next_step(workspace):
    def stop_soon(event, control):
        if isinstance(event, Measured):
            control.stop()

    trained = train(workspace, "digits-cnn", [CPU], watch=stop_soon)
    folder = trained.folder(workspace)
    assert trained.ended.outcome == "stopped"
    assert folder.read_state().status == "stopped"
    assert folder.checkpoint("last").step == trained.ended.result["step"] < 460


def test_a_pause_saves_and_goes_on_with_the_same_bits(workspace):
    def pause_once(event, control):
        if isinstance(event, Measured) and not seen:
            control.pause()
        if isinstance(event, Paused):
            seen.append(event)
            control.resume()

    seen: list[Paused] = []
    settings = [CPU, "training.epochs=3"]
    paused = train(workspace, "digits-cnn", settings, watch=pause_once)
    assert seen
    assert paused.of(Resumed)
    assert any(isinstance(event, Checkpointed) and event.step == seen[0].step for event in paused.events)
    whole = train(workspace, "digits-cnn", settings)
    assert paused.ended.result["weights_sha256"] == whole.ended.result["weights_sha256"]


def test_the_learning_rate_changes_while_it_trains(workspace):
    def change_once(event, control):
        if isinstance(event, Measured):
            control.change("optimizer.lr", 0.5)
            control.change("optimizer.momentum", 0.5)

    trained = train(workspace, "digits-cnn", [CPU, "training.epochs=1", "optimizer.lr=0.001"], watch=change_once)
    changed = trained.of(Changed)[0]
    assert (changed.key, changed.value) == ("optimizer.lr", 0.5)
    assert max(trained.curve("lr")) >= 0.5
    assert trained.ended.result["changes"][0] == {"key": "optimizer.lr", "value": 0.5, "step": changed.step}
    assert "`optimizer.momentum` cannot be changed" in trained.of(Warned)[0].text


def test_a_bad_live_change_is_told_and_left(workspace):
    def change_badly(event, control):
        if isinstance(event, Started):
            control.change("optimizer.lr", -1.0)

    trained = train(workspace, "digits-cnn", [CPU, "training.epochs=1"], watch=change_badly)
    assert "it must be above 0" in trained.of(Warned)[0].text
    assert trained.ended.outcome == "finished"


def test_a_batch_larger_than_the_data_is_told(workspace):
    trained = train(workspace, "linear-regression", [CPU, "training.batch_size=100", "training.epochs=2"])
    assert "only 4 samples" in trained.of(Warned)[0].text
    assert trained.ended.outcome == "finished"


@pytest.mark.parametrize(
    ("recipe", "settings", "name"),
    [
        ("digits-cnn", ["training.device=cuda:77"], "device.missing"),
        ("digits-cnn", ["data.test_fraction=0.001"], "data.bad"),
    ],
)
def test_what_does_not_fit_is_told_before_the_first_step(workspace, recipe, settings, name):
    trained = train(workspace, recipe, settings)
    assert (trained.ended.outcome, trained.ended.error.name) == ("failed", name)
    assert not trained.of(Measured)


def test_exactly_one_end_and_it_is_last(workspace):
    trained = train(workspace, "linear-regression", [CPU, "training.epochs=2"])
    assert [isinstance(event, Ended) for event in trained.events] == [False] * (len(trained.events) - 1) + [True]


def test_a_run_that_diverges_keeps_its_best_state_and_says_how_far_it_came(workspace):
    trained = train(workspace, "linear-regression", [CPU, "optimizer.lr=0.3"])
    assert trained.ended.outcome == "failed"
    assert trained.ended.error.name == "loss.not_finite"
    folder = trained.folder(workspace)
    best = folder.checkpoint("best")
    assert best.is_best
    assert checkpoint.load(best.path, best.sha256)["step"] == best.step > 0
    state = folder.read_state()
    assert state.status == "failed"
    assert state.step >= best.step
    assert state.best is not None


def test_weights_that_the_last_step_ruined_are_no_success(workspace):
    trained = train(workspace, "linear-regression", [CPU, "optimizer.lr=1e38", "training.epochs=1"])
    assert trained.ended.outcome == "failed"
    assert trained.ended.error.name == "loss.not_finite"
    assert trained.folder(workspace).read_state().status == "failed"
