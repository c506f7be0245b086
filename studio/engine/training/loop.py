"""The training loop: a free function that reads like its pseudocode."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from torch.optim.lr_scheduler import ReduceLROnPlateau

from studio.engine.training.changes import apply_changes
from studio.engine.training.data import batches, outputs_for
from studio.engine.training.keeping import Keeper
from studio.engine.training.metrics import Tracker
from studio.engine.training.state import Training
from studio.engine.training.tasks import Task
from studio.spec.events import Event, Paused, Resumed
from studio.spec.job import Control


@dataclass(frozen=True)
class Around:
    """What stands around the loop: who notes, who keeps, who is asked, what is measured."""

    tracker: Tracker
    keeper: Keeper
    control: Control
    task: Task
    steps_each_batch: bool
    """Whether the schedule goes on with each step, and not with each epoch."""


def train(run: Training, around: Around) -> Iterator[Event]:
    """Train from where `run` stands to its last epoch, or until the control asks to stop."""
    while run.epoch < run.spec.training.epochs:
        yield from train_epoch(run, around)
        if around.control.should_stop:
            break
        yield from finish_epoch(run, around)
    yield from around.tracker.flush(run.step)
    run.metrics = around.tracker.measures
    yield from around.keeper.save(run, must=True)


def train_epoch(run: Training, around: Around) -> Iterator[Event]:
    """Do the steps of the present epoch that are left."""
    spec, data, tracker, control = run.spec.training, run.samples, around.tracker, around.control
    model, criterion, optimizer, scheduler = run.model, run.criterion, run.optimizer, run.scheduler
    scheduled = scheduler if around.steps_each_batch else None
    order = (spec.seed, run.epoch) if spec.shuffle else None
    for inputs, targets in batches(data.train_x, data.train_y, spec.batch_size, order=order, start=run.position):
        tracker.note_rate(run.step + 1, optimizer.param_groups[0]["lr"])
        loss = criterion(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if scheduled is not None:
            scheduled.step()
        run.step += 1
        run.position += 1
        if tracker.note_loss(run.step, loss):
            yield from tracker.flush(run.step, f"epoch {run.epoch + 1} of {spec.epochs}")
            if around.keeper.is_due and run.position < run.steps_per_epoch:
                yield from around.keeper.save(run)
        if control.is_paused:
            yield from pause(run, around)
        if control.should_stop:
            return
        if changes := control.take_changes():
            yield from apply_changes(run, changes)


def finish_epoch(run: Training, around: Around) -> Iterator[Event]:
    """Measure on the test samples, keep the state if it is the best, and show what the model does."""
    outputs = outputs_for(run.model, run.samples.test_x)
    test_loss = run.criterion(outputs, run.samples.test_y).item()
    measures = {"loss/test": test_loss, **around.task.measure(outputs, run.samples.test_y)}
    around.tracker.note(run.step, measures)
    if run.scheduler is not None and not around.steps_each_batch:
        if isinstance(run.scheduler, ReduceLROnPlateau):
            run.scheduler.step(test_loss)
        else:
            run.scheduler.step()
    run.epoch, run.position = run.epoch + 1, 0
    run.metrics = around.tracker.measures
    is_last = run.epoch == run.spec.training.epochs
    if is_better(run, around.task):
        around.keeper.note_best(run)
    if around.tracker.is_due or is_last:
        yield from around.tracker.flush(run.step, f"epoch {run.epoch} of {run.spec.training.epochs}")
        if around.keeper.is_due:
            yield from around.keeper.save(run)
    if around.tracker.pictures_are_due() or is_last:
        yield from around.task.picture(outputs, run.samples)


def is_better(run: Training, task: Task) -> bool:
    """Whether the last measure is the best so far; if so, it is noted as that."""
    value, best = run.metrics[task.judged_by], run.best.get("value")
    if not math.isfinite(value):
        return False
    if best is not None and (value <= best if task.higher_is_better else value >= best):
        return False
    run.best = {"metric": task.judged_by, "value": value, "step": run.step, "epoch": run.epoch}
    return True


def pause(run: Training, around: Around) -> Iterator[Event]:
    """Save, wait until the run may go on or shall stop, and go on."""
    yield from around.tracker.flush(run.step, "paused")
    if run.position < run.steps_per_epoch:
        yield from around.keeper.save(run)
    yield Paused(run.step)
    around.control.wait_while_paused()
    around.tracker.forget_rate(run.step)
    yield Resumed(run.step)
