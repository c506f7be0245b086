"""The training loop: a free function that reads like its pseudocode."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from torch import Tensor

from studio.engine.training.around import Around
from studio.engine.training.changes import apply_changes
from studio.engine.training.data import batches
from studio.engine.training.judging import finish_epoch
from studio.engine.training.ranks import Alone
from studio.engine.training.state import Training
from studio.spec.events import Event, Paused, Resumed


def train(run: Training, around: Around) -> Iterator[Event]:
    """Train from where `run` stands to its last epoch, or until the control asks to stop."""
    while run.epoch < run.spec.training.epochs:
        is_whole = yield from train_epoch(run, around)
        if not is_whole:
            break
        yield from finish_epoch(run, around)
    yield from around.tracker.flush(run.step)
    run.metrics = around.tracker.measures
    yield from around.keeper.save(run, must=True)


def train_epoch(run: Training, around: Around) -> Generator[Event, None, bool]:
    """Do the steps of the present epoch that are left; returns whether all were done."""
    tracker, control, ranks = around.tracker, around.control, around.ranks
    for inputs, targets in batches_left(run):
        if control.is_paused:
            yield from pause(run, around)
        if changes := control.take_changes():
            yield from apply_changes(run, changes)
        if not ranks.goes_on(run, should_stop=control.should_stop):
            return False
        tracker.note_rate(run.step + 1, run.learning_rate)
        loss = take_step(run, ranks.share(inputs), ranks.share(targets))
        if tracker.note_loss(run.step, ranks.mean(loss)):
            yield from tracker.flush(run.step, f"epoch {run.epoch + 1} of {run.spec.training.epochs}")
            if around.keeper.is_due and run.position < run.steps_per_epoch:
                yield from around.keeper.save(run)
    return True


def take_step(run: Training, inputs: Tensor, targets: Tensor) -> Tensor:
    """One step downhill on one batch; returns its loss."""
    loss: Tensor = run.criterion(run.network(inputs), targets)
    run.optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    run.optimizer.step()
    if run.each_step is not None:
        run.each_step.step()
    run.step += 1
    run.position += 1
    return loss


def follow(run: Training, ranks: Alone) -> None:
    """Take part in the steps that the first of several processes decides on, and do nothing else."""
    while run.epoch < run.spec.training.epochs:
        for inputs, targets in batches_left(run):
            if not ranks.goes_on(run, should_stop=False):
                return
            ranks.mean(take_step(run, ranks.share(inputs), ranks.share(targets)))
        run.epoch, run.position = run.epoch + 1, 0


def batches_left(run: Training) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of the present epoch that are not done yet."""
    spec, data = run.spec.training, run.samples
    order = (spec.seed, run.epoch) if spec.shuffle else None
    return batches(data.train_x, data.train_y, spec.batch_size, order=order, start=run.position)


def pause(run: Training, around: Around) -> Iterator[Event]:
    """Save, wait until the run may go on or shall stop, and go on."""
    yield from around.tracker.flush(run.step, "paused")
    if run.position < run.steps_per_epoch:
        yield from around.keeper.save(run)
    yield Paused(run.step)
    around.control.wait_while_paused()
    around.tracker.forget_rate(run.step)
    yield Resumed(run.step)
