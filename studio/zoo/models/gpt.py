"""A small GPT: tells the next token from all those before it."""

import torch
from torch import Tensor, nn

from studio.zoo.attention import Block

FACTORY = "GPT"
TASKS = ("language",)
TAKES = ("tokens",)


class GPT(nn.Module):
    """Embeddings of tokens and places, blocks that look back only, and a linear layer (Radford et al. 2019).

    Args:
        vocabulary: how many tokens there are; the data say it.
        length: tokens that it can look back; the data say it.
        width: numbers that stand for one place of the text.
        heads: how many things each place can look for at once.
        layers: blocks on top of each other.
        dropout: share of what a block adds that is set to zero while training.
    """

    def __init__(
        self,
        vocabulary: int,
        length: int,
        *,
        width: int = 128,
        heads: int = 4,
        layers: int = 3,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.places = nn.Embedding(length, width)
        self.blocks = nn.ModuleList(Block(width, heads, dropout, causal=True) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        self.head.weight = self.embedding.weight  # what a token means is said once
        nn.init.normal_(self.embedding.weight, std=0.05)
        nn.init.normal_(self.places.weight, std=0.05)

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (N, L), L up to `length`, to logits (N, vocabulary, L) of the token after each."""
        y = self.embedding(x) + self.places(torch.arange(x.shape[1], device=x.device))
        for block in self.blocks:
            y = block(y)
        logits: Tensor = self.head(self.norm(y)).transpose(1, 2)
        return logits
