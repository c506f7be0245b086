"""The model under export: its module made ready, an example input, and what is written into the file."""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import studio
from studio.engine.model_files import METADATA_PREFIX, OnnxModule
from studio.engine.models import OpenedModel
from studio.spec.errors import UserError

Runner = Callable[[Tensor], tuple[Tensor, ...]]
"""A model or a file of it, ready to run: a batch (N, …) in, its outputs as tensors out."""


@dataclass(frozen=True)
class Subject:
    """A model ready to be exported: on the CPU, in evaluation mode, a copy that nobody else holds.

    `example` is a batch of two: exporters take a batch of one for a constant. `notes` say what had
    to be changed to make the model exportable.
    """

    module: nn.Module
    example: Tensor
    task: str
    output_names: tuple[str, ...]
    metadata: dict[str, str]
    inside: str
    dynamic_batch: bool = True
    notes: tuple[str, ...] = ()

    def run(self, batch: Tensor) -> tuple[Tensor, ...]:
        """The outputs of the model itself for a batch (N, …)."""
        return call(self.module, batch, self.task)

    def with_batch(self, dynamic: bool) -> Subject:
        """The same, with an example for files of any batch size or of exactly one sample."""
        return replace(self, dynamic_batch=dynamic, example=self.example if dynamic else self.example[:1].clone())


def prepare(model: OpenedModel, example: Tensor, specification: str = "") -> Subject:
    """Make a model ready, and check that it runs and answers the same twice.

    Args:
        model: the model; it is copied, not changed.
        example: two samples (2, …).
        specification: of the run that made it, as TOML; it lets a file of weights find its architecture.

    Raises:
        UserError: the model does not run on its own input, or gives other answers each time.
    """
    module, notes = _own_copy(model)
    try:
        with torch.no_grad():
            first, second = _named(module, example, model.task), _named(module, example, model.task)
    except (RuntimeError, TypeError, ValueError, AttributeError, IndexError, NotImplementedError) as error:
        raise UserError(
            "export.model_does_not_run",
            f"{model.title} could not be run on an input of shape {_shape(model.input.shape)}.",
            f"{_one_line(error)}",
            "Check the model's input shape, or open another model.",
        ) from error
    if not all(torch.equal(a, b) or _both_nan(a, b) for a, b in zip(first.values(), second.values(), strict=True)):
        raise UserError(
            "export.not_deterministic",
            f"{model.title} gives another answer each time for the same input.",
            "A layer draws random numbers even in evaluation mode.",
            "Use nn.Dropout, or pass training=self.training to functional dropout.",
        )
    about = metadata(model, specification)
    return Subject(module, example, model.task, tuple(first), about, _inside(model), notes=notes)


def _own_copy(model: OpenedModel) -> tuple[nn.Module, tuple[str, ...]]:
    if isinstance(model.module, (OnnxModule, torch.jit.ScriptModule)):
        raise UserError(
            "export.is_exported",
            f"{model.title} is an exported file already.",
            "It holds a finished graph, which the exporters cannot take apart.",
            "Export from the run or the model that it was made from.",
        )
    module = copy.deepcopy(model.module).to("cpu").requires_grad_(False)
    notes = []
    # A captured graph is fixed; its flags are not what it does.
    if any(part.training for part in module.modules()) and not isinstance(module, torch.fx.GraphModule):
        module.eval()
        notes.append("Some layers were in training mode; the files hold the model in evaluation mode.")
    kinds = {str(value.dtype).removeprefix("torch.") for value in module.parameters() if value.is_floating_point()}
    if kinds - {"float32"}:
        module.float()
        notes.append(f"The model is in {', '.join(sorted(kinds))}; the files hold it in float32.")
    return module, tuple(notes)


def call(module: nn.Module, batch: Tensor, task: str) -> tuple[Tensor, ...]:
    """The outputs of a module for a batch (N, …), as tensors in a fixed order."""
    return tuple(_named(module, batch, task).values())


@contextmanager
def quiet() -> Iterator[None]:
    """Silence what scripted models say at every run: that they return a tuple."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Scripted .*|.* always returns? a .*", category=UserWarning)
        yield


def flatten(output: Any, name: str = "") -> dict[str, Tensor]:
    """Every tensor of a nested output by a name of its own; None is left out, as the exporters do.

    A dictionary's keys are the names; what is nested deeper has the names of all that it lies in.
    """
    if isinstance(output, Tensor):
        return {name or "output": output}
    if isinstance(output, dict):
        named = [(f"{name}_{key}" if name else str(key), value) for key, value in output.items()]
    elif isinstance(output, (list, tuple)):
        named = [(f"{name or 'output'}_{index}", value) for index, value in enumerate(output)]
    else:
        named = []
    found: dict[str, Tensor] = {}
    for inner, value in named:
        for key, tensor in flatten(value, inner).items():
            unique = key
            while unique in found:  # `a_b` beside an `a` that holds a `b`
                unique += "_"
            found[unique] = tensor
    return found


def metadata(model: OpenedModel, specification: str = "") -> dict[str, str]:
    """What every exported file carries besides weights: enough to feed it and to read its answers."""
    values: dict[str, Any] = {
        "title": model.title,
        # Of a file only its name: its folder is nobody's business.
        "model": Path(model.ref.name).name if model.ref.kind == "file" else str(model.ref),
        "source": model.source,
        "task": model.task,
        "licence": model.licence,
        "labels": json.dumps(list(model.labels), ensure_ascii=False),
        "input": model.input.model_dump_json(),
        "torch": torch.__version__,
        "version": studio.__version__,
    }
    if specification:
        values["spec"] = specification
        values["given"] = json.dumps(dict(model.given))
    return {METADATA_PREFIX + key: str(value) for key, value in values.items()}


def _named(module: nn.Module, batch: Tensor, task: str) -> dict[str, Tensor]:
    # torchvision's detectors take a list of pictures, which may differ in size.
    return flatten(module(list(batch)) if task == "detect" else module(batch))


def _inside(model: OpenedModel) -> str:
    names = f"{len(model.labels):,} class names" if model.labels else "no class names"
    return f"{names}, input {_shape(model.input.shape)}, task, licence, source, versions"


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(str(size) for size in shape)


def _both_nan(first: Tensor, second: Tensor) -> bool:
    return first.shape == second.shape and torch.equal(first.isnan(), second.isnan()) and bool(first.isnan().any())


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:197] + "…"
