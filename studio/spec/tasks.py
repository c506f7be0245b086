"""The kinds of problem that can be trained: how each is judged, and which plain functions do its work.

The functions lie in the zoo as plain PyTorch: the engine calls them, and a script shows them word for word.
"""

from __future__ import annotations

from dataclasses import dataclass

from studio.spec.errors import UserError


@dataclass(frozen=True)
class KnownTask:
    """A kind of problem.

    Args:
        name: as a specification says it.
        summary: what is told by the model, in one sentence.
        judged_by: the measure by which the best checkpoint is chosen.
        higher_is_better: which way that is.
        measure: ``"module:name"`` of ``measure(outputs, targets) -> dict[str, float]``.
        step: ``"module:name"`` of ``step(model, criterion, optimizer, x, y) -> dict[str, Tensor]``; "" for the
            ordinary one, which is ``criterion(model(x), y)``, backward, and a step of the optimizer.
        judge: ``"module:name"`` of ``judge(model, criterion, x, y) -> dict[str, float]``, where the loss on the
            test data and `measure` do not say how good the model is.
        told_by_class: whether targets are classes and not numbers.
    """

    name: str
    summary: str
    judged_by: str
    higher_is_better: bool = False
    measure: str = ""
    step: str = ""
    judge: str = ""
    told_by_class: bool = False

    @property
    def is_ordinary(self) -> bool:
        """Whether it is trained by the ordinary step, which every option of the loop is for."""
        return not self.step


def check_alone(task: str, processes: int) -> None:
    """Whether a kind of problem can be trained by so many processes.

    Raises:
        UserError: its steps are its own, and cannot be shared.
    """
    if processes > 1 and not TASKS[task].is_ordinary:
        raise UserError(
            "task.not_shared",
            f"`training.processes` is {processes}, but the steps of {task} cannot be shared; it must be 1.",
        )


TASKS: dict[str, KnownTask] = {
    one.name: one
    for one in (
        KnownTask(
            "classification",
            "Which of several classes a sample belongs to.",
            "accuracy/test",
            higher_is_better=True,
            measure="studio.zoo.measures.classification:measure",
            told_by_class=True,
        ),
        KnownTask(
            "regression",
            "Which number, or numbers, belong to a sample.",
            "loss/test",
            measure="studio.zoo.measures.regression:measure",
        ),
        KnownTask(
            "language",
            "Which character or word comes next in a text.",
            "bits/test",
            measure="studio.zoo.measures.language:measure",
            told_by_class=True,
        ),
        KnownTask(
            "translation",
            "Which text belongs to another one, written character by character.",
            "exact/test",
            higher_is_better=True,
            judge="studio.zoo.measures.translation:judge",
            told_by_class=True,
        ),
        KnownTask(
            "forecasting",
            "Which number comes next in a series.",
            "skill/test",
            higher_is_better=True,
            judge="studio.zoo.measures.forecasting:judge",
        ),
        KnownTask(
            "adversarial",
            "What samples like the given ones could be; two networks learn against each other.",
            "distance/test",
            step="studio.zoo.steps.adversarial:step",
            judge="studio.zoo.measures.adversarial:judge",
            told_by_class=True,
        ),
        KnownTask(
            "autoencoding",
            "Where in a small space a sample lies, and what lies at each place of that space.",
            "loss/test",
            step="studio.zoo.steps.autoencoding:step",
            judge="studio.zoo.measures.autoencoding:judge",
            told_by_class=True,
        ),
        KnownTask(
            "reinforcement",
            "What an agent does next, so that it is rewarded most in the end.",
            "return/test",
            higher_is_better=True,
            step="studio.zoo.steps.reinforcement:step",
            judge="studio.zoo.measures.reinforcement:judge",
            told_by_class=True,
        ),
        KnownTask(
            "detection",
            "Which things are where in a picture.",
            "map/test",
            higher_is_better=True,
            measure="studio.zoo.measures.detection:measure",
        ),
    )
}
