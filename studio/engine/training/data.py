"""Batches of samples, in an order that depends on seed and epoch alone.

Most samples are tensors in memory. Others are read from files when they are asked for: they are indexed and
split as a tensor is, and the next batch is read while the step before it goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

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
    everything = torch.arange(len(inputs)) if order is None else order_of(order[1], order[0], len(inputs))
    chosen = torch.split(everything.to(targets.device), batch_size)[start:]
    if isinstance(inputs, Tensor):
        for indices in chosen:
            yield inputs.index_select(0, indices), targets.index_select(0, indices)
        return
    yield from _read_ahead((inputs, targets), chosen)


def _read_ahead(samples: tuple[Tensor, Tensor], chosen: Sequence[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches that are read from files: the next one while the one before is trained on."""
    inputs, targets = samples
    with ThreadPoolExecutor(1) as reader:
        waiting = [reader.submit(inputs.index_select, 0, indices) for indices in chosen[:1]]
        for number, indices in enumerate(chosen):
            batch = waiting.pop().result()
            if number + 1 < len(chosen):
                waiting.append(reader.submit(inputs.index_select, 0, chosen[number + 1]))
            yield batch, targets.index_select(0, indices)


def outputs_for(model: torch.nn.Module, inputs: Tensor) -> Tensor:
    """What a model in evaluation mode answers to all inputs, a thousand at a time; then it trains on."""
    model.eval()
    with torch.no_grad():
        outputs = torch.cat([model(part) for part in inputs.split(1000)])  # type: ignore[no-untyped-call]  # torch leaves it untyped
    model.train()
    return outputs
