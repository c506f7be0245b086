"""Processes that train one model together: they meet, average their gradients, and part.

Everything is torch.distributed's own; here stands only what the studio decides: that processes of
one machine meet through a file and open no port to the network, and how long a silent one is waited for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

PATIENCE = timedelta(seconds=60)
"""A rank that is silent for so long is taken for dead; torch's own 30 minutes look like a hang."""


@dataclass(frozen=True)
class Rank:
    """One of the processes that train together: number `index` of `world_size`."""

    index: int
    world_size: int

    @property
    def reports(self) -> bool:
        """Whether it is the one that reports and keeps checkpoints."""
        return self.index == 0


@contextlib.contextmanager
def process_group(rank: Rank, meeting_point: Path, backend: str = "gloo") -> Iterator[None]:
    """Be one of the processes that work together, from here to the end of the block.

    Args:
        rank: which of them this process is.
        meeting_point: a file that all of them name and that none has made; torch removes it.
        backend: ``"gloo"`` for CPUs, ``"nccl"`` for GPUs.

    Raises:
        RuntimeError: the others did not come, or one was lost.

    Source: https://docs.pytorch.org/docs/stable/distributed.html
    """
    # torch documents it here, but its types do not export it.
    store = distributed.FileStore(str(meeting_point), rank.world_size)  # type: ignore[attr-defined]
    distributed.init_process_group(
        backend, store=store, rank=rank.index, world_size=rank.world_size, timeout=PATIENCE
    )
    try:
        yield
    finally:
        distributed.destroy_process_group()


def shared(model: nn.Module, device: torch.device) -> DistributedDataParallel:
    """The model with the first rank's weights, and with gradients that are the mean over all ranks."""
    return DistributedDataParallel(model, device_ids=None if device.type == "cpu" else [device.index or 0])


def share_of(batch: Tensor, rank: Rank) -> Tensor:
    """The samples of a batch (N, …) that fall to a rank; together the ranks have each sample once.

    Where N is not a multiple of the number of ranks the first ones have one sample more; a mean over
    the ranks then weights those samples a little less, as with torch's own sampler.
    """
    return batch.tensor_split(rank.world_size)[rank.index]
