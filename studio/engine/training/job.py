"""The training job: makes or opens a run's folder, trains, and says what came out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from studio.catalog.checking import check
from studio.engine import checkpoint
from studio.engine.building import Samples, count_parameters, input_of, load_samples, said
from studio.engine.hardware import peak_memory, start_counting_memory
from studio.engine.training import reporting
from studio.engine.training.around import Around
from studio.engine.training.estimating import estimate
from studio.engine.training.keeping import Keeper
from studio.engine.training.loop import follow, train
from studio.engine.training.metrics import Tracker, weights_not_finite
from studio.engine.training.ranks import connected, join
from studio.engine.training.record import Record
from studio.engine.training.state import Training
from studio.engine.training.tasks import task_of
from studio.engine.training.tasks.task import Task
from studio.runs.folder import RunFolder
from studio.runs.locking import locked
from studio.runs.metrics import MetricsWriter
from studio.runs.state import RunState
from studio.runs.workspace import Workspace
from studio.spec.errors import ErrorReport, UserError, report
from studio.spec.estimate import Estimate
from studio.spec.events import Ended, Event, Outcome, Started, Warned
from studio.spec.job import Control
from studio.spec.rank import Rank, check_processes, launched_rank
from studio.spec.run import RunSpec
from studio.spec.tasks import TASKS
from studio.spec.training import TrainRequest
from studio.zoo.files.errors import DataError


def run(request: TrainRequest, control: Control) -> Iterator[Event]:
    """Train; yields what happens, and at the end the run, its metrics and the hash of its weights.

    Started by ``torchrun`` in several processes, these train together and the first one reports.

    Raises:
        UserError: before there is a run: specification or data are bad, or the workspace cannot be written.
    """
    workspace = Workspace.open(Path(request.workspace))
    rank = launched_rank()
    if rank is not None and not rank.reports:
        yield _followed(request, workspace, rank)
        return
    opened = _open(request, workspace)
    folder, spec, content = opened.folder, opened.spec, opened.content
    record: Record | None = None
    training: Training | None = None
    try:
        record = Record(folder, spec)
        with connected(spec, rank) as device:
            task = task_of(spec.task)
            start_counting_memory(device)
            training = _prepared(spec, task, content, device, opened.samples)
            ranks = join(training, rank)
            record.begin(training)
            needs = estimate(training) if rank is None else None
            yield _started(folder, training, needs)
            yield from opened.notes
            yield from _conditions(training, content)
            tracker, keeper = _helpers(training, folder, record)
            yield from _train(training, Around(tracker, keeper, control, task, ranks), record)
            if not training.weights_are_finite():
                raise weights_not_finite(training.step)
            if request.report and training.is_over and training.seconds >= reporting.LEAST_SECONDS:
                yield from reporting.report(training)
        outcome: Outcome = "finished" if training.is_over else "stopped"
        yield _ended(outcome, folder, record, training, needs)
    except Exception as error:
        told = _told(error, folder)
        result = {"run": folder.id, "folder": str(folder.path), "metrics": record.metrics if record else {}}
        if training is not None:
            result |= _standing(training)
        if record is not None:
            record.end("failed", result, told)
        yield Ended("failed", result, told)


def _followed(request: TrainRequest, workspace: Workspace, rank: Rank) -> Ended:
    """Train along with the first process, which decides, reports and keeps."""
    content: dict[str, Any] | None = None
    spec = request.spec
    if request.resume is not None:
        folder = RunFolder.open(workspace, request.resume)
        spec, content = folder.read_spec(), _last_sound(folder)[0]
    if spec is None:
        return Ended("failed")
    with connected(spec, rank) as device:
        task = task_of(spec.task)
        training = _prepared(spec, task, content, device)
        follow(training, task, join(training, rank))
    return Ended("finished")


def _prepared(
    spec: RunSpec,
    task: Task,
    content: dict[str, Any] | None,
    device: torch.device,
    samples: Samples | None = None,
) -> Training:
    """A run before its first step, or where its checkpoint left it."""
    samples = samples or load_samples(spec)
    training = Training.start(spec, samples, device, task.steps_per_epoch(spec, samples))
    if content is not None:
        training.restore(content)
    return training


@dataclass(frozen=True)
class _Opened:
    """A run's folder and specification; for one that goes on, the last checkpoint that is sound."""

    folder: RunFolder
    spec: RunSpec
    content: dict[str, Any] | None = None
    notes: tuple[Event, ...] = ()
    samples: Samples | None = None
    """The data of a new run: they are read first, so that bad ones make no run."""


def _open(request: TrainRequest, workspace: Workspace) -> _Opened:
    if request.resume is None:
        if request.spec is None:
            raise UserError("train.nothing", "There is nothing to train.", "", "Name a recipe or a specification.")
        check(request.spec)
        check_processes(request.spec.training.processes)
        torch.set_num_threads(request.spec.training.threads)  # data are computed too, and rounded
        samples = load_samples(request.spec)
        folder = RunFolder.create(workspace, request.spec.recipe or _named_after(request.spec))
        return _Opened(folder, request.spec, samples=samples)
    folder = RunFolder.open(workspace, request.resume)
    _state_to_go_on_from(folder)
    spec = folder.read_spec()
    check_processes(spec.training.processes)
    content, notes = _last_sound(folder)
    # Claimed before the data are loaded, which takes seconds: a second sitting would write into the same files.
    with locked(workspace.root / "runs.lock"):
        state = _state_to_go_on_from(folder)
        with suppress(OSError):
            folder.write_state(replace(state, status="running").by_this_process())
    return _Opened(folder, spec, content, tuple(notes))


def _named_after(spec: RunSpec) -> str:
    """What a run without a recipe is called: like the user's own file or folder, or else like the data set."""
    path = spec.data.parameters.get("path")
    return (Path(path).stem if isinstance(path, str) else "") or spec.data.name


def _state_to_go_on_from(folder: RunFolder) -> RunState:
    state = folder.read_state()
    if state.is_active:
        raise UserError("run.active", f"Run {folder.id} is still at work.", "", "Stop it first.")
    if state.status == "finished":
        raise UserError("run.finished", f"Run {folder.id} has finished; there is nothing to go on with.")
    return state


def _last_sound(folder: RunFolder) -> tuple[dict[str, Any] | None, list[Event]]:
    """The newest checkpoint that can be read; None where there is none, so that the run starts anew."""
    notes: list[Event] = []
    for kept in reversed(folder.checkpoints()):
        try:
            return checkpoint.load(kept.path, kept.sha256), notes
        except UserError as error:
            if error.name == "checkpoint.newer":
                raise
            notes.append(Warned(error.name, f"{error.what} {error.why} It is passed over."))
    notes.append(Warned("resume.from_start", "There is no sound checkpoint: the run starts from its first step."))
    return None, notes


def _started(folder: RunFolder, training: Training, needs: Estimate | None) -> Started:
    samples = training.samples
    return Started(
        {
            "run": folder.id,
            "folder": str(folder.path),
            "device": str(training.device),
            "parameters": count_parameters(training.model),
            "train_samples": len(samples.train_x),
            "test_samples": len(samples.test_x),
            "epochs": training.spec.training.epochs,
            "steps_per_epoch": training.steps_per_epoch,
            "steps": training.steps,
            "step": training.step,
            "input": input_of(training.model, samples).model_dump(mode="json"),
            "labels": list(samples.labels),
            "metric": TASKS[training.spec.task].judged_by,
            "resumed": training.step > 0,
            "estimate": needs.as_dict() if needs else None,
        }
    )


def _conditions(training: Training, content: dict[str, Any] | None) -> Iterator[Event]:
    """Say what is not as it was, where a run goes on under other conditions."""
    if content is not None:
        now, before = training.conditions(), content["conditions"]
        changed = [f"{key} {before[key]} → {now[key]}" for key in now if before.get(key, now[key]) != now[key]]
        if changed:
            text = "The run goes on, but not with the same bits as without the interruption: "
            yield Warned("resume.not_exact", text + ", ".join(changed) + ".")
        elif training.processes > 1:
            text = "Of several processes only the first one's random numbers are kept"
            yield Warned("resume.not_exact", f"{text}: the run goes on, but not with the same bits.")
    if training.spec.training.batch_size > len(training.samples.train_x):
        count = len(training.samples.train_x)
        yield Warned("batch.larger_than_data", f"There are only {count} samples: each epoch is one step.")


def _helpers(training: Training, folder: RunFolder, record: Record) -> tuple[Tracker, Keeper]:
    """Who notes the run's curves, and who keeps its states."""
    writer = MetricsWriter(folder.metrics_path)
    if record.is_resumed:
        writer.rewind(training.step)
    kept = training.spec.checkpoints
    return Tracker(writer, training), Keeper(folder, kept.every_seconds, kept.keep_last, training.step or -1)


def _train(training: Training, around: Around, record: Record) -> Iterator[Event]:
    before, started = training.seconds, time.monotonic()
    try:
        for event in train(training, around):
            training.seconds = before + time.monotonic() - started
            record.follow(event, training)
            yield event
    except Exception as error:
        if isinstance(error, UserError):
            yield from around.tracker.last_points()
        yield from around.keeper.save_best()
        raise


def _ended(
    outcome: Outcome, folder: RunFolder, record: Record, training: Training, needs: Estimate | None
) -> Ended:
    result = {
        "run": folder.id,
        "folder": str(folder.path),
        "metrics": record.metrics,
        "weights_sha256": checkpoint.weights_sha256(training.judged_model.state_dict()),
        **_standing(training),
        **({"estimated": {"seconds": needs.seconds, "memory": needs.memory}} if needs else {}),
        "memory": peak_memory(training.device),
    }
    record.end(outcome, result, None)
    return Ended(outcome, result)


def _standing(training: Training) -> dict[str, Any]:
    """How far a run came."""
    return {
        "best": training.best,
        "step": training.step,
        "epoch": training.epoch,
        "seconds": training.seconds,
        "changes": training.changes,
        **({"skipped": training.skipped} if training.scaler else {}),
    }


def _told(error: Exception, folder: RunFolder) -> ErrorReport:
    """The report of what ended a run; memory and disk are the user's to mend."""
    told = report(said(error) if isinstance(error, DataError) else error)
    if isinstance(error, torch.OutOfMemoryError) or "allocate memory" in str(error):
        memory = report(MemoryError())
        return ErrorReport(memory.what, memory.why, memory.remedy, told.details, memory.name)
    if isinstance(error, OSError) and not told.can_be_mended:
        return ErrorReport(
            f"The run's folder {folder.path} could not be written.",
            f"{error.strerror or error}.",
            "Free the disk or choose another workspace, then go on with the run.",
            told.details,
            "workspace.not_writable",
        )
    return told
