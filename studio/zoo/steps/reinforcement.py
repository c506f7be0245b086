"""How an agent plays, what it makes of what it met, and how it learns from that."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from gymnasium.vector import VectorEnv
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from studio.zoo.losses.ppo import PPO
from studio.zoo.models.actor_critic import ActorCritic


def play(
    model: ActorCritic, criterion: PPO, world: VectorEnv, seen: np.ndarray, steps: int
) -> tuple[list[Tensor], np.ndarray]:
    """Play on for so many steps in E environments side by side, each action drawn by its likelihood.

    Args:
        model: the agent.
        criterion: says what rewards count that come later.
        world: where it plays; it goes on from where it stands.
        seen: what is seen there now, (E, F).
        steps: how many steps each environment is played.

    Returns:
        Observations (N, F), actions, their log-likelihoods, advantages and returns, (N,) each; and what is seen
        now. A step in which a game that ended is dealt anew is none of the agent's: N is E · `steps` less those.
    """
    like = next(model.parameters())
    inner: Any = world.unwrapped
    observed, rows = [_tensor(seen, like)], []
    with torch.no_grad():
        for _ in range(steps):
            is_played = torch.from_numpy(~inner.prev_done).to(like.device)
            policy = functional.log_softmax(model(observed[-1]), 1)
            action = torch.multinomial(policy.exp(), 1)
            seen, *told = world.step(action.squeeze(1).cpu().numpy())
            rewards, ended, cut = (_tensor(values, like) for values in told[:3])
            rows.append((action.squeeze(1), policy.gather(1, action).squeeze(1), rewards, ended, cut, is_played))
            observed.append(_tensor(seen, like))
        values = torch.stack([model.value(one) for one in observed])
    actions, likelihoods, rewards, ended, cut, is_played = (
        torch.stack(column) for column in zip(*rows, strict=True)
    )
    gained = advantages(criterion, rewards, values, ended, cut)
    columns = (torch.stack(observed[:-1]), actions, likelihoods, gained, gained + values[:-1])
    return [column[is_played] for column in columns], seen


def advantages(criterion: PPO, rewards: Tensor, values: Tensor, ended: Tensor, cut: Tensor) -> Tensor:
    """How much better than expected each action was, (T, E): generalized advantage estimation.

    Source: Schulman et al. 2015, https://arxiv.org/abs/1506.02438. A game that was cut short would have gone on,
    so what was still expected counts; nothing counts after one that ended.

    Args:
        criterion: says what later rewards count.
        rewards: of each step, (T, E).
        values: what was expected before each step and after the last, (T + 1, E).
        ended: 1 where a game ended, (T, E).
        cut: 1 where a game was cut short, (T, E).
    """
    surprises = rewards + criterion.discount * (1 - ended) * values[1:] - values[:-1]
    goes_on = criterion.discount * criterion.trace * (1 - ended) * (1 - cut)
    found = torch.zeros_like(rewards)
    later = torch.zeros_like(rewards[0])
    for at in reversed(range(len(rewards))):
        later = surprises[at] + goes_on[at] * later
        found[at] = later
    return found


def step(model: ActorCritic, criterion: PPO, optimizer: Optimizer, played: Sequence[Tensor]) -> dict[str, Tensor]:
    """Learn from a part of what was played, as `play` gives it; a gradient that is too long is shortened."""
    observations, *rest = played
    loss = criterion(model(observations), model.value(observations), rest)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), criterion.max_norm)
    optimizer.step()
    return {"loss": loss}


def _tensor(values: np.ndarray, like: Tensor) -> Tensor:
    # Copied, for an environment may write its next answer there; row by row, for the order decides the rounding.
    return torch.tensor(np.ascontiguousarray(values), dtype=like.dtype, device=like.device)
