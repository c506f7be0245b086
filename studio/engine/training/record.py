"""What the run's folder says of a run while it trains and when it has ended."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

from studio.engine.training.state import Training
from studio.runs.environment import environment
from studio.runs.folder import RunFolder
from studio.scripting.training import training_script
from studio.spec.errors import ErrorReport
from studio.spec.events import Changed, Checkpointed, Event, Paused, Resumed, Warned
from studio.spec.run import RunSpec
from studio.spec.tasks import TASKS

# The state file is synced to disk, which takes milliseconds; other processes need it only for lists.
_STATE_SECONDS = 3.0


class Record:
    """Writes specification, script, environment, state, log and result of one run."""

    def __init__(self, folder: RunFolder, spec: RunSpec) -> None:
        self.metrics: dict[str, float] = {}
        self._folder, self._spec = folder, spec
        self.is_resumed = folder.spec_path.exists()
        """Whether the run began earlier; what it noted after its last checkpoint no longer counts."""
        self._state = replace(
            folder.read_state(),
            recipe=spec.recipe or "",
            epochs=spec.training.epochs,
            metric=TASKS[spec.task].judged_by,
            error=None,
        )
        if not self.is_resumed:
            folder.write_spec(spec)
            folder.write_script(training_script(spec))
        self._due = 0.0

    def begin(self, training: Training) -> None:
        """Say that this process trains the run now, and on what."""
        self._state = replace(self._state, status="running", steps=training.steps).by_this_process()
        self._follow_state(training)
        self._folder.write_environment({**environment(), **training.conditions(), "device": str(training.device)})
        verb = f"goes on from step {training.step}" if self.is_resumed else "starts"
        self._folder.append_log(f"{_clock()} The run {verb} on {training.device}.")

    def follow(self, event: Event, training: Training) -> None:
        """Keep the folder's state and log up with what happens."""
        self.metrics = training.metrics
        if isinstance(event, Paused | Resumed):
            status: Any = "paused" if isinstance(event, Paused) else "running"
            self._state = replace(self._state, status=status)
            self._follow_state(training)
        elif isinstance(event, Checkpointed):
            self._folder.append_log(f"{_clock()} Checkpoint of step {event.step}, {event.size / 1e6:.2f} MB.")
        elif isinstance(event, Changed):
            self._folder.append_log(f"{_clock()} {event.key} = {event.value} from step {event.step + 1} on.")
        elif isinstance(event, Warned):
            self._folder.append_log(f"{_clock()} {event.text}")
        if time.monotonic() >= self._due:
            self._follow_state(training)

    def end(self, outcome: Any, result: dict[str, Any], error: ErrorReport | None) -> None:
        """Say how the run ended; a disk that refuses now does not hide how it ended."""
        self._state = replace(self._state, status=outcome, error=error.as_json() if error else None)
        with suppress(OSError):
            self._take(result)
            if result.get("changes"):
                self._folder.write_script(training_script(self._spec, result["changes"]))
            self._folder.write_result({**result, "outcome": outcome, "error": error.as_json() if error else None})
            self._folder.append_log(f"{_clock()} The run {outcome}." + (f" {error.line()}" if error else ""))
            self._folder.write_state(self._state)

    def _take(self, result: dict[str, Any]) -> None:
        if "epoch" in result:
            self._state = replace(
                self._state,
                epoch=result["epoch"],
                step=result["step"],
                seconds=result["seconds"],
                value=result["metrics"].get(self._state.metric),
                best=result["best"].get("value"),
            )

    def _follow_state(self, training: Training) -> None:
        self._due = time.monotonic() + _STATE_SECONDS
        self._state = replace(
            self._state,
            epoch=training.epoch,
            step=training.step,
            seconds=training.seconds,
            value=training.metrics.get(self._state.metric),
            best=training.best.get("value"),
        )
        with suppress(OSError):
            self._folder.write_state(self._state)


def _clock() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")
