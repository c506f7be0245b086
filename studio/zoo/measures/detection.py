"""From a detector's maps to boxes, and how well these match the true ones."""

import contextlib
import io

import torch
from torch import Tensor
from torch.nn import functional

STRIDE = 4
"""Pixels of the picture to a place of the map."""

MOST_FOUND = 20
"""How many things are found in a picture at most."""

LEAST_SCORE = 0.05
"""A less likely thing is not worth telling."""


def measure(outputs: Tensor, targets: Tensor) -> dict[str, float]:
    """Mean average precision of maps (N, classes + 4, h, w) for true things (N, M, 5), by pycocotools.

    Returns:
        The mean over overlaps from 50 to 95 %, and that at 50 %.
    """
    from torchmetrics.detection import MeanAveragePrecision  # takes seconds to import

    metric = MeanAveragePrecision(backend="pycocotools")
    found = [
        {"boxes": things[:, 2:].float(), "labels": things[:, 0].long(), "scores": things[:, 1].float()}
        for things in boxes_found(outputs)
    ]
    true = [
        {"boxes": things[:, 1:].float(), "labels": things[:, 0].long()}
        for things in (one[one[:, 0] >= 0].cpu() for one in targets)
    ]
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools tells what it does
        metric.update(found, true)
        told = metric.compute()
    return {"map": told["map"].item(), "map50": told["map_50"].item()}


def boxes_found(outputs: Tensor) -> list[Tensor]:
    """What is found in each picture, likeliest first: (K, 6) of class, score, left, top, right, bottom in pixels.

    A thing is where the heat map (N, classes, h, w) is higher than at all places around, whatever the class.
    """
    outputs = outputs.detach().cpu()
    heat, sides = outputs[:, :-4].sigmoid(), outputs[:, -4:]
    best, kinds = heat.max(1)
    peaks = best * (best == functional.max_pool2d(best, 3, stride=1, padding=1))
    width = heat.shape[3]
    found = []
    for sample in range(len(outputs)):
        scores, places = peaks[sample].flatten().topk(min(MOST_FOUND, peaks[sample].numel()))
        places, scores = places[scores >= LEAST_SCORE], scores[scores >= LEAST_SCORE]
        x, y = places % width + 0.5, places // width + 0.5
        left, top, right, bottom = sides[sample].flatten(1)[:, places]
        boxes = torch.stack([x - left, y - top, x + right, y + bottom], 1) * STRIDE
        kind = kinds[sample].flatten()[places].to(scores.dtype)
        found.append(torch.cat([kind.unsqueeze(1), scores.unsqueeze(1), boxes], 1))
    return found
