"""The end of an epoch: the model is measured on samples that it did not learn from."""

from __future__ import annotations

import math
from collections.abc import Iterator

from torch.optim.lr_scheduler import ReduceLROnPlateau

from studio.engine.training.around import Around
from studio.engine.training.state import Training
from studio.engine.training.tasks.task import Task
from studio.spec.events import Event, Warned
from studio.spec.tasks import TASKS


def finish_epoch(run: Training, around: Around) -> Iterator[Event]:
    """Measure on the test samples, keep the state if it is the best, and show what the model does."""
    if run.average is not None:
        run.average.epoch_done(run.model, run.epoch, run.samples)
    judged = around.task.judge(run)
    around.tracker.note(run.step, judged.measures)
    if run.scheduler is not None and run.each_step is None:
        if isinstance(run.scheduler, ReduceLROnPlateau):
            # Where there is no loss on test data, the one that is trained on says whether it still falls.
            run.scheduler.step(judged.measures.get("loss/test", around.tracker.last_loss("loss/train")))
        else:
            run.scheduler.step()
    run.epoch, run.position = run.epoch + 1, 0
    run.metrics = around.tracker.measures
    if is_better(run, around.task):
        around.keeper.note_best(run)
    is_last = run.is_over
    if around.tracker.is_due or is_last:
        yield from around.tracker.flush(run.step, f"epoch {run.epoch} of {run.spec.training.epochs}")
        if around.keeper.is_due:
            yield from around.keeper.save(run)
    if around.tracker.pictures_are_due() or is_last:
        yield from around.task.pictures(run, judged)
    if is_last and run.epoch < run.spec.training.epochs:
        yield ended_early(run)


def ended_early(run: Training) -> Warned:
    """Say that the run is finished before its last epoch, and why."""
    best = run.best.get("epoch", 0)
    metric = TASKS[run.spec.task].judged_by
    text = (
        f"Finished early, after epoch {run.epoch} of {run.spec.training.epochs}. {metric} has not become better "
    )
    text += f"since epoch {best}, where it was {run.best['value']:.4g}." if best else "since the run began."
    return Warned("training.patience", f"{text} The weights of the best epoch are kept as well.")


def is_better(run: Training, task: Task) -> bool:
    """Whether the last measure is the best so far; if so, it is noted as that."""
    value, best = run.metrics[task.known.judged_by], run.best.get("value")
    if not math.isfinite(value):
        return False
    if best is not None and (value <= best if task.known.higher_is_better else value >= best):
        return False
    run.best = {"metric": task.known.judged_by, "value": value, "step": run.step, "epoch": run.epoch}
    return True
