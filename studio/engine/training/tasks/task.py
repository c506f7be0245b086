"""What one kind of problem does in the loop; the ordinary one has inputs, targets, a loss and a measure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from torch import Tensor

from studio.engine.building import Samples
from studio.engine.training.augmenting import augmented
from studio.engine.training.data import batches, outputs_for
from studio.engine.training.state import Training
from studio.engine.training.stepping import take_step
from studio.spec.events import Pictured
from studio.spec.job import resolve
from studio.spec.run import RunSpec
from studio.spec.tasks import KnownTask

Batch = Sequence[Tensor]
"""The tensors of one step, each (N, …); for most tasks inputs and targets."""


@dataclass(frozen=True)
class Judged:
    """How good a model is on the test data: measures by name (``"accuracy/test"``), and its outputs."""

    measures: dict[str, float]
    outputs: Any = None


class Task:
    """A kind of problem, for one run. What has to survive a resume lies in `Training.extra`, not here.

    Measuring and drawing leave the global random numbers alone: a run has the same bits whether it is watched
    or not, and its script measures less.
    """

    def __init__(self, known: KnownTask) -> None:
        self.known = known
        self._step = _function(known.step)
        self._measure = _function(known.measure)
        self._judge = _function(known.judge)

    def steps_per_epoch(self, spec: RunSpec, samples: Samples) -> int:
        """How many steps an epoch has."""
        return -(-len(samples.train_x) // spec.training.batch_size)

    def batches(self, run: Training) -> Iterator[Batch]:
        """The batches of the present epoch that are not done yet."""
        spec, data = run.spec.training, run.samples
        order = (spec.seed, run.epoch) if spec.shuffle else None
        return batches(data.train_x, data.train_y, spec.batch_size, order=order, start=run.position)

    def step(self, run: Training, batch: Batch) -> dict[str, Tensor]:
        """Learn from one batch; returns losses by the names of their curves, ``loss/train`` first."""
        batch = [augmented(run.augment, batch[0]), *batch[1:]]
        if self._step is None:
            return {"loss/train": take_step(run, *batch)}
        losses = self._step(run.network, run.criterion, run.optimizer, *batch)
        return {f"{name}/train": loss for name, loss in losses.items()}

    def judge(self, run: Training) -> Judged:
        """Measure the model on the test data."""
        data = run.samples
        if self._judge is not None:
            measures = self._judge(run.judged_model, run.criterion, data.test_x, data.test_y)
            return Judged({f"{name}/test": value for name, value in measures.items()})
        outputs = outputs_for(run.judged_model, data.test_x)
        measures = {"loss": run.criterion(outputs, data.test_y).item()}
        if self._measure is not None:
            measures |= self._measure(outputs, data.test_y)
        return Judged({f"{name}/test": value for name, value in measures.items()}, outputs)

    def pictures(self, run: Training, judged: Judged) -> Iterable[Pictured]:
        """What is drawn of the model's answers to the test data."""
        return ()


def _function(name: str) -> Callable[..., Any] | None:
    return cast("Callable[..., Any]", resolve(name)) if name else None
