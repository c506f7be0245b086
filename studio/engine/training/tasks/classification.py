"""Which of several classes a sample belongs to."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from studio.engine.building import Samples
from studio.engine.training.state import Training
from studio.engine.training.tasks.boundary import boundary, is_plane
from studio.engine.training.tasks.task import Judged, Task
from studio.spec.events import Pictured
from studio.zoo.text import decode

WORST_SHOWN = 12
SCORES_SHOWN = 20_000
"""Probabilities that are told at once; of more, no threshold is chosen by hand."""


class Classification(Task):
    """Draws the confusion matrix, the samples that it gets most wrong, every probability, and the boundary."""

    def pictures(self, run: Training, judged: Judged) -> Iterator[Pictured]:
        samples = run.samples
        outputs, targets = judged.outputs.cpu(), samples.test_y.cpu()
        yield Pictured("confusion", {"labels": list(samples.labels), "matrix": confusion(outputs, targets)})
        yield Pictured("worst", {"samples": _worst(outputs, targets, samples)})
        if outputs.numel() <= SCORES_SHOWN:
            yield scores(outputs, targets, samples.labels)
        if is_plane(run):
            yield boundary(run)


def scores(outputs: Tensor, targets: Tensor, labels: Sequence[str]) -> Pictured:
    """The probability of every class (N, C) for every test sample, row by row, and its true class (N,)."""
    probabilities = outputs.double().softmax(1)
    told = {"values": array("f", probabilities.flatten().tolist()), "true": array("i", targets.tolist())}
    return Pictured("scores", {"labels": list(labels), **told})


def confusion(outputs: Tensor, targets: Tensor) -> list[list[int]]:
    """How often a class (row) was taken for another (column); `outputs` are logits (N, C)."""
    classes = outputs.shape[1]
    counts = torch.bincount(targets * classes + outputs.argmax(1), minlength=classes * classes)
    return [[int(count) for count in row] for row in counts.view(classes, classes).tolist()]


def _worst(outputs: Tensor, targets: Tensor, samples: Samples) -> list[dict[str, Any]]:
    """The samples whose true class got the least probability, wrong answers first."""
    probabilities = outputs.double().softmax(1)
    of_truth = probabilities.gather(1, targets.unsqueeze(1)).squeeze(1)
    chosen = of_truth.argsort()[:WORST_SHOWN].tolist()
    return [_sample(index, probabilities[index], int(targets[index]), samples) for index in chosen]


def _sample(index: int, probabilities: Tensor, target: int, samples: Samples) -> dict[str, Any]:
    predicted = int(probabilities.argmax())
    values = samples.shown(index).cpu()
    text = decode(values, samples.input.tokens, samples.input.token_kind) if samples.input.kind == "text" else None
    return {
        "index": index,
        "shape": list(values.shape),
        "values": array("f", values.float().flatten().tolist()),
        "true": samples.labels[target],
        "predicted": samples.labels[predicted],
        "probability": float(probabilities[predicted]),
        "probability_of_true": float(probabilities[target]),
        **({} if text is None else {"text": text}),
    }
