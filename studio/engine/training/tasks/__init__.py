"""What differs from one kind of problem to another: how good an answer is, and what is drawn of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from studio.engine.building import Samples
from studio.engine.training.tasks import classification, regression
from studio.spec.events import Pictured


@dataclass(frozen=True)
class Task:
    """A kind of problem.

    `judged_by` names the measure by which the best checkpoint is chosen. `measure` takes outputs
    and targets; `picture` takes outputs for the test inputs, and the samples.
    """

    judged_by: str
    higher_is_better: bool
    measure: Callable[[Tensor, Tensor], dict[str, float]]
    picture: Callable[[Tensor, Samples], list[Pictured]]


TASKS = {
    "classification": Task("accuracy/test", True, classification.measure, classification.picture),
    "regression": Task("loss/test", False, regression.measure, regression.picture),
}
