"""One image after another through one model: read ahead in threads, answered in order."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from torch import Tensor

from studio.engine.models import OpenedModel
from studio.engine.preparing import prepare
from studio.engine.vision.classify import classify
from studio.engine.vision.detect import detect
from studio.engine.vision.reading import ReadImage, read_image
from studio.engine.vision.segment import save_mask, segment
from studio.spec.errors import UserError, report
from studio.spec.predictions import Box, Label, Prediction

_READERS = min(4, os.cpu_count() or 1)
_AHEAD = 2 * _READERS


@dataclass(frozen=True)
class _Asked:
    top_k: int
    least_score: float
    mask_folder: Path | None


@dataclass(frozen=True)
class _Sample:
    path: Path
    read: ReadImage
    tensor: Tensor
    milliseconds: float


def predict(
    model: OpenedModel,
    paths: list[Path],
    top_k: int = 5,
    least_score: float = 0.5,
    mask_folder: Path | None = None,
) -> Iterator[Prediction]:
    """The answer for each image, in the order given; one that cannot be read has its error instead.

    Close the iterator to end early: what is being read is let go.

    Raises:
        UserError: the model takes no images, or its answer is not what its task asks for.
    """
    if model.input.kind != "image":
        raise UserError(
            "vision.not_for_images",
            f"{model.title} does not take images.",
            f"It takes {'×'.join(map(str, model.input.shape))} numbers.",
            "Choose a model that was trained on images.",
        )
    if model.task == "regress":
        raise UserError(
            "vision.other_answers",
            f"{model.title} tells no classes, boxes or areas of an image.",
            "It was trained for something else.",
            "See in the Train tab what it does, or choose another model.",
        )
    asked = _Asked(top_k, least_score, mask_folder)
    with ThreadPoolExecutor(_READERS, "image-reader") as readers:
        waiting = iter(paths)
        ahead: deque[tuple[Path, Future[_Sample]]] = deque()
        try:
            while True:
                while len(ahead) < _AHEAD and (path := next(waiting, None)) is not None:
                    ahead.append((path, readers.submit(_sample, path, model)))
                if not ahead:
                    return
                path, future = ahead.popleft()
                try:
                    sample = future.result()
                except Exception as error:  # memory, or a decoder's fault: the other images are answered
                    yield Prediction(str(path), report(error))
                    continue
                yield _answer(model, sample, asked)
        finally:
            for _, future in ahead:
                future.cancel()


def _sample(path: Path, model: OpenedModel) -> _Sample:
    began = time.perf_counter()
    read = read_image(path, model.input.least_side)
    tensor = prepare(read.image, model.input, crop=model.task not in ("detect", "segment"))
    return _Sample(path, read, tensor, (time.perf_counter() - began) * 1000)


def _answer(model: OpenedModel, sample: _Sample, asked: _Asked) -> Prediction:
    began = time.perf_counter()
    size = sample.read.size
    labels: tuple[Label, ...] = ()
    boxes: tuple[Box, ...] = ()
    mask: Image.Image | None = None
    if model.task == "detect":
        boxes = detect(model, sample.tensor, size, asked.least_score)
    elif model.task == "segment":
        mask, labels = segment(model, sample.tensor, size)
    else:
        labels = classify(model, sample.tensor, asked.top_k)
    return Prediction(
        path=str(sample.path),
        labels=labels,
        boxes=boxes,
        mask=str(save_mask(mask, sample.path, asked.mask_folder)) if mask and asked.mask_folder else None,
        size=size,
        notes=sample.read.notes,
        read_ms=sample.milliseconds,
        model_ms=(time.perf_counter() - began) * 1000,
    )
