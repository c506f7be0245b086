"""Processes that train one model together: they meet, average their gradients, and part.

Everything is torch.distributed's own; here stands only what the studio decides: that processes of
one machine meet through a file and open no port to the network, and how long a silent one is waited for.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from studio.spec.rank import Rank

PATIENCE = timedelta(seconds=60)
"""A rank that is silent for so long is taken for dead; torch's own 30 minutes look like a hang."""


def own_device(device: torch.device) -> torch.device:
    """The device of this process: on a machine with many GPUs each process has one of its own."""
    if device.type == "cpu" or "LOCAL_RANK" not in os.environ:
        return device
    own = torch.device(device.type, int(os.environ["LOCAL_RANK"]))
    torch.accelerator.set_device_index(own.index)
    return own


@contextlib.contextmanager
def launched_group(device: torch.device) -> Iterator[None]:
    """Work with the other processes of the launcher, from here to the end of the block.

    They meet where the launcher says (``MASTER_ADDR``), which is this machine unless told otherwise.

    Raises:
        RuntimeError: the others did not come, or one was lost.
    """
    backend = distributed.get_default_backend_for_device(device)
    distributed.init_process_group(backend, timeout=PATIENCE)
    try:
        yield
    finally:
        distributed.destroy_process_group()


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


def end_rank(exit_code: int) -> NoReturn:
    """End a process that trained along with others, once all that it made is saved.

    gloo's threads outlive `destroy_process_group` once DistributedDataParallel was used (torch 2.15). One
    that wants Python's lock while the interpreter shuts down aborts a process whose work is done
    ("terminate called without an active exception", https://github.com/pytorch/pytorch/pull/179291),
    and the launcher takes the whole run for failed. So the interpreter does not shut down.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(exit_code)


def shared(model: nn.Module, device: torch.device) -> DistributedDataParallel:
    """The model with the first rank's weights, and with gradients that are the mean over all ranks."""
    return DistributedDataParallel(model, device_ids=None if device.type == "cpu" else [device.index or 0])


def share_of(batch: Tensor, rank: Rank) -> Tensor:
    """The samples of a batch (N, …) that fall to a rank; together the ranks have each sample once.

    Where N is not a multiple of the number of ranks the first ones have one sample more; a mean over
    the ranks then weights those samples a little less, as with torch's own sampler.
    """
    return batch.tensor_split(rank.world_size)[rank.index]
