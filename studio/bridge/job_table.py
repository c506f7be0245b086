"""Every job of the window: its name, its function, and where it runs. The one place that decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class JobKind:
    """How a job of this name is run.

    Args:
        target: the function, by name, so that nothing of it is imported here.
        title: what the status bar calls it.
        place: ``"child"`` for everything with torch in it, ``"thread"`` for reading files.
        patience: seconds from asking it to stop until its process is killed.
        background: whether the window may close without asking about it.
        saves: whether stopping it keeps what it has done so far.
    """

    target: str
    title: str
    place: Literal["child", "thread"] = "child"
    patience: float = 10.0
    background: bool = False
    saves: bool = False


JOBS: dict[str, JobKind] = {
    "train": JobKind("studio.engine.training.job:run", "Training", patience=20.0, saves=True),
    "try": JobKind("studio.engine.training.trying:run", "Trying the model", patience=1.0, background=True),
    "inspect": JobKind("studio.engine.training.inspecting:run", "Inspecting", patience=1.0, background=True),
    "check_data": JobKind(
        "studio.engine.training.data_check.job:run", "Looking at the data", patience=0.4, background=True
    ),
    "record": JobKind("studio.engine.autograd.job:run", "Recording", patience=0.4),
    "check": JobKind("studio.engine.autograd.check_job:run", "Checking gradients", patience=0.4),
    "export": JobKind("studio.engine.exporting.job:run", "Exporting", patience=2.0),
    "vision": JobKind("studio.engine.vision.job:run", "Vision", patience=1.0, background=True),
    "pictures": JobKind("studio.engine.vision.pictures_job:run", "Reading pictures", "thread", background=True),
    "layout": JobKind("studio.ui.widgets.layered_layout:run", "Drawing the graph", "thread", background=True),
    "index": JobKind("studio.runs.index_job:run", "Reading runs", "thread", background=True),
}
