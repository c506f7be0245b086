"""Batches of samples that lie in memory, in an order that depends on seed and epoch alone."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from studio.engine.seeding import order_of


def batches(
    inputs: Tensor, targets: Tensor, batch_size: int, *, order: tuple[int, int] | None, start: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of one epoch, indexed as tensors: twenty times cheaper than sample by sample.

    Args:
        inputs: (N, …).
        targets: (N, …).
        batch_size: samples a batch; the last one may have fewer.
        order: seed and number of the epoch, which decide the order; None keeps the samples as they are.
        start: how many batches to leave out, because a run that was interrupted has done them.
    """
    if order is None:
        yield from zip(
            torch.split(inputs, batch_size)[start:], torch.split(targets, batch_size)[start:], strict=True
        )
        return
    seed, epoch = order
    indices = order_of(epoch, seed, len(inputs)).to(inputs.device)
    for chosen in torch.split(indices, batch_size)[start:]:
        yield inputs.index_select(0, chosen), targets.index_select(0, chosen)


def outputs_for(model: torch.nn.Module, inputs: Tensor) -> Tensor:
    """What a model in evaluation mode answers to all inputs, a thousand at a time; then it trains on."""
    model.eval()
    with torch.no_grad():
        outputs = torch.cat([model(part) for part in torch.split(inputs, 1000)])
    model.train()
    return outputs
