"""What a run is said to need before it starts, against what it is; and that saying so changes nothing."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from studio.catalog.checking import read_spec
from studio.engine.building import load_samples
from studio.engine.checkpoint import weights_sha256
from studio.engine.training.estimating import _fitting, estimate
from studio.engine.training.state import Training
from studio.engine.training.tasks import task_of
from studio.spec.events import Started
from tests.training_runs import train

CPU = "training.device=cpu"


def prepared(*settings):
    spec = read_spec("digits-cnn", [CPU, *settings])
    samples = load_samples(spec)
    return Training.start(spec, samples, torch.device("cpu"), task_of(spec.task).steps_per_epoch(spec, samples))


@pytest.mark.parametrize(
    "settings",
    [[], ["training.average=ema", "training.precision=mixed-float16"], ["optimizer.name=LBFGS"]],
)
def test_nothing_of_the_run_changes(settings):
    run = prepared(*settings)
    before = weights_sha256(run.model.state_dict()), torch.get_rng_state(), np.random.get_state()[1].tolist()
    drawn = random.getstate()
    estimate(run)
    assert weights_sha256(run.model.state_dict()) == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])
    assert np.random.get_state()[1].tolist() == before[2]
    assert random.getstate() == drawn
    assert not run.optimizer.state_dict()["state"]
    assert all(one.grad is None for one in run.model.parameters())
    assert (run.step, run.skipped) == (0, 0)


def test_sizes_are_those_of_the_tensors():
    run = prepared("model.name=mlp", "model.hidden=[100]", "training.batch_size=50")
    needs = estimate(run)
    learnt = 64 * 100 + 100 + 100 * 10 + 10
    assert needs.parameters == learnt
    assert needs.weights == needs.gradients == 4 * learnt
    # Two means for each number, and a count of steps for each of the four parameters.
    assert needs.optimizer == 8 * learnt + 4 * 4
    # What comes out of the hidden layer, its bend, and the logits: (50, 100), (50, 100) and (50, 10), or less.
    assert 4 * 50 * 100 <= needs.activations <= 4 * 50 * 250
    assert needs.data == (1437 + 360) * (64 * 4 + 8)
    assert needs.memory == needs.weights + needs.gradients + needs.optimizer + needs.activations + needs.data
    assert needs.seconds == pytest.approx(20 * needs.seconds_per_epoch)
    assert needs.fitting_batch_size == 50


def test_a_batch_in_parts_needs_less():
    whole, parts = estimate(prepared()), estimate(prepared("training.accumulate=4"))
    assert parts.activations < 0.5 * whole.activations


def test_the_size_on_disk_is_that_of_the_checkpoints(workspace):
    settings = [CPU, "training.epochs=2", "training.average=swa"]
    trained = train(workspace, "digits-cnn", settings)
    needs = trained.of(Started)[0].about["estimate"]
    sizes = [entry.size for entry in trained.folder(workspace).checkpoints()]
    assert max(sizes) == pytest.approx(needs["checkpoint"], rel=0.1)
    assert sum(sizes) <= 1.1 * needs["disk"]


def test_the_result_says_how_good_the_estimate_was(workspace):
    trained = train(workspace, "digits-cnn", [CPU, "training.epochs=2"])
    result = trained.folder(workspace).read_result()
    assert result["estimated"]["seconds"] == trained.of(Started)[0].about["estimate"]["seconds"] > 0
    assert result["estimated"]["memory"] > 0
    assert result["seconds"] > 0


@pytest.mark.parametrize(
    ("wanted", "a_sample", "free", "fits"),
    [(64, 10, 1000, 64), (64, 10, 500, 32), (64, 10, 15, 1), (64, 10, 5, 0), (64, 10, -5, 0), (64, 0, 5, 64)],
)
def test_the_batch_size_that_fits_is_the_nearest_power_of_two(wanted, a_sample, free, fits):
    assert _fitting(wanted, a_sample, free) == fits
