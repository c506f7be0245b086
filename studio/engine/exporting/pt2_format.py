"""PyTorch 2's own format: the whole graph with its weights, by `torch.export`.

Source: https://pytorch.org/docs/stable/export.html
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import torch
from torch import nn

from studio.engine.exporting.subject import Runner, Subject, call
from studio.engine.model_files import METADATA_FILE
from studio.spec.errors import UserError


def write(subject: Subject, path: Path) -> tuple[str, ...]:
    """Write the model to `path`.

    Returns:
        What the user should know about the file: nothing.

    Raises:
        UserError: the model is a detector.
        torch._dynamo.exc.TorchDynamoException: a part of the model cannot be captured.
    """
    if subject.task == "detect":
        raise UserError(
            "export.detector",
            "A detector cannot be written by torch.export.",
            "How many boxes it returns depends on the picture, which the graph cannot hold.",
            "Export its weights as safetensors.",
        )
    batch = {0: torch.export.Dim("batch")} if subject.dynamic_batch else None
    with warnings.catch_warnings():
        # It warns of constants that it lifts and of its own deprecations; the comparison judges the result.
        warnings.simplefilter("ignore")
        program = torch.export.export(subject.module, (subject.example,), dynamic_shapes=(batch,))
        for part in program.graph_module.modules():
            for node in part.graph.nodes if isinstance(part, torch.fx.GraphModule) else ():
                # Names files of this computer.
                node.meta.pop("stack_trace", None)
        torch.export.save(program, str(path), extra_files={METADATA_FILE: json.dumps(subject.metadata)})
    return ()


def load(path: Path, task: str) -> Runner:
    """The file, loaded back and made callable."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module: nn.Module = torch.export.load(str(path)).module()
    return lambda batch: call(module, batch, task)
