"""Which number, or numbers, belong to a sample."""

from __future__ import annotations

from array import array

from torch import Tensor

from studio.engine.building import Samples
from studio.spec.events import Pictured


def measure(outputs: Tensor, targets: Tensor) -> dict[str, float]:
    """Mean absolute error, and R²: the share of the targets' variance that is explained."""
    outputs, targets = outputs.cpu().double(), targets.cpu().double()
    measures = {"mae/test": (outputs - targets).abs().mean().item()}
    spread = (targets - targets.mean(0)).square().sum().item()
    if spread > 0:
        measures["r2/test"] = 1.0 - (outputs - targets).square().sum().item() / spread
    return measures


def picture(outputs: Tensor, samples: Samples) -> list[Pictured]:
    """Test points with the model's line through them; true against told where there is more than one input."""
    inputs, targets, outputs = samples.test_x.cpu(), samples.test_y.cpu(), outputs.cpu()
    if inputs[0].numel() == 1:
        order = inputs.flatten().argsort()
        x, y, line = inputs.flatten()[order], targets[:, 0][order], outputs[:, 0][order]
        return [Pictured("fit", {"x": _array(x), "y": _array(y), "line": _array(line), "x_label": "x"})]
    order = targets[:, 0].argsort()
    y, told = targets[:, 0][order], outputs[:, 0][order]
    return [Pictured("fit", {"x": _array(y), "y": _array(told), "line": _array(y), "x_label": "true value"})]


def _array(values: Tensor) -> array[float]:
    return array("d", values.double().tolist())
