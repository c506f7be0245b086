"""Which objects an image shows, and where."""

from __future__ import annotations

import torch
from torch import Tensor

from studio.engine.models import OpenedModel
from studio.engine.vision.answers import device_of
from studio.spec.errors import UserError
from studio.spec.predictions import Box


def detect(model: OpenedModel, sample: Tensor, size: tuple[int, int], least_score: float = 0.5) -> tuple[Box, ...]:
    """The objects in one sample (C, H, W) with a score of at least `least_score`, best first.

    `size` is the image's (width, height), in whose pixels the boxes are told.

    Raises:
        UserError: the model does not answer as torchvision's detectors do.
    """
    with torch.inference_mode():
        output = model.module([sample.to(device_of(model.module))])
    answer = output[0] if isinstance(output, (list, tuple)) and output else output
    if isinstance(answer, list) and answer:  # a scripted detector returns (losses, detections)
        answer = answer[0]
    if not isinstance(answer, dict) or not {"boxes", "labels", "scores"} <= answer.keys():
        raise UserError(
            "vision.no_boxes",
            "The model does not answer with boxes, labels and scores.",
            "",
            "Choose a detector, or the task that the model was made for.",
        )
    across, down = size[0] / sample.shape[2], size[1] / sample.shape[1]
    boxes = answer["boxes"].cpu() * torch.tensor([across, down, across, down])
    found = []
    for box, label, score in zip(
        boxes.tolist(), answer["labels"].tolist(), answer["scores"].tolist(), strict=True
    ):
        if score >= least_score:
            left, top, right, bottom = box
            name = model.labels[label] if label < len(model.labels) else f"class {label}"
            found.append(Box((left, top, right, bottom), name, score))
    return tuple(sorted(found, key=lambda box: -box.score))
