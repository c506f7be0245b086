"""The training loop: a free function that reads like its pseudocode."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from studio.engine.training.around import Around
from studio.engine.training.changes import apply_changes
from studio.engine.training.judging import finish_epoch
from studio.engine.training.ranks import Alone
from studio.engine.training.state import Training
from studio.engine.training.tasks.task import Task
from studio.spec.events import Event, Paused, Resumed, Warned


def train(run: Training, around: Around) -> Iterator[Event]:
    """Train from where `run` stands to its last epoch, or until the control asks to stop."""
    while not run.is_over:
        is_whole = yield from train_epoch(run, around)
        if not is_whole:
            break
        yield from finish_epoch(run, around)
    if run.is_over and run.epoch < run.spec.training.epochs:
        around.ranks.goes_on(run, should_stop=True)  # the others don't know that it ended early
    yield from around.tracker.flush(run.step)
    run.metrics = around.tracker.measures
    if run.skipped:
        text = f"{run.skipped} of {run.step} steps were left out, for their gradients did not fit into float16"
        yield Warned("precision.skipped", f"{text}. A few at the start are usual.")
    yield from around.keeper.save(run, must=True)


def train_epoch(run: Training, around: Around) -> Generator[Event, None, bool]:
    """Do the steps of the present epoch that are left; returns whether all were done."""
    tracker, control, ranks = around.tracker, around.control, around.ranks
    for batch in around.task.batches(run):
        if control.is_paused:
            yield from pause(run, around)
        if changes := control.take_changes():
            yield from apply_changes(run, changes)
        if not ranks.goes_on(run, should_stop=control.should_stop):
            return False
        tracker.note_rate(run.step + 1, run.learning_rate)
        losses = around.task.step(run, [ranks.share(part) for part in batch])
        advance(run)
        if tracker.note_losses(run.step, ranks.mean(losses)):
            yield from tracker.flush(run.step, f"epoch {run.epoch + 1} of {run.spec.training.epochs}")
            if around.keeper.is_due and run.position < run.steps_per_epoch:
                yield from around.keeper.save(run)
    return True


def advance(run: Training) -> None:
    """A step is done: the schedule that goes by steps goes on, and the run stands one further."""
    if run.each_step is not None:
        run.each_step.step()
    run.step += 1
    run.position += 1


def follow(run: Training, task: Task, ranks: Alone) -> None:
    """Take part in the steps that the first of several processes decides on, and do nothing else."""
    while run.epoch < run.spec.training.epochs:
        for batch in task.batches(run):
            if not ranks.goes_on(run, should_stop=False):
                return
            losses = task.step(run, [ranks.share(part) for part in batch])
            advance(run)
            ranks.mean(losses)
        run.epoch, run.position = run.epoch + 1, 0


def pause(run: Training, around: Around) -> Iterator[Event]:
    """Save, wait until the run may go on or shall stop, and go on."""
    yield from around.tracker.flush(run.step, "paused")
    if run.position < run.steps_per_epoch:
        yield from around.keeper.save(run)
    yield Paused(run.step)
    around.control.wait_while_paused()
    around.tracker.forget_rate(run.step)
    yield Resumed(run.step)
