"""What a run will need: a few steps on a copy of its model, which leave the run and its random numbers alone."""

from __future__ import annotations

import copy
import io
import statistics
import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from typing import IO, Any, cast

import psutil
import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

from studio.engine.building import build_optimizer, count_parameters
from studio.engine.hardware import synchronize
from studio.engine.seeding import random_states, restore_random_states
from studio.engine.training.averaging import Average
from studio.engine.training.state import Training
from studio.engine.training.tasks import task_of
from studio.engine.training.tasks.task import Batch, Task
from studio.spec.estimate import Estimate

_MOST_STEPS = 4
_MOST_SECONDS = 0.1
_SHARE_OF_MEMORY = 0.9


def estimate(run: Training) -> Estimate:
    """What a run will need. Nothing of the run changes: neither weights nor random numbers.

    A model that is to be compiled is timed as it is: compiled, it is faster.
    """
    states = random_states(run.device)
    try:
        return _measured(_copied(run), task_of(run.spec.task))
    finally:
        restore_random_states(states, run.device)


def _copied(run: Training) -> Training:
    """A run with the same samples, and a model and an optimizer of its own."""
    model = copy.deepcopy(run.model)
    options = run.spec.training
    return replace(
        run,
        model=model,
        network=model,
        criterion=copy.deepcopy(run.criterion),
        optimizer=build_optimizer(run.spec, model),
        scheduler=None,
        each_step=None,
        scaler=torch.amp.GradScaler(run.device.type) if run.scaler else None,
        average=Average(model, options) if run.average else None,
        best={},
        metrics={},
        changes=[],
        extra=copy.deepcopy(run.extra),
        epoch=0,
        position=0,
        step=0,
    )


def _measured(run: Training, task: Task) -> Estimate:
    batches = task.batches(run)
    batch = next(iter(batches))
    activations = _activations(run, task, batch)
    step_seconds = _step_seconds(run, task, chain([batch], batches))
    test_seconds = _test_seconds(run)
    if run.average:
        run.average.count = 1  # so that the checkpoint holds both models, as it will
    counter = _CountingFile()
    torch.save(run.snapshot(), cast("IO[bytes]", counter))
    models = [run.model, run.average.model] if run.average else [run.model]
    weights = sum(_size(model.state_dict().values()) for model in models)
    gradients = _size(one.grad for one in run.model.parameters() if one.grad is not None)
    optimizer = _size(_tensors(run.optimizer.state_dict()["state"]))
    samples = run.samples
    data = _size(_tensors([samples.train_x, samples.train_y, samples.test_x, samples.test_y]))
    seconds = run.steps_per_epoch * step_seconds + test_seconds
    return Estimate(
        parameters=count_parameters(run.model),
        weights=weights,
        gradients=gradients,
        optimizer=optimizer,
        activations=activations,
        data=data,
        checkpoint=counter.size,
        disk=counter.size * (run.spec.checkpoints.keep_last + 1),  # the best one too
        free_memory=_free_memory(run.device),
        seconds_per_epoch=seconds,
        seconds=seconds * run.spec.training.epochs,
        fitting_batch_size=_fitting(
            run.spec.training.batch_size,
            activations / max(1, len(batch[0])),
            _SHARE_OF_MEMORY * _free_memory(run.device) - weights - gradients - optimizer,
        ),
    )


def _activations(run: Training, task: Task, batch: Batch) -> int:
    """Bytes that the forward pass of a batch keeps for the backward pass, each storage once."""
    kept: dict[int, int] = {}
    own = {one.untyped_storage().data_ptr() for one in (*run.model.state_dict().values(), *batch)}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        task.step(run, batch)
    return sum(kept.values()) // run.spec.training.accumulate


def _step_seconds(run: Training, task: Task, batches: Iterable[Batch]) -> float:
    """Seconds of a step; the first one is left out where there are others, for it makes what later ones use."""
    times: list[float] = []
    for batch in batches:
        synchronize(run.device)
        started = time.perf_counter()
        task.step(run, batch)
        synchronize(run.device)
        times.append(time.perf_counter() - started)
        if len(times) > _MOST_STEPS or sum(times) > _MOST_SECONDS:
            break
    return statistics.median(times[1:] or times)


def _test_seconds(run: Training) -> float:
    """Seconds of the test after an epoch; 0 where the task does it in a way of its own."""
    inputs = run.samples.test_x
    if not len(inputs) or not task_of(run.spec.task).known.is_ordinary:
        return 0.0
    part = inputs[: run.spec.training.batch_size]
    run.model.eval()
    synchronize(run.device)
    started = time.perf_counter()
    with torch.no_grad():
        run.model(part)
    synchronize(run.device)
    seconds = time.perf_counter() - started
    run.model.train()
    return seconds * len(inputs) / len(part)


def _fitting(wanted: int, bytes_a_sample: float, free: float) -> int:
    fits = int(free / bytes_a_sample) if bytes_a_sample > 0 and free > 0 else wanted if free > 0 else 0
    if fits >= wanted:
        return wanted
    return 1 << (fits.bit_length() - 1) if fits else 0


def _free_memory(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def _size(tensors: Iterable[Tensor]) -> int:
    return sum(one.numel() * one.element_size() for one in tensors)


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [tensor for part in parts for tensor in _tensors(part)]


class _CountingFile(io.RawIOBase):
    """A file that keeps nothing but its size."""

    size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        count = memoryview(data).nbytes
        self.size += count
        return count
