"""What the training job is asked to do."""

from __future__ import annotations

from dataclasses import dataclass

from studio.spec.run import RunSpec


@dataclass(frozen=True)
class TrainRequest:
    """Train what `spec` says, in a new run of the workspace, or go on with the run `resume`.

    `workspace` is the path of the workspace's folder. Where `resume` names a run, that run's own
    specification is used, and `spec` may be None. `report` asks for further measures at the end, whose
    library takes seconds to load.
    """

    spec: RunSpec | None
    workspace: str
    resume: str | None = None
    report: bool = False
