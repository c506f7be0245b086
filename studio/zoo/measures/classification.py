"""How often the right class is the likeliest."""

from torch import Tensor


def measure(outputs: Tensor, targets: Tensor) -> dict[str, float]:
    """The share of logits (N, C) whose largest is that of the target (N,)."""
    return {"accuracy": (outputs.argmax(1) == targets).sum().item() / len(targets)}
