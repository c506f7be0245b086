"""Which states of a run are kept on disk, and when: the last ones, and the best one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from studio.engine import checkpoint
from studio.engine.training.state import Training
from studio.runs.checkpoints import CheckpointEntry
from studio.runs.folder import RunFolder
from studio.spec.errors import UserError
from studio.spec.events import Checkpointed, Event, Warned

# A checkpoint may take one part in so many of the time, so that saving a large model does not slow its run.
_LEAST_RATIO = 50


class Keeper:
    """Saves checkpoints of a run.

    The best state is copied in memory when it is found and written with the next checkpoint, so that
    a run whose epochs take milliseconds does not spend its time on writing.
    """

    def __init__(self, folder: RunFolder, every_seconds: float, keep_last: int, saved_step: int) -> None:
        self._folder, self._every, self._keep_last = folder, every_seconds, keep_last
        self._best: dict[str, Any] | None = None
        self._due = time.monotonic() + every_seconds
        self._saved_step = saved_step

    @property
    def is_due(self) -> bool:
        """Whether the time for a checkpoint has come."""
        return time.monotonic() >= self._due

    def note_best(self, training: Training) -> None:
        """Keep a copy of the state as the best so far."""
        self._best = training.snapshot()

    def save_best(self) -> Iterator[Event]:
        """Write the best state if it is not on disk yet: whatever ends the run now, that one was found."""
        if self._best is not None:
            with suppress(UserError, OSError):  # the error that ends the run is the one to be told
                content, self._best = self._best, None
                yield self._write(content, is_best=True)

    def save(self, training: Training, *, must: bool = False) -> Iterator[Event]:
        """Write the best state where it is new, and the present one; a state with bad weights is not kept.

        Raises:
            UserError: the disk refuses, and the checkpoint `must` be saved.
        """
        started = time.monotonic()
        try:
            if self._best is not None:
                step, self_best = self._best["step"], self._best
                yield self._write(self_best, is_best=True)
                self._best = None
                self._saved_step = max(self._saved_step, step)
            if training.step != self._saved_step and training.weights_are_finite():
                yield self._write(training.snapshot(), is_best=False)
                self._saved_step = training.step
            self._folder.prune_checkpoints(self._keep_last)
        except UserError as error:
            if must:
                raise
            yield Warned(error.name, str(error))
        except OSError as error:
            if must:
                raise UserError(
                    "checkpoint.not_saved", "The list of checkpoints could not be saved.", f"{error.strerror}."
                ) from error
            yield Warned("checkpoint.not_saved", f"The list of checkpoints could not be saved: {error.strerror}.")
        now = time.monotonic()
        self._due = now + max(self._every, _LEAST_RATIO * (now - started))

    def _write(self, content: dict[str, Any], *, is_best: bool) -> Checkpointed:
        step, epoch = content["step"], content["epoch"]
        path = self._folder.checkpoints_path / f"step-{step:08d}.pt"
        sha256, size = checkpoint.save(path, content)
        is_measured = content["position"] == 0
        metric = content["metrics"].get(content["best"].get("metric", "")) if is_measured else None
        self._folder.register_checkpoint(CheckpointEntry(path, step, epoch, sha256, size, metric, is_best))
        return Checkpointed(str(path), step, epoch, sha256, size)
