"""Which class an image belongs to, as a model holds it."""

from __future__ import annotations

import torch
from torch import Tensor

from studio.engine.models import OpenedModel
from studio.engine.vision.answers import device_of, logits_of
from studio.spec.predictions import Label


def classify(model: OpenedModel, sample: Tensor, top_k: int = 5) -> tuple[Label, ...]:
    """The `top_k` likeliest classes of one sample (C, H, W), likeliest first.

    Raises:
        UserError: the model's answer is no logits.
    """
    with torch.inference_mode():
        logits = logits_of(model.module(sample[None].to(device_of(model.module))))
    return ranked(probabilities(logits.flatten().float().cpu()), model.labels, top_k)


def probabilities(logits: Tensor) -> Tensor:
    """Probabilities (K,) of logits (K,); one logit alone is that of the second of two classes.

    What an exported model has already put through a softmax stays as it is.
    """
    if logits.numel() == 1:
        second = logits.sigmoid()
        return torch.cat([1 - second, second])
    if logits.min() >= 0 and abs(float(logits.sum()) - 1) < 1e-4:
        return logits
    return logits.softmax(0)


def ranked(values: Tensor, names: tuple[str, ...], top_k: int) -> tuple[Label, ...]:
    """The `top_k` highest of `values` (K,) with their classes' names; ties in the order of the classes."""
    order = torch.argsort(values, descending=True, stable=True)[:top_k].tolist()
    return tuple(
        Label(index, names[index] if index < len(names) else f"class {index}", float(values[index]))
        for index in order
    )
