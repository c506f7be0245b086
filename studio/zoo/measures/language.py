"""How well the next token is told."""

import math

from torch import Tensor
from torch.nn import functional


def measure(outputs: Tensor, targets: Tensor) -> dict[str, float]:
    """Bits that each token (N, L) costs, told by logits (N, V, L): 0 where certain, log2 V where guessed."""
    return {"bits": functional.cross_entropy(outputs, targets).item() / math.log(2)}
