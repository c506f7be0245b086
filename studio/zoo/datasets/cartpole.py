"""The cart and the pole of gymnasium: a world to act in, and what a player sees who acts at random."""

import gymnasium
import torch
from gymnasium.vector import VectorEnv
from torch import Tensor

from studio.spec.model_input import InputSpec

FACTORY = "cartpole"
TASKS = ("reinforcement",)
GIVES = "tensor"
SHAPE = (4,)
INPUT = InputSpec(kind="tensor", shape=SHAPE)
LABELS = ("push left", "push right")
GIVEN = {"actions": 2}


def make_environments(count: int) -> VectorEnv:
    """So many carts with a pole each, side by side; an episode has at most 500 steps of 0.02 s."""
    return gymnasium.make_vec("CartPole-v1", num_envs=count, vectorization_mode="vector_entry_point")


def cartpole(
    environments: int = 8, steps: int = 128, split_seed: int = 0
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """A pole stands on a cart, which is pushed left or right 50 times a second so that it stays up.

    The samples are those of a player who pushes at random; the agent learns from what it meets itself.

    Args:
        environments: how many carts are played at once.
        steps: steps that each is played in an epoch.
        split_seed: starts the random numbers of the random player.

    Returns:
        Observations (environments · steps, 4): position, speed, angle, angular speed; and the pushes (N,), 0 left
        and 1 right. The same for testing, from other games.
    """
    parts: list[Tensor] = []
    for seed in (2 * split_seed, 2 * split_seed + 1):
        world = make_environments(environments)
        world.action_space.seed(seed)
        observed, pushed = [world.reset(seed=seed)[0]], [world.action_space.sample()]
        while len(observed) < steps:
            observed.append(world.step(pushed[-1])[0])
            pushed.append(world.action_space.sample())
        world.close()
        parts += [torch.cat([torch.from_numpy(row.copy()) for row in rows]) for rows in (observed, pushed)]
    train_x, train_y, test_x, test_y = parts
    return train_x, train_y, test_x, test_y
