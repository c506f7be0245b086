"""Which number, or numbers, belong to a sample."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from torch import Tensor

from studio.engine.training.state import Training
from studio.engine.training.tasks.task import Judged, Task
from studio.spec.events import Pictured


class Regression(Task):
    """Draws test points and the model's line through them; of more than one input, true against told."""

    def pictures(self, run: Training, judged: Judged) -> Iterator[Pictured]:
        samples = run.samples
        yield fit(samples.test_x.cpu(), samples.test_y.cpu(), judged.outputs.cpu())


def fit(inputs: Tensor, targets: Tensor, outputs: Tensor) -> Pictured:
    """The picture of inputs (N, …), targets (N, F) and outputs (N, F); of several answers, the first is drawn."""
    if inputs[0].numel() == 1:
        order = inputs.flatten().argsort()
        x, y, line = inputs.flatten()[order], targets[:, 0][order], outputs[:, 0][order]
        return Pictured("fit", {"x": _array(x), "y": _array(y), "line": _array(line), "x_label": "x"})
    order = targets[:, 0].argsort()
    y, told = targets[:, 0][order], outputs[:, 0][order]
    return Pictured("fit", {"x": _array(y), "y": _array(told), "line": _array(y), "x_label": "true value"})


def _array(values: Tensor) -> array[float]:
    return array("d", values.double().tolist())
