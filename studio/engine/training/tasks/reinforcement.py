"""An agent that learns from games which it plays itself; they go on where they stood when a run is resumed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any, cast

import numpy as np
import torch
from gymnasium.vector import VectorEnv
from torch import Tensor

from studio.catalog.shelf import entry
from studio.engine.building import Samples, build_loss
from studio.engine.seeding import order_of
from studio.engine.training.state import Training
from studio.engine.training.tasks.pixels import float_array
from studio.engine.training.tasks.task import Batch, Judged, Task
from studio.spec.events import Pictured
from studio.spec.run import RunSpec
from studio.spec.tasks import KnownTask
from studio.zoo.losses.ppo import PPO
from studio.zoo.measures.reinforcement import greedy_games
from studio.zoo.models.actor_critic import ActorCritic
from studio.zoo.steps.reinforcement import play


class Reinforcement(Task):
    """An epoch is some steps in each environment, then several passes over what was played.

    What was played in the present epoch, and the games in progress, lie in `Training.extra`.
    """

    def __init__(self, known: KnownTask) -> None:
        super().__init__(known)
        self._world: VectorEnv | None = None

    def steps_per_epoch(self, spec: RunSpec, samples: Samples) -> int:
        return cast("PPO", build_loss(spec)).passes * super().steps_per_epoch(spec, samples)

    def batches(self, run: Training) -> Iterator[Batch]:
        passes = cast("PPO", run.criterion).passes
        parts = run.steps_per_epoch // passes
        played = self._played(run)
        for number in range(run.position, run.steps_per_epoch):
            count = len(played[0])
            if run.spec.training.shuffle:
                order = order_of(run.epoch * passes + number // parts, run.spec.training.seed, count)
            else:
                order = torch.arange(count)
            chosen = order.tensor_split(parts)[number % parts].to(run.device)
            yield [column[chosen] for column in played]

    def step(self, run: Training, batch: Batch) -> dict[str, Tensor]:
        assert self._step is not None
        losses = self._step(run.network, run.criterion, run.optimizer, batch)
        return {f"{name}/train": loss for name, loss in losses.items()}

    def judge(self, run: Training) -> Judged:
        judged = super().judge(run)
        return Judged(judged.measures)

    def pictures(self, run: Training, judged: Judged) -> Iterator[Pictured]:
        returns, path = greedy_games(cast("ActorCritic", run.model))
        seen = torch.from_numpy(path)
        yield Pictured(
            "episode",
            {
                "position": float_array(seen[:, 0]),
                "angle": float_array(seen[:, 2]),
                "return": float(returns[0]),
                "returns": float_array(torch.from_numpy(returns)),
                "epoch": run.epoch,
            },
        )

    def _played(self, run: Training) -> list[Tensor]:
        """What was played in the present epoch; it is played now where it was not yet."""
        if run.extra.get("epoch") != run.epoch:
            world, seen = self._present_world(run)
            steps = len(run.samples.train_x) // world.num_envs
            model, criterion = cast("ActorCritic", run.model), cast("PPO", run.criterion)
            run.extra["played"], seen = play(model, criterion, world, seen, steps)
            run.extra["epoch"] = run.epoch
            run.extra["world"] = state_of(world, seen)
        return [column.to(run.device) for column in run.extra["played"]]

    def _present_world(self, run: Training) -> tuple[VectorEnv, np.ndarray]:
        """The environments as they stand, and what is seen there: new ones before the first epoch."""
        is_new = self._world is None
        if self._world is None:
            self._world = make_world(run.spec)
        if "world" not in run.extra:
            return self._world, self._world.reset(seed=run.spec.training.seed)[0]
        if is_new:
            put_state(self._world, run.extra["world"])
        return self._world, run.extra["world"]["seen"].numpy()


def make_world(spec: RunSpec) -> VectorEnv:
    """The environments that a specification names, as many as it says."""
    known = entry("dataset", spec.data.name)
    parameter = known.parameter("environments")
    assert parameter is not None
    module = importlib.import_module(known.factory.partition(":")[0])
    made: VectorEnv = module.make_environments(spec.data.parameters.get("environments", parameter.default))
    return made


def state_of(world: VectorEnv, seen: np.ndarray) -> dict[str, Any]:
    """All that decides how the games go on, as tensors and plain data."""
    inner = cast("Any", world.unwrapped)
    return {
        "seen": torch.from_numpy(seen.copy()),
        "state": torch.from_numpy(inner.state.copy()),
        "steps": torch.from_numpy(inner.steps.copy()),
        "ended": torch.from_numpy(inner.prev_done.copy()),
        "random": inner.np_random.bit_generator.state,
    }


def put_state(world: VectorEnv, state: Mapping[str, Any]) -> None:
    """Let the games stand as `state_of` told."""
    world.reset(seed=0)  # gymnasium lets nobody play who did not deal first
    inner = cast("Any", world.unwrapped)
    inner.state, inner.steps = state["state"].numpy().copy(), state["steps"].numpy().copy()
    inner.prev_done = state["ended"].numpy().copy()
    inner.np_random.bit_generator.state = state["random"]
