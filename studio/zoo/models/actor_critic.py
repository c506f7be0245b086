"""An agent: one network says what to do, another how much can still be won."""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

from torch import Tensor, nn

FACTORY = "ActorCritic"
TASKS = ("reinforcement",)
TAKES = ("tensor",)


class ActorCritic(nn.Module):
    """A policy (the actor) and a value (the critic), each with layers of its own.

    Orthogonal weights, and a last layer of the policy that is nearly zero, so that all actions are as likely at
    first; after Huang et al. 2022, https://iclr-blog-track.github.io/2022/03/25/ppo-implementation-details.

    Args:
        in_features: numbers of one observation; the data say it.
        actions: how many actions there are; the data say it.
        hidden: widths of the hidden layers of both networks, first one first.
    """

    def __init__(self, in_features: int, actions: int, hidden: Sequence[int] = (64, 64)) -> None:
        super().__init__()
        self.policy = layers((in_features, *hidden, actions), gain_of_last=0.01)
        self.critic = layers((in_features, *hidden, 1), gain_of_last=1.0)

    def value(self, observations: Tensor) -> Tensor:
        """Observations (N, F) to the reward that is expected from there on, (N,)."""
        values: Tensor = self.critic(observations).squeeze(1)
        return values

    def forward(self, observations: Tensor) -> Tensor:
        """Observations (N, F) to logits of the actions (N, actions)."""
        logits: Tensor = self.policy(observations)
        return logits


def layers(widths: Sequence[int], gain_of_last: float) -> nn.Sequential:
    """Linear layers of these widths with a tanh between them."""
    made: list[nn.Module] = []
    for number, (wide, next_wide) in enumerate(pairwise(widths)):
        linear = nn.Linear(wide, next_wide)
        nn.init.orthogonal_(linear.weight, gain_of_last if number == len(widths) - 2 else sqrt(2))
        nn.init.zeros_(linear.bias)
        made += [linear, nn.Tanh()]
    return nn.Sequential(*made[:-1])
