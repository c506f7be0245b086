"""The loss of proximal policy optimization, and the numbers by which an agent learns from what it did."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

FACTORY = "PPO"
TASKS = ("reinforcement",)


class PPO(nn.Module):
    """Proximal policy optimization: do more of what went better than expected, but change little at a time.

    Source: Schulman et al. 2017, https://arxiv.org/abs/1707.06347.

    Args:
        clip: by what share the likelihood of an action may change before it stops to count.
        value_weight: weight of the critic's error.
        entropy_weight: weight of the policy's uncertainty, which is rewarded.
        discount: what a reward counts that comes one step later.
        trace: how far advantages look beyond the critic; 0 trusts it wholly, 1 not at all.
        passes: how often an epoch goes over what was played.
        max_norm: longest gradient; a longer one is shortened.
    """

    def __init__(
        self,
        *,
        clip: float = 0.2,
        value_weight: float = 0.5,
        entropy_weight: float = 0.01,
        discount: float = 0.99,
        trace: float = 0.95,
        passes: int = 4,
        max_norm: float = 0.5,
    ) -> None:
        super().__init__()
        self.clip, self.value_weight, self.entropy_weight = clip, value_weight, entropy_weight
        self.discount, self.trace, self.passes, self.max_norm = discount, trace, passes, max_norm

    def forward(self, logits: Tensor, values: Tensor, played: Sequence[Tensor]) -> Tensor:
        """Logits (N, A), values (N,) now; actions, their log-likelihoods then, advantages, returns: (N,) each."""
        actions, likelihoods, advantages, returns = played
        now = functional.log_softmax(logits, 1)
        ratio = (now.gather(1, actions.unsqueeze(1)).squeeze(1) - likelihoods).exp()
        advantages = (advantages - advantages.mean()) / (advantages.std(correction=0) + 1e-8)
        kept = torch.minimum(ratio * advantages, ratio.clamp(1 - self.clip, 1 + self.clip) * advantages)
        entropy = -(now.exp() * now).sum(1).mean()
        error = (values - returns).square().mean() / 2
        loss: Tensor = self.value_weight * error - kept.mean() - self.entropy_weight * entropy
        return loss
