"""How far the numbers are from the true ones."""

from torch import Tensor


def measure(outputs: Tensor, targets: Tensor) -> dict[str, float]:
    """Mean absolute error of answers (N, F), and R²: the share of the targets' variance that is explained."""
    outputs, targets = outputs.cpu().double(), targets.cpu().double()
    measures = {"mae": (outputs - targets).abs().mean().item()}
    spread = (targets - targets.mean(0)).square().sum().item()
    if spread > 0:
        measures["r2"] = 1.0 - (outputs - targets).square().sum().item() / spread
    return measures
