"""Which things are where in a picture: the boxes that are found, beside the true ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from torch import Tensor

from studio.engine.training.state import Training
from studio.engine.training.tasks.pixels import byte_array
from studio.engine.training.tasks.task import Judged, Task
from studio.spec.events import Pictured
from studio.zoo.measures.detection import boxes_found

SHOWN = 40
"""Test scenes that are shown."""


class Detection(Task):
    """Draws test scenes with true boxes and found ones, these down to a score that a reader may raise."""

    def pictures(self, run: Training, judged: Judged) -> Iterator[Pictured]:
        samples = run.samples
        outputs = cast("Tensor", judged.outputs)[:SHOWN]
        true = samples.test_y[:SHOWN].cpu().tolist()
        yield Pictured(
            "scenes",
            {
                "shape": list(samples.test_x.shape[1:]),
                "pictures": byte_array(samples.test_x[:SHOWN]),
                "true": [[thing for thing in things if thing[0] >= 0] for things in true],
                "found": [things.tolist() for things in boxes_found(outputs)],
                "labels": list(samples.labels),
            },
        )
