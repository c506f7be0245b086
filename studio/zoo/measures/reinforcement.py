"""How well an agent plays games that it never learnt from."""

import numpy as np
import torch
from torch import Tensor, nn

from studio.zoo.datasets.cartpole import make_environments
from studio.zoo.models.actor_critic import ActorCritic

GAMES = 100
"""How many games an agent is judged by."""

FIRST_DEAL = 1_000_000_007
"""The seed of these games, far from those of training."""


def judge(
    model: ActorCritic, criterion: nn.Module, x: Tensor | None = None, y: Tensor | None = None
) -> dict[str, float]:
    """Play a hundred games that are always the same, each time the likeliest action; samples x, y are not used.

    Returns:
        The mean return of a game, and the least one.
    """
    returns = greedy_games(model)[0]
    return {"return": float(returns.mean()), "least": float(returns.min())}


def greedy_games(model: ActorCritic) -> tuple[np.ndarray, np.ndarray]:
    """Returns of a hundred games with the likeliest actions, (100,), and what was seen in the first, (T, F)."""
    like = next(model.parameters())
    world = make_environments(GAMES)
    seen, _ = world.reset(seed=FIRST_DEAL)
    returns, goes_on = np.zeros(GAMES), np.ones(GAMES, dtype=bool)
    path = [seen[0].copy()]
    model.eval()
    with torch.no_grad():
        while goes_on.any():
            actions = model(torch.tensor(seen, dtype=like.dtype, device=like.device)).argmax(1)
            seen, rewards, ended, cut, _ = world.step(actions.cpu().numpy())
            returns += np.where(goes_on, rewards, 0.0)
            if goes_on[0]:
                path.append(seen[0].copy())
            goes_on &= ~(ended | cut)
    model.train()
    world.close()
    return returns, np.stack(path)
