"""One run by one process or by several: who takes which samples, and that all take the same steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, distributed

from studio.engine.distributed import launched_group, own_device, share_of, shared
from studio.engine.hardware import choose_device
from studio.engine.seeding import repeatable
from studio.engine.training.state import Training
from studio.spec.rank import Rank
from studio.spec.run import RunSpec
from studio.spec.tasks import check_alone


class Alone:
    """One process does everything."""

    def share(self, batch: Tensor) -> Tensor:
        """The samples of a batch (N, …) that this process takes."""
        return batch

    def goes_on(self, run: Training, *, should_stop: bool) -> bool:
        """Whether the next step is done."""
        return not should_stop

    def mean(self, losses: dict[str, Tensor]) -> dict[str, Tensor]:
        """The losses over the whole batch."""
        return losses


class Together(Alone):
    """Several processes take a share of each batch each. The first one decides, reports and keeps."""

    def __init__(self, rank: Rank) -> None:
        self._rank = rank

    def share(self, batch: Tensor) -> Tensor:
        return batch if len(batch) < self._rank.world_size else share_of(batch, self._rank)

    def goes_on(self, run: Training, *, should_stop: bool) -> bool:
        """What the first process decides; the others take over its learning rates too, whatever changed them."""
        groups = run.optimizer.param_groups
        rates = [float(group["lr"]) for group in groups]
        said = torch.tensor([float(should_stop), *rates], dtype=torch.float64, device=run.device)
        distributed.broadcast(said, src=0)
        stop, *rates = said.tolist()
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate
        return not stop

    def mean(self, losses: dict[str, Tensor]) -> dict[str, Tensor]:
        together = torch.stack([loss.detach() for loss in losses.values()])
        distributed.all_reduce(together)
        return dict(zip(losses, together / self._rank.world_size, strict=True))


@contextmanager
def connected(spec: RunSpec, rank: Rank | None) -> Iterator[torch.device]:
    """The device of this process, and its connection to the others of the run, where there are any.

    Raises:
        UserError: this computer has no such device.
    """
    torch.set_num_threads(spec.training.threads)
    device = choose_device(spec.training.device)
    with repeatable(spec.training.deterministic):
        if rank is None:
            yield device
            return
        device = own_device(device)
        with launched_group(device):
            yield device


def join(run: Training, rank: Rank | None) -> Alone:
    """Make a run one of several that share their gradients; each draws random numbers of its own."""
    if rank is None:
        return Alone()
    check_alone(run.spec.task, rank.world_size)
    run.network = shared(run.model, run.device)
    run.processes = rank.world_size
    if not rank.reports:
        torch.manual_seed(run.spec.training.seed + rank.index)
    return Together(rank)
