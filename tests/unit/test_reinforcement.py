"""An agent that plays: what it learns, and that its games go on where they stood."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio.engine.training.tasks.reinforcement import put_state, state_of
from studio.runs.metrics import read_metrics
from studio.spec.events import Measured, Pictured, Started
from studio.zoo.datasets.cartpole import cartpole, make_environments
from studio.zoo.losses.ppo import PPO
from studio.zoo.models.actor_critic import ActorCritic
from studio.zoo.steps.reinforcement import advantages, play
from tests.training_runs import train

CPU = "training.device=cpu"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_a_pole_is_balanced(workspace, seed):
    trained = train(workspace, "cartpole", [CPU, f"training.seed={seed}"])
    assert trained.ended.result["metrics"]["return/test"] >= 450


def test_an_agent_learns_and_is_seen_playing(workspace):
    trained = train(workspace, "cartpole", [CPU, "training.epochs=3"])
    assert trained.ended.result["best"]["value"] > 60, "at random it is 22"
    game = trained.of(Pictured)[-1].data
    assert len(game["position"]) == len(game["angle"]) == game["return"] + 1
    assert len(game["returns"]) == 100
    assert game["epoch"] == 3
    assert sum(game["returns"]) / 100 == trained.ended.result["metrics"]["return/test"]
    assert trained.of(Started)[0].about["steps_per_epoch"] == 80


@pytest.mark.parametrize("step", [3, 16, 20])
def test_a_run_that_was_stopped_goes_on_with_the_same_games(workspace, step):
    def stop(event, control):
        losses = event.series.get("loss/train") if isinstance(event, Measured) else None
        if losses and max(losses.steps) >= step:
            control.stop()

    settings = [CPU, "training.epochs=3", "loss.passes=2", "checkpoints.every_seconds=0.01"]
    whole = train(workspace, "cartpole", settings)
    stopped = train(workspace, "cartpole", settings, watch=stop)
    resumed = train(workspace, "", resume=stopped.ended.result["run"])
    assert 0 < resumed.of(Started)[0].about["step"] < 48
    assert resumed.ended.result["weights_sha256"] == whole.ended.result["weights_sha256"]
    curves = [read_metrics(one.folder(workspace).metrics_path) for one in (whole, resumed)]
    for name in ("loss/train", "return/test"):
        assert curves[0][name] == curves[1][name]


def test_games_go_on_as_if_they_had_not_been_put_away(tmp_path):
    first, second = make_environments(4), make_environments(4)
    seen, _ = first.reset(seed=3)
    actions = np.random.default_rng(0).integers(2, size=(60, 4))
    for action in actions:
        seen, *_ = first.step(action)
    torch.save(state_of(first, seen), tmp_path / "state.pt")
    put_state(second, torch.load(tmp_path / "state.pt", weights_only=True))
    for action in actions:
        for a, b in zip(first.step(action)[:4], second.step(action)[:4], strict=True):
            assert np.array_equal(a, b)


def test_advantages_are_those_of_a_plain_sum():
    torch.manual_seed(0)
    rewards, values = torch.rand(6, 1), torch.rand(7, 1)
    ended, cut = torch.zeros(6, 1), torch.zeros(6, 1)
    ended[2], cut[4] = 1, 1
    found = advantages(PPO(discount=0.9, trace=0.8), rewards, values, ended, cut)
    for start, last in ((0, 2), (1, 2), (2, 2), (3, 4), (4, 4), (5, 5)):
        expected = 0.0
        for later in range(start, last + 1):
            next_value = 0.0 if later == 2 else values[later + 1].item()
            surprise = rewards[later].item() + 0.9 * next_value - values[later].item()
            expected += (0.9 * 0.8) ** (later - start) * surprise
        assert found[start].item() == pytest.approx(expected, abs=1e-6)


def test_steps_in_which_a_game_is_dealt_anew_are_not_learnt_from():
    torch.manual_seed(0)
    model, world = ActorCritic(4, 2), make_environments(8)
    seen, _ = world.reset(seed=0)
    played, _ = play(model, PPO(), world, seen, 200)
    again = make_environments(8)
    again.reset(seed=0)
    assert len({len(column) for column in played}) == 1
    assert 1500 < len(played[0]) < 1600, "about one step in twenty is none"
    fallen = (played[0][:, 2].abs() > 12 * np.pi / 180) | (played[0][:, 0].abs() > 2.4)
    assert not fallen.any(), "who has fallen acts no more"
    assert model.training


def test_a_random_player_is_always_the_same():
    first, second = cartpole(3, 20), cartpole(3, 20)
    assert [tuple(part.shape) for part in first] == [(60, 4), (60,), (60, 4), (60,)]
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert not torch.equal(first[0], first[2])
