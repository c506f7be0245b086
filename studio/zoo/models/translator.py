"""An encoder and a decoder with attention: reads a text, then writes another one and shows where it looked."""

import torch
from torch import Tensor, nn

FACTORY = "Translator"
TASKS = ("translation",)
TAKES = ("tokens",)


class Translator(nn.Module):
    """Two recurrent networks; for each character that it writes, the second looks at what the first has read.

    Attention as by Luong et al. 2015 (https://arxiv.org/abs/1508.04025), with scaled products.

    Args:
        source_length: tokens of the text that is read, at the front of a sample; the data say it.
        vocabulary: how many tokens that text may have; the data say it.
        target_vocabulary: how many tokens the answer may have; the data say it.
        embedding: numbers that stand for one token.
        hidden_size: numbers that are carried along.
        dropout: share of the embeddings that is set to zero while training.
    """

    def __init__(
        self,
        source_length: int,
        vocabulary: int,
        target_vocabulary: int,
        *,
        embedding: int = 32,
        hidden_size: int = 64,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.source_length = source_length
        self.source_embedding = nn.Embedding(vocabulary, embedding, padding_idx=0)
        self.target_embedding = nn.Embedding(target_vocabulary, embedding)
        self.dropout = nn.Dropout(dropout)
        self.encoder = nn.GRU(embedding, hidden_size, bidirectional=True, batch_first=True)
        self.bridge = nn.Linear(2 * hidden_size, hidden_size)
        self.decoder = nn.GRU(embedding, hidden_size, batch_first=True)
        self.query = nn.Linear(hidden_size, 2 * hidden_size, bias=False)
        self.head = nn.Sequential(
            nn.Linear(3 * hidden_size, hidden_size), nn.Tanh(), nn.Linear(hidden_size, target_vocabulary)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Sources with the answers shifted by one (N, source_length + T), to logits (N, target_vocabulary, T)."""
        return self.attend(x)[0]

    def attend(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The same, and where it looked: shares (N, T, source_length) that sum to 1."""
        source, before = x[:, : self.source_length], x[:, self.source_length :]
        read, end = self.encoder(self.dropout(self.source_embedding(source)))
        begin = torch.tanh(self.bridge(torch.cat([end[0], end[1]], 1)))
        written, _ = self.decoder(self.dropout(self.target_embedding(before)), begin.unsqueeze(0).contiguous())
        scores = self.query(written) @ read.transpose(1, 2) / read.shape[2] ** 0.5
        shares = scores.masked_fill((source == 0).unsqueeze(1), -1e4).softmax(2)
        logits: Tensor = self.head(torch.cat([written, shares @ read], 2)).transpose(1, 2)
        return logits, shares
