"""Which of several processes this one is, where a launcher such as ``torchrun`` started many."""

from __future__ import annotations

import os
from dataclasses import dataclass

from studio.spec.errors import UserError


@dataclass(frozen=True)
class Rank:
    """One of the processes that train together: number `index` of `world_size`."""

    index: int
    world_size: int

    @property
    def reports(self) -> bool:
        """Whether it is the one that reports and keeps checkpoints."""
        return self.index == 0


def launched_rank() -> Rank | None:
    """Which rank a launcher such as ``torchrun`` made this process; None where it started alone.

    Raises:
        UserError: the environment tells of several processes, but not which of them this one is.
    """
    world_size = os.environ.get("WORLD_SIZE", "1")
    if not world_size.isdigit() or int(world_size) < 2 or "MASTER_ADDR" not in os.environ:
        return None
    index = os.environ.get("RANK", "")
    if not index.isdigit() or int(index) >= int(world_size):
        raise UserError(
            "rank.unknown",
            f"`RANK` is {index or 'not set'}, though `WORLD_SIZE` is {world_size}.",
            "A launcher such as torchrun sets both.",
            "Start with torchrun, or unset WORLD_SIZE.",
        )
    return Rank(int(index), int(world_size))


def check_processes(asked: int) -> None:
    """Whether a run that asks for several processes has them.

    Raises:
        UserError: this one started alone.
    """
    if asked > 1 and launched_rank() is None:
        raise UserError(
            "processes.missing",
            f"`training.processes` is {asked}, but the run has this one process only.",
            "",
            "Start it with `pytorch-studio train` or `resume`, which start the others, or set it to 1.",
        )
