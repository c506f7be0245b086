"""What differs from one kind of problem to another: how a step is taken, how good an answer is, what is drawn."""

from __future__ import annotations

from studio.engine.training.tasks.adversarial import Adversarial
from studio.engine.training.tasks.autoencoding import Autoencoding
from studio.engine.training.tasks.classification import Classification
from studio.engine.training.tasks.detection import Detection
from studio.engine.training.tasks.forecasting import Forecasting
from studio.engine.training.tasks.language import Language
from studio.engine.training.tasks.regression import Regression
from studio.engine.training.tasks.reinforcement import Reinforcement
from studio.engine.training.tasks.task import Task
from studio.engine.training.tasks.translation import Translation
from studio.spec.tasks import TASKS

_WITH_PICTURES: dict[str, type[Task]] = {
    "classification": Classification,
    "regression": Regression,
    "language": Language,
    "translation": Translation,
    "forecasting": Forecasting,
    "adversarial": Adversarial,
    "autoencoding": Autoencoding,
    "reinforcement": Reinforcement,
    "detection": Detection,
}


def task_of(name: str) -> Task:
    """The kind of problem of that name, for one run."""
    return _WITH_PICTURES.get(name, Task)(TASKS[name])
