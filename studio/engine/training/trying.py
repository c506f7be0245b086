"""The job "try": stays with the best checkpoint of a run, and answers the texts that a person types."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import torch

from studio.engine.models import OpenedModel, open_model
from studio.engine.training.generating import generate
from studio.runs.folder import RunFolder
from studio.runs.workspace import Workspace
from studio.spec.errors import UserError, report
from studio.spec.events import Ended, Event, Started
from studio.spec.job import Control
from studio.spec.model_ref import ModelRef
from studio.spec.predictions import Label
from studio.spec.trying import NotTold, StopWriting, Told, TryPrompt, TryRequest, TryText, Written
from studio.zoo.text import decode, encode, numbers_of

_FLUSH_SECONDS = 0.05
_TRIES = 3
"""A run that trains may take its old checkpoint away just when it is to be read."""

Message = TryText | TryPrompt | StopWriting


def run(request: TryRequest, control: Control) -> Iterator[Event]:
    """Serve messages until stopped; a newer message ends the work on the one before.

    Raises:
        UserError: there is no such run.
    """
    session = _Session(Workspace.open(Path(request.workspace)), request.run, control)
    yield Started({"run": request.run})
    while not control.should_stop:
        message = session.newest() or control.receive()
        session.newer = None
        if isinstance(message, TryText | TryPrompt):
            yield from session.serve(message)
    yield Ended("stopped")


class _Session:
    """The checkpoint that is open, between messages."""

    def __init__(self, workspace: Workspace, run_id: str, control: Control) -> None:
        self.newer: Message | None = None
        self._workspace = workspace
        self._folder = RunFolder.open(workspace, run_id)
        self._control = control
        self._model: OpenedModel | None = None
        self._step = -1

    def newest(self) -> Message | None:
        """The newest message that waits; those before it are not answered."""
        while (message := self._control.receive(0)) is not None:
            self.newer = message
        return self.newer

    def serve(self, asked: TryText | TryPrompt) -> Iterator[Event]:
        """Answer one message."""
        try:
            model = self._opened()
            if isinstance(asked, TryText):
                yield Told(asked.ticket, _labels(model, asked.text), self._step)
            else:
                yield from self._write(model, asked)
        except Exception as error:
            yield NotTold(asked.ticket, report(error))

    def _write(self, model: OpenedModel, asked: TryPrompt) -> Iterator[Event]:
        spec = model.input
        length = spec.shape[0]
        begun = numbers_of(asked.prompt, spec.tokens, spec.token_kind, spec.lowercase)
        begun = begun or [spec.tokens.index("\n") if "\n" in spec.tokens else len(spec.tokens) - 1]
        generator = torch.Generator().manual_seed(asked.seed)
        waiting: list[int] = []
        due = time.monotonic() + _FLUSH_SECONDS
        writer = generate(model.module, torch.tensor(begun), length, asked.temperature, generator)
        for _ in range(asked.count):
            if self._control.should_stop or self.newest() is not None:
                return
            waiting.append(next(writer))
            if time.monotonic() >= due:
                yield Written(
                    asked.ticket, decode(torch.tensor(waiting), spec.tokens, spec.token_kind), self._step
                )
                waiting, due = [], time.monotonic() + _FLUSH_SECONDS
        rest = decode(torch.tensor(waiting, dtype=torch.int64), spec.tokens, spec.token_kind)
        yield Written(asked.ticket, rest, self._step, is_last=True)

    def _opened(self) -> OpenedModel:
        """The best checkpoint's model; opened again where the run has found a better one since."""
        for left in reversed(range(_TRIES)):
            entry = self._folder.checkpoint("best")
            if self._model is not None and entry.step == self._step:
                break
            try:
                reference = ModelRef.parse(f"run:{self._folder.id}@{entry.step}")
                self._model = open_model(reference, self._workspace)
                self._step = entry.step
            except UserError:
                if not left:
                    raise
        assert self._model is not None, "it was opened, or an error was raised"
        if self._model.input.kind != "text":
            raise UserError(
                "try.no_text",
                f"The model of run {self._folder.id} takes no text.",
                "",
                "Train a recipe with text.",
            )
        return self._model


def _labels(model: OpenedModel, text: str) -> tuple[Label, ...]:
    """The classes of a text, the likeliest first; none for an empty text."""
    if not text.strip():
        return ()
    spec = model.input
    x = encode([text.strip()], spec.tokens, spec.shape[0], spec.token_kind, spec.lowercase)
    with torch.no_grad():
        shares = model.module(x)[0].double().softmax(0).tolist()
    order = sorted(range(len(shares)), key=lambda index: -shares[index])
    return tuple(Label(index, model.labels[index], shares[index]) for index in order)
