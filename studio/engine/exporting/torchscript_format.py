"""TorchScript: the model compiled from its source, or traced where that fails; then frozen.

Source: https://pytorch.org/docs/stable/jit.html
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn

from studio.engine.exporting.subject import Runner, Subject, call, flatten
from studio.engine.model_files import METADATA_FILE

LEGACY = "PyTorch will not develop TorchScript further; prefer torch.export or ONNX for something new."
TRACED = "The model was traced: branches that depend on the data are fixed as they went for the example."


def write(subject: Subject, path: Path) -> tuple[str, ...]:
    """Write the model to `path`: scripted where that works, else traced.

    Returns:
        What the user should know about the file, one sentence each.

    Raises:
        RuntimeError: the model can neither be scripted nor traced.
    """
    notes = [LEGACY]
    with quiet():
        try:
            compiled = torch.jit.script(subject.module)
        # The compiler raises whatever its passes raise; tracing is the answer to all of it.
        except Exception:
            compiled = torch.jit.trace(subject.module, (subject.example,), strict=False)  # type: ignore[no-untyped-call]  # torch's
            notes.append(TRACED)
        frozen = torch.jit.freeze(compiled)
        torch.jit.save(frozen, str(path), _extra_files={METADATA_FILE: json.dumps(subject.metadata)})
    return tuple(notes)


def load(path: Path, task: str) -> Runner:
    """The file in TorchScript's own runtime."""
    with quiet():
        module: nn.Module = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]  # torch's

    def runner(batch: Tensor) -> tuple[Tensor, ...]:
        if task != "detect":
            return call(module, batch, task)
        # A scripted detector returns the losses besides, which are empty in evaluation mode.
        return tuple(flatten(module(list(batch))[1]).values())

    return runner


@contextmanager
def quiet() -> Iterator[None]:
    """Silence what every TorchScript call warns of; the file's notes say it once, in plain words."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*torch\.jit\.", category=FutureWarning)
        warnings.filterwarnings("ignore", message=r".*torch\.jit\.", category=DeprecationWarning)
        # Scripted GoogLeNet and Inception say that they return a tuple.
        warnings.filterwarnings("ignore", message="Scripted .*", category=UserWarning)
        warnings.filterwarnings("ignore", category=torch.jit._trace.TracerWarning)
        yield
