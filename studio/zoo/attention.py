"""One block of a transformer, which the models share. Plain PyTorch: a script shows it word for word."""

from torch import Tensor, nn
from torch.nn import functional


class Block(nn.Module):
    """Each place looks at others (attention), then thinks for itself (two linear layers); both are added to it.

    The layout of GPT-2, with the norms first (Radford et al. 2019).
    """

    def __init__(self, width: int, heads: int, dropout: float, causal: bool) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"the width {width} cannot be shared out among {heads} heads")
        self.heads, self.causal, self.share = heads, causal, dropout
        self.first_norm, self.second_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.asked = nn.Linear(width, 3 * width)
        self.answered = nn.Linear(width, width)
        self.think = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(N, L, width) to the same; `mask` (N, 1, 1, L) is False where there is nothing to look at."""
        count, length, width = x.shape
        parts = self.asked(self.first_norm(x)).view(count, length, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        seen = functional.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=mask,
            dropout_p=self.share if self.training else 0.0,
            is_causal=self.causal,
        )
        x = x + self.dropout(self.answered(seen.transpose(1, 2).reshape(count, length, width)))
        y: Tensor = x + self.dropout(self.think(self.second_norm(x)))
        return y
