"""A transformer encoder: every place of a sequence looks at all others at once."""

import torch
from torch import Tensor, nn

from studio.zoo.attention import Block

FACTORY = "Transformer"
TAKES = ("tokens", "sequence")


class Transformer(nn.Module):
    """Embedding of tokens (or a linear layer for numbers) and of places, blocks of attention, then their mean.

    Args:
        in_shape: (L,) for tokens or (L, F) for numbers; the data say it.
        vocabulary: how many tokens there are, 0 for numbers; the data say it.
        out_features: numbers in one answer; the data say it.
        width: numbers that stand for one place of the sequence.
        heads: how many things each place can look for at once.
        layers: blocks on top of each other.
        dropout: share of what a block adds that is set to zero while training.
    """

    def __init__(
        self,
        in_shape: tuple[int, ...],
        vocabulary: int,
        out_features: int,
        *,
        width: int = 64,
        heads: int = 4,
        layers: int = 2,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.takes_tokens = vocabulary > 0
        self.embedding = nn.Embedding(vocabulary, width) if vocabulary else nn.Linear(in_shape[-1], width)
        self.places = nn.Parameter(0.02 * torch.randn(in_shape[0], width))
        self.blocks = nn.ModuleList(Block(width, heads, dropout, causal=False) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, out_features)

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (N, L), padded with 0, or numbers (N, L, F), to (N, out_features)."""
        there = x != 0 if self.takes_tokens else x[:, :, 0] == x[:, :, 0]
        there = torch.cat([torch.ones_like(there[:, :1]), there[:, 1:]], 1)  # so that nothing is never all
        y = self.embedding(x) + self.places
        for block in self.blocks:
            y = block(y, there[:, None, None, :])
        weights = there.unsqueeze(2).to(y.dtype)
        answer: Tensor = self.head((self.norm(y) * weights).sum(1) / weights.sum(1))
        return answer
