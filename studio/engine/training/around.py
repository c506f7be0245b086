"""What stands around the training loop."""

from __future__ import annotations

from dataclasses import dataclass

from studio.engine.training.keeping import Keeper
from studio.engine.training.metrics import Tracker
from studio.engine.training.ranks import Alone
from studio.engine.training.tasks.task import Task
from studio.spec.job import Control


@dataclass(frozen=True)
class Around:
    """Who notes, who keeps, who is asked, what is measured, and who trains along."""

    tracker: Tracker
    keeper: Keeper
    control: Control
    task: Task
    ranks: Alone
