"""A recurrent network: reads a sequence step by step and carries along what it has understood so far."""

from typing import Literal

import torch
from torch import Tensor, nn

FACTORY = "Recurrent"
TAKES = ("tokens", "sequence")


class Recurrent(nn.Module):
    """Embedding of tokens (or numbers as they are), recurrent layers, and a linear layer on their last state.

    Args:
        in_shape: (L,) for tokens or (L, F) for numbers; the data say it.
        vocabulary: how many tokens there are, 0 for numbers; the data say it.
        out_features: numbers in one answer; the data say it.
        cell: the kind of recurrent layer.
        embedding: numbers that stand for one token.
        hidden_size: numbers that are carried along, in each direction.
        layers: recurrent layers on top of each other.
        bidirectional: whether it is read from the end as well.
        dropout: share of the embedding and of the last state that is set to zero while training.
    """

    def __init__(
        self,
        in_shape: tuple[int, ...],
        vocabulary: int,
        out_features: int,
        *,
        cell: Literal["gru", "lstm", "rnn"] = "gru",
        embedding: int = 32,
        hidden_size: int = 64,
        layers: int = 1,
        bidirectional: bool = True,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        kinds = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}
        self.hidden_size = hidden_size
        self.embedding = nn.Embedding(vocabulary, embedding, padding_idx=0) if vocabulary else None
        width = embedding if vocabulary else in_shape[-1]
        self.recurrent = kinds[cell](
            width, hidden_size, num_layers=layers, bidirectional=bidirectional, batch_first=True
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden_size * (2 if bidirectional else 1), out_features)

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (N, L), padded with 0, or numbers (N, L, F), to (N, out_features)."""
        last = torch.full_like(x[:, 0], x.shape[1] - 1, dtype=torch.int64)
        if self.embedding is None:
            last = last[:, 0]
        else:
            last = ((x != 0).sum(1) - 1).clamp(min=0)
            x = self.dropout(self.embedding(x))
        states: Tensor = self.recurrent(x)[0]
        forward = states[:, :, : self.hidden_size]
        end = forward.gather(1, last[:, None, None].expand(-1, 1, self.hidden_size)).squeeze(1)
        answer: Tensor = self.head(self.dropout(torch.cat([end, states[:, 0, self.hidden_size :]], 1)))
        return answer
