"""The job "vision": answers once, or stays with its model loaded and serves what the window asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from pathlib import Path

import torch

from studio.engine.models import OpenedModel, open_model
from studio.engine.vision.answers import device_of
from studio.engine.vision.classify import classify
from studio.engine.vision.gathering import gather
from studio.engine.vision.predicting import predict
from studio.runs.workspace import Workspace
from studio.spec.errors import ErrorReport, UserError, report
from studio.spec.events import Ended, Event, Progressed, Started
from studio.spec.job import Control
from studio.spec.model_names import known_models
from studio.spec.model_ref import ModelRef
from studio.spec.predictions import (
    Answered,
    Gathered,
    ModelOpened,
    ModelRefused,
    Predict,
    Predicted,
    VisionRequest,
)

_PAUSE_SECONDS = 0.05
_MEGABYTE = 1_000_000


def run(request: VisionRequest, control: Control) -> Iterator[Event]:
    """Answer the request's images and end; or, where it has none, serve `Predict` messages until stopped.

    A newer message ends the work on the one before. The result of a single request counts what was
    read: ``{"images": 3, "unread": 1}``.
    """
    yield Started({"device": str(_device())})
    session = _Session(request.workspace, control)
    if request.predict is not None:
        yield from session.serve(request.predict)
        outcome = "stopped" if control.should_stop else "failed" if session.error else "finished"
        yield Ended(outcome, session.result, session.error)  # type: ignore[arg-type]  # literals, joined
        return
    while not control.should_stop:
        message = session.newer or control.receive()
        session.newer = None
        if isinstance(message, Predict):
            yield from session.serve(message)
    yield Ended("stopped")


class _LeftError(Exception):
    """A download is given up, because nobody waits for it any more."""


class _Session:
    """A model that stays loaded between requests."""

    def __init__(self, workspace: str, control: Control):
        self.newer: Predict | None = None
        self.error: ErrorReport | None = None
        self.result: dict[str, int] = {}
        self._workspace_root = Path(workspace) if workspace else None
        self._control = control
        self._model: OpenedModel | None = None
        self._model_key: tuple[str, str, str, bool] | None = None

    def serve(self, asked: Predict) -> Iterator[Event]:
        """Open the model, unless it is the one that is open, and answer the images."""
        self.error = None
        began = time.perf_counter()
        try:
            yield from self._open(asked)
            if self._model is None:
                return
            yield _opened(asked, self._model)
            yield from self._predict(asked, self._model, began)
        except Exception as error:
            self.error = report(error)
            yield ModelRefused(asked.ticket, asked.model, self.error)

    def _predict(self, asked: Predict, model: OpenedModel, began: float) -> Iterator[Event]:
        paths = gather(Path(path) for path in asked.paths)
        yield Gathered(asked.ticket, tuple(str(path) for path in paths))
        masks = Path(asked.mask_folder) if asked.mask_folder else self._workspace().root / "masks"
        answers = predict(model, paths, top_k=asked.top_k, least_score=asked.least_score, mask_folder=masks)
        done = unread = 0
        try:
            for prediction in answers:
                yield Predicted(asked.ticket, prediction)
                done += 1
                unread += prediction.error is not None
                seconds = time.perf_counter() - began
                yield Progressed(done, len(paths), "images", done / seconds, (len(paths) - done) * seconds / done)
                if self._is_left():
                    return
        finally:
            answers.close()  # type: ignore[attr-defined]  # it is a generator
            self.result = {"images": done, "unread": unread}
        yield Answered(asked.ticket, done, unread, time.perf_counter() - began)

    def _open(self, asked: Predict) -> Iterator[Event]:
        key = (asked.model, asked.task, asked.weights, asked.trust)
        if self._model is not None and key == self._model_key:
            return
        self._model = self._model_key = None
        _check_task(asked, next((known.task for known in known_models() if known.ref == asked.model), asked.task))
        sizes = [0, 0]
        left = threading.Event()

        def told(done: int, total: int) -> None:
            sizes[:] = done, total
            if left.is_set():
                raise _LeftError

        with ThreadPoolExecutor(1, "model-opener") as opener:
            future = opener.submit(self._opened_model, asked, told)
            while not _is_done(future):
                if self._is_left():
                    left.set()
                if sizes[1]:
                    done, total = (size / _MEGABYTE for size in sizes)
                    yield Progressed(done, total, "MB", text=f"Downloading weights: {done:.0f} of {total:.0f} MB")
        try:
            model = future.result()
        except _LeftError:
            return
        _check_task(asked, model.task)
        model.module.float()  # as images are; a run may have been trained in float64
        if model.ref.kind != "file":  # what is inside a file may be bound to the CPU
            model.module.to(_device())
        if model.task == "classify" and model.input.kind == "image":
            # The first call of a network is several times slower than all others, and its time would be told.
            classify(model, torch.zeros(model.input.shape))
        self._model, self._model_key = model, key

    def _opened_model(self, asked: Predict, told: Callable[[int, int], None]) -> OpenedModel:
        ref = ModelRef.parse(asked.model)
        workspace = self._workspace() if ref.kind == "run" else None
        weights = Path(asked.weights) if asked.weights else None
        return open_model(ref, workspace, weights=weights, progress=told, trust=asked.trust)

    def _workspace(self) -> Workspace:
        return Workspace.find(self._workspace_root)

    def _is_left(self) -> bool:
        """Whether nobody waits for this request any more: a stop, or a newer one."""
        if self.newer is None:
            message = self._control.receive(0)
            self.newer = message if isinstance(message, Predict) else None
        return self._control.should_stop or self.newer is not None


def _check_task(asked: Predict, task: str) -> None:
    if asked.task and task != asked.task:
        example = next(known.ref for known in known_models() if known.task == asked.task)
        raise UserError(
            "vision.other_task",
            f"{asked.model} is made to {task}, not to {asked.task}.",
            "",
            f"Choose a model for it, such as {example}.",
        )


def _is_done(future: Future[OpenedModel]) -> bool:
    try:
        future.exception(_PAUSE_SECONDS)
    except NotYetError:
        return False
    return True


def _device() -> torch.device:
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def _opened(asked: Predict, model: OpenedModel) -> ModelOpened:
    shape = " × ".join(str(side) for side in model.input.shape[-2:])
    grey = ", grey" if model.input.channels == 1 else ""
    taken = f"{shape}{grey}" if model.task not in ("detect", "segment") else "any size"
    device = device_of(model.module)
    threads = torch.get_num_threads()
    where = f"CPU, {threads} thread{'s' if threads > 1 else ''}" if device.type == "cpu" else str(device)
    return ModelOpened(
        ticket=asked.ticket,
        model=asked.model,
        title=model.title,
        task=model.task,
        source=model.source,
        input=taken,
        licence=model.licence,
        engine=f"PyTorch {torch.__version__.partition('+')[0]} · {where}",
        parameters=model.parameters,
        input_spec=model.input,
        labels=model.labels,
    )
