"""Small real trainings, for tests of all rooms that need one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from studio.catalog.checking import read_spec
from studio.engine.training.job import run
from studio.runs.folder import RunFolder
from studio.runs.workspace import Workspace
from studio.spec.events import Ended, Event
from studio.spec.job import Control, drive
from studio.spec.training import TrainRequest


@dataclass
class Trained:
    """A run that ended, and all that it told."""

    ended: Ended
    events: list[Event] = field(default_factory=list)

    def of(self, kind: type[Event]) -> list[Event]:
        """The events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def curve(self, name: str) -> list[float]:
        """All points of a curve that were told."""
        return [value for event in self.events for value in getattr(event, "series", {}).get(name, _EMPTY).values]

    def folder(self, workspace: Workspace) -> RunFolder:
        """The run's folder."""
        return RunFolder.open(workspace, self.ended.result["run"])


class _Empty:
    values: tuple[float, ...] = ()


_EMPTY = _Empty()


def train(
    workspace: Workspace,
    recipe: str,
    settings: Sequence[str] = (),
    *,
    resume: str | None = None,
    control: Control | None = None,
    watch: Callable[[Event, Control], None] | None = None,
) -> Trained:
    """Run the training job in this process; `watch` may steer it by its events."""
    control = control or Control()
    trained = Trained(Ended("failed"))

    def emit(event: Event) -> None:
        trained.events.append(event)
        if watch is not None:
            watch(event, control)

    spec = None if resume else read_spec(recipe, settings)
    trained.ended = drive(run, TrainRequest(spec, str(workspace.root), resume), control, emit)
    return trained
