"""Pictures from noise and from a plane: what is learnt, what is drawn, and that neither disturbs the other."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from studio.engine.models import open_model
from studio.engine.training.tasks.adversarial import MOST_GRIDS, note_grid
from studio.engine.training.tasks.autoencoding import ACROSS
from studio.engine.vision.predicting import predict
from studio.runs.metrics import read_metrics
from studio.spec.errors import UserError
from studio.spec.events import Measured, Pictured, Started
from studio.spec.model_ref import ModelRef
from studio.zoo.losses.elbo import NegativeELBO
from studio.zoo.measures.adversarial import class_counts, frechet_distance
from studio.zoo.models.gan import GAN
from studio.zoo.steps.adversarial import step
from tests.training_runs import train

CPU = "training.device=cpu"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3])
def test_a_generator_makes_every_digit(workspace, seed):
    trained = train(workspace, "digits-gan", [CPU, f"training.seed={seed}"])
    metrics = trained.ended.result["metrics"]
    assert metrics["classes/test"] == 10
    assert metrics["distance/test"] < 0.7


def test_a_plane_sorts_digits_that_it_was_never_told(workspace):
    trained = train(workspace, "digits-vae", [CPU, "training.epochs=20"])
    metrics = trained.ended.result["metrics"]
    assert metrics["loss/test"] < 27
    assert metrics["reconstruction/test"] < 0.24
    assert metrics["neighbours/test"] > 0.5, "by chance it is 0.1"
    pictures = {event.name: event.data for event in trained.of(Pictured)}
    plane, pairs = pictures["plane"], pictures["reconstructions"]
    assert len(plane["pictures"]) == ACROSS * ACROSS * 64
    assert len(plane["x"]) == len(plane["y"]) == len(plane["classes"]) == 360
    assert max(map(abs, plane["x"])) < 2 * plane["reach"]
    assert len(pairs["originals"]) == len(pairs["reconstructions"]) == 20 * 64
    assert pairs["captions"] == [str(digit) for digit in range(10) for _ in range(2)]


def test_each_half_of_a_step_changes_one_network_only():
    torch.manual_seed(0)
    model, x = GAN((1, 4, 4), latent=3, hidden=(8, 8)), torch.rand(6, 1, 4, 4)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.5)
    states = []

    class Watched(nn.BCEWithLogitsLoss):
        """Notes the weights whenever a loss is computed: twice before the first half, then before the second."""

        def forward(self, input, target):
            states.append(copy.deepcopy(model.state_dict()))
            return super().forward(input, target)

    losses = step(model, Watched(), optimizer, x, torch.zeros(6))
    states.append(model.state_dict())
    assert set(losses) == {"loss", "discriminator"}
    before, between, after = states[0], states[2], states[3]
    learnt = dict(model.named_parameters())
    changed = [
        {name for name in learnt if not torch.equal(a[name], b[name])}
        for a, b in ((before, between), (between, after))
    ]
    assert {name.partition(".")[0] for name in changed[0]} == {"discriminator"}
    assert {name.partition(".")[0] for name in changed[1]} == {"generator"}
    assert all(parameter.requires_grad for parameter in learnt.values())


def test_the_distance_is_that_of_two_normal_distributions():
    real = torch.randn(500, 1, 2, 2, generator=torch.Generator().manual_seed(1))
    assert frechet_distance(real, real) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(real, real + 3) == pytest.approx(4 * 9, rel=1e-4)
    # Twice as wide: the sum of (2s − s)² over the standard deviations s.
    assert frechet_distance(2 * real, real) == pytest.approx(
        torch.cov(real.flatten(1).T).trace().item() + real.mean(0).square().sum().item(), rel=1e-4
    )


def test_a_picture_counts_only_where_all_its_neighbours_agree():
    real = torch.tensor([0.0] * 5 + [1.0] * 5 + [2.0] * 3 + [2.01] * 3).view(-1, 1, 1, 1)
    classes = torch.tensor([0] * 5 + [1] * 5 + [2] * 3 + [0] * 3)
    made = torch.tensor([0.1, 0.05, 0.9, 2.0]).view(-1, 1, 1, 1)
    assert class_counts(made, real, classes).tolist() == [2, 1, 0]


def test_grids_are_thinned_but_the_first_and_the_newest_stay():
    extra: dict[str, object] = {}
    for epoch in range(1, 501):
        note_grid(extra, epoch, torch.full((4, 1, 2, 2), epoch / 500))
        assert len(extra["epochs"]) == len(extra["grids"]) <= MOST_GRIDS
    assert extra["epochs"][0] == 1
    assert extra["epochs"][-1] == 500
    assert len(extra["epochs"]) > MOST_GRIDS / 2
    assert extra["grids"][-1].flatten().tolist() == [255] * 16


def test_the_negative_elbo_is_that_of_torchs_distributions():
    torch.manual_seed(0)
    logits, pictures = torch.randn(5, 1, 3, 3), torch.rand(5, 1, 3, 3)
    mean, log_variance = torch.randn(5, 2), torch.randn(5, 2)
    normal = torch.distributions.Normal
    divergence = torch.distributions.kl_divergence(normal(mean, (log_variance / 2).exp()), normal(0.0, 1.0))
    told = nn.functional.binary_cross_entropy_with_logits(logits, pictures, reduction="none")
    expected = told.flatten(1).sum(1).mean() + 0.5 * divergence.sum(1).mean()
    torch.testing.assert_close(NegativeELBO(beta=0.5)(logits, pictures, mean, log_variance), expected)


@pytest.mark.parametrize(("recipe", "curve"), [("digits-gan", "discriminator/train"), ("digits-vae", "loss/test")])
def test_a_run_that_was_stopped_goes_on_with_the_same_bits(workspace, recipe, curve):
    def stop(event, control):
        losses = event.series.get("loss/train") if isinstance(event, Measured) else None
        if losses and max(losses.steps) >= 30:
            control.stop()

    settings = [CPU, "training.epochs=3", "checkpoints.every_seconds=0.01"]
    whole = train(workspace, recipe, settings)
    stopped = train(workspace, recipe, settings, watch=stop)
    resumed = train(workspace, "", resume=stopped.ended.result["run"])
    assert resumed.of(Started)[0].about["step"] >= 30
    assert resumed.ended.result["weights_sha256"] == whole.ended.result["weights_sha256"]
    curves = [read_metrics(one.folder(workspace).metrics_path)[curve] for one in (whole, resumed)]
    assert curves[0] == curves[1]
    assert whole.of(Pictured)[-1].data == resumed.of(Pictured)[-1].data, "the grids of all epochs too"


def test_a_plane_answers_no_question_about_a_photograph(workspace, tmp_path):
    trained = train(workspace, "digits-vae", [CPU, "training.epochs=1"])
    opened = open_model(ModelRef.parse(f"run:{trained.ended.result['run']}@best"), workspace)
    assert opened.module(opened.samples).shape == (360, 1, 8, 8)
    with pytest.raises(UserError) as caught:
        next(predict(opened, [tmp_path / "photograph.png"]))
    assert caught.value.name == "vision.other_answers"


def test_a_generator_is_opened_with_noise_as_its_input(workspace):
    trained = train(workspace, "digits-gan", [CPU, "training.epochs=1", "model.latent=7"])
    opened = open_model(ModelRef.parse(f"run:{trained.ended.result['run']}@best"), workspace)
    assert (opened.input.kind, opened.input.shape) == ("tensor", (7,))
    assert opened.module(opened.samples).shape == (64, 1, 8, 8)
