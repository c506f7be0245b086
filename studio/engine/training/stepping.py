"""The ordinary training step: forward, backward, a small step downhill; and what the options make of it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from studio.engine.training.state import Training

_IN_16_BITS = {"mixed-bfloat16": torch.bfloat16, "mixed-float16": torch.float16}


def take_step(run: Training, inputs: Tensor, targets: Tensor) -> Tensor:
    """One step downhill on one batch; returns its loss."""
    if not run.is_plain:
        return take_special_step(run, inputs, targets)
    loss: Tensor = run.criterion(run.network(inputs), targets)
    run.optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    run.optimizer.step()
    return loss


def take_special_step(run: Training, inputs: Tensor, targets: Tensor) -> Tensor:
    """One step downhill with the options that the specification has; returns its loss."""

    def gradients() -> Tensor:
        run.optimizer.zero_grad()
        loss = backward(run, inputs, targets)
        shorten_gradients(run)
        return loss

    if run.needs_closure:
        loss: Tensor = run.optimizer.step(gradients)  # type: ignore[assignment, arg-type]  # torch says float, means its tensor
    else:
        loss = gradients()
        step_downhill(run)
    if run.average is not None:
        run.average.step_done(run.model, run.epoch)
    return loss


def backward(run: Training, inputs: Tensor, targets: Tensor) -> Tensor:
    """Add up the gradients of one batch, in as many parts as the specification says; returns its loss."""
    options = run.spec.training
    dtype = _IN_16_BITS.get(options.precision)
    parts: list[Tensor] = []
    size = -(-len(inputs) // options.accumulate)
    is_mean = getattr(run.criterion, "reduction", "mean") == "mean"
    for x, y in zip(torch.split(inputs, size), torch.split(targets, size), strict=True):
        with torch.autocast(run.device.type, dtype, enabled=dtype is not None):
            loss = run.criterion(run.network(x), y)
        if options.accumulate > 1 and is_mean:
            loss = loss * (len(x) / len(inputs))
        (loss if run.scaler is None else run.scaler.scale(loss)).backward()
        parts.append(loss.detach())
    return parts[0] if options.accumulate == 1 else torch.stack(parts).sum()


def shorten_gradients(run: Training) -> None:
    """Keep the gradients as small as the specification says."""
    options = run.spec.training
    if run.scaler is not None and (options.clip_norm or options.clip_value):
        run.scaler.unscale_(run.optimizer)
    if options.clip_norm is not None:
        nn.utils.clip_grad_norm_(run.model.parameters(), options.clip_norm)
    if options.clip_value is not None:
        nn.utils.clip_grad_value_(run.model.parameters(), options.clip_value)


def step_downhill(run: Training) -> None:
    """A step of the optimizer, unless the gradients did not fit into float16."""
    if run.scaler is None:
        run.optimizer.step()
        return
    before = run.scaler.get_scale()
    run.scaler.step(run.optimizer)
    run.scaler.update()
    run.skipped += run.scaler.get_scale() < before
