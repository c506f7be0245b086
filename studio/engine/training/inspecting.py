"""The job "inspect": loads the data, builds the model and takes one step, to know before Start what is wrong.

It keeps nothing of that step: each look builds everything anew, but for the data, which stay loaded.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from studio.engine.building import Samples, load_samples, sizes_of
from studio.engine.seeding import random_states, restore_random_states
from studio.engine.training.augmenting import build_augment
from studio.engine.training.state import Training
from studio.engine.training.tasks import task_of
from studio.engine.training.watching import Watched, watched
from studio.spec.errors import UserError, report
from studio.spec.events import Ended, Event, Started
from studio.spec.inspecting import (
    AugmentSeen,
    DataSeen,
    Inspect,
    Inspected,
    InspectRequest,
    ModelSeen,
    Refused,
)
from studio.spec.job import Control
from studio.spec.run import RunSpec

_CPU = torch.device("cpu")
_NUMBERS_OF_A_LOOK = 2_000_000
"""Large samples go through in a smaller batch than the run's."""
_SHOWN = 8
_SHOWN_SIDE = 96


def run(request: InspectRequest, control: Control) -> Iterator[Event]:
    """Look at each specification that is sent, until stopped."""
    yield Started()
    session = _Session(control)
    while not control.should_stop:
        asked = session.newer or control.receive()
        session.newer = None
        if isinstance(asked, Inspect) and not session.is_left():
            yield from session.look(asked)
    yield Ended("stopped")


class _Session:
    """The data that stay loaded between looks."""

    def __init__(self, control: Control) -> None:
        self.newer: Inspect | None = None
        self._control = control
        self._samples: Samples | None = None
        self._data: Any = None

    def is_left(self) -> bool:
        """Whether nobody waits for this look any more: a stop, or a newer specification."""
        while isinstance(message := self._control.receive(0), Inspect):
            self.newer = message
        return self._control.should_stop or self.newer is not None

    def look(self, asked: Inspect) -> Iterator[Event]:
        """Tell all about one specification."""
        with _undisturbed():
            torch.set_num_threads(asked.spec.training.threads)
            for event in self._told(asked):
                yield event
                if self.is_left():
                    return
        yield Inspected(asked.ticket)

    def _told(self, asked: Inspect) -> Iterator[Event]:
        spec = asked.spec
        try:
            samples = self._loaded(spec)
        except Exception as error:
            yield Refused(asked.ticket, "data", "name", report(error))
            return
        shape = tuple(samples.train_x.shape[1:])
        answers = int(samples.given.get("out_features", 0))
        yield DataSeen(asked.ticket, len(samples.train_x), len(samples.test_x), shape, answers)
        if spec.augment:
            try:
                yield _shown(asked, samples.train_x[0])
            except Exception as error:
                yield Refused(asked.ticket, "augment", "", _explained(error))
                return
        yield _tried(asked, samples)

    def _loaded(self, spec: RunSpec) -> Samples:
        data = (spec.task, spec.data.model_dump())
        if self._samples is None or data != self._data:
            self._samples = None
            self._samples, self._data = load_samples(spec), data
        found = self._samples
        return replace(found, given=sizes_of(spec, found.train_x, found.train_y, found.test_y))


def _tried(asked: Inspect, samples: Samples) -> ModelSeen | Refused:
    """Build everything and take one step, or tell what goes wrong and where."""
    spec, noted, training = asked.spec, Watched(), None
    try:
        training, batch = _begun(spec, samples)
        with watched(training.model, training.criterion) as noted:
            if training.samples.seen is not None:
                with torch.no_grad():
                    training.model(training.samples.seen)  # the part that answers once has layers too
            began = time.perf_counter()
            task_of(spec.task).step(training, batch)
            seconds = time.perf_counter() - began
    except NotImplementedError:
        # A model that only has shapes has met a function that needs values.
        if training is None:
            raise
        seconds, batch = 0.0, ()
    except Exception as error:
        return _refused(asked, noted, error, is_built=training is not None)
    is_real = bool(batch) and training.device.type != "meta"
    parameters = list(training.model.parameters())
    return ModelSeen(
        asked.ticket,
        sum(one.numel() for one in parameters),
        sum(one.numel() for one in parameters if one.requires_grad),
        noted.layers,
        len(batch[0]) if is_real else 0,
        seconds if is_real else 0.0,
    )


def _begun(spec: RunSpec, samples: Samples) -> tuple[Training, Any]:
    """A run before its first step, and the batch of that step.

    A network of torchvision has shapes only: some are too large to be built each time that a value is changed.
    """
    task = task_of(spec.task)
    steps = task.steps_per_epoch(spec, samples)
    part = _part(spec, samples)
    if spec.model.name != "torchvision":
        training = Training.start(spec, part, _CPU, steps)
        return training, next(iter(task.batches(training)))
    _check_weights(spec)
    bare = {key: value for key, value in spec.model.model_dump().items() if key not in ("pretrained", "weights")}
    spec = spec.model_copy(update={"model": type(spec.model)(**bare), "augment": ()})
    device = torch.device("meta")
    with device:
        training = Training.start(spec, part, device, steps)
    inputs, targets = training.samples.train_x, training.samples.train_y
    return training, (inputs, targets)


def _part(spec: RunSpec, samples: Samples) -> Samples:
    """No more samples than one batch needs, where inputs and targets go together one by one."""
    count = len(samples.train_x)
    if not task_of(spec.task).known.is_ordinary or len(samples.train_y) != count:
        return samples
    most = max(2, _NUMBERS_OF_A_LOOK // max(1, samples.train_x[0].numel()))
    size = min(spec.training.batch_size, most, count)
    return replace(
        samples,
        train_x=samples.train_x[:size],
        train_y=samples.train_y[:size],
        test_x=samples.test_x[:1],
        test_y=samples.test_y[:1],
    )


def _check_weights(spec: RunSpec) -> None:
    file = spec.model.parameters.get("weights")
    if file and not Path(file).expanduser().is_file():
        raise UserError("model.bad", f"There is no file {file}.", "", "Choose the file with the model's weights.")


def _refused(asked: Inspect, noted: Watched, error: Exception, *, is_built: bool) -> Refused:
    told = _explained(error)
    table, key = _place(told.name, is_built=is_built)
    if noted.place:
        told = replace(told, what=f"{noted.why(error)}.", why="", remedy="", name="model.layer")
        index = noted.place.split(".")[0]
        is_layer = asked.spec.model.name == "stack" and index.isdigit()
        table, key = (
            ("loss", "name") if noted.place == "loss" else ("model", f"layers[{index}]" if is_layer else "name")
        )
    return Refused(asked.ticket, table, key, told, noted.layers)


def _place(name: str, *, is_built: bool) -> tuple[str, str]:
    """The field that an error without a layer is about."""
    table = name.partition(".")[0]
    if table in ("data", "model", "loss", "optimizer", "scheduler"):
        return table, "name"
    if table == "augment":
        return "augment", ""
    return ("training", "") if is_built else ("model", "name")


def _explained(error: Exception) -> Any:
    """The report of an error; what torch says of shapes and types is no bug of ours."""
    told = report(error)
    if told.can_be_mended or not isinstance(error, (RuntimeError, ValueError, TypeError, IndexError)):
        return told
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return replace(told, what=f"One batch cannot be trained on: {reason}.", remedy="", name="training.step")


def _shown(asked: Inspect, image: Tensor) -> AugmentSeen:
    """One image as it is, then changed several times."""
    torch.manual_seed(0)
    augment = build_augment(asked.spec.augment)
    assert augment is not None
    images = [image.float(), *(augment(image.float()) for _ in range(_SHOWN))]
    wrong = next((one for one in images if one.shape != image.shape), None)
    if wrong is not None:
        shapes = f"{'×'.join(map(str, image.shape))} to {'×'.join(map(str, wrong.shape))}"
        raise UserError(
            "augment.bad", f"`augment` changes the shape of images from {shapes}.", "", "Keep the size."
        )
    scale = min(1.0, _SHOWN_SIDE / max(image.shape[-2:]))
    if scale < 1:
        images = [functional.interpolate(one[None], scale_factor=scale, mode="area")[0] for one in images]
    depth, high, wide = images[0].shape
    return AugmentSeen(
        asked.ticket, (depth, high, wide), tuple(array("f", one.flatten().tolist()) for one in images)
    )


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Leave random numbers and settings as they were."""
    states, threads = random_states(_CPU), torch.get_num_threads()
    flags = torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark
    try:
        yield
    finally:
        restore_random_states(states, _CPU)
        torch.set_num_threads(threads)
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = flags
