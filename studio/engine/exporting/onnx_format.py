"""ONNX, by PyTorch's own graph exporter; run by ONNX Runtime.

Source: https://pytorch.org/docs/stable/onnx_export.html, https://onnx.ai/onnx/api/checker.html
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio.engine.exporting.subject import Runner, Subject
from studio.spec.errors import UserError
from studio.spec.exports import DEFAULT_OPSET, OPSETS

INPUT_NAME = "input"
_LOWEST_OPSET = 7


def write(subject: Subject, path: Path, opset: int = DEFAULT_OPSET) -> tuple[str, ...]:
    """Write the model to `path` as one self-contained file (above 2 GB: with a second one beside it).

    Returns:
        What the user should know about the file, one sentence each.

    Raises:
        UserError: the opset is none, or the model is a detector.
    """
    import onnx

    _refuse(subject, opset)
    batch = {0: torch.export.Dim("batch")} if subject.dynamic_batch else None
    with _quiet():
        torch.onnx.export(
            subject.module,
            (subject.example,),
            str(path),
            dynamo=True,
            # Two files are easily parted; one is written wherever protobuf can hold it.
            external_data=False,
            opset_version=opset,
            dynamic_shapes=(batch,),
            input_names=[INPUT_NAME],
            output_names=list(subject.output_names),
            verbose=False,
        )
    graph = onnx.load(str(path), load_external_data=False)
    written = read_opset(graph)
    _strip_source_paths(graph)
    for key, value in subject.metadata.items():
        graph.metadata_props.add(key=key, value=value)
    onnx.save_model(graph, str(path))
    onnx.checker.check_model(str(path), full_check=True)
    if written != opset:
        return (f"Opset {opset} is not available; the file was written with opset {written}.",)
    return ()


def load(path: Path) -> Runner:
    """The file in ONNX Runtime, on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def runner(batch: Tensor) -> tuple[Tensor, ...]:
        return tuple(torch.from_numpy(output) for output in session.run(None, {name: batch.numpy()}))

    return runner


def read_opset(graph: Any) -> int:
    """The opset that a loaded ONNX model was really written with."""
    return next(int(one.version) for one in graph.opset_import if one.domain in ("", "ai.onnx"))


def _refuse(subject: Subject, opset: int) -> None:
    if not _LOWEST_OPSET <= opset <= OPSETS[-1]:
        raise UserError(
            "export.opset",
            f"Opset {opset} is not available.",
            f"This PyTorch writes opsets {OPSETS[0]} to {OPSETS[-1]}.",
            f"Choose one of these; {DEFAULT_OPSET} is read by most programs.",
        )
    if subject.task == "detect":
        raise UserError(
            "export.detector",
            "A detector cannot be written as ONNX by this exporter.",
            "How many boxes it returns depends on the picture, which the graph cannot hold.",
            "Export its weights as safetensors.",
        )


def _strip_source_paths(graph: Any) -> None:
    """Take out the notes that the exporter leaves at every node: they name files of this computer."""
    bodies = [graph.graph, *graph.functions]
    while bodies:
        body = bodies.pop()
        del body.metadata_props[:]
        for node in body.node:
            del node.metadata_props[:]
            node.doc_string = ""
            for attribute in node.attribute:
                bodies += [attribute.g] if attribute.HasField("g") else []
                bodies += list(attribute.graphs)
        for value in (*body.value_info, *(body.input if hasattr(body, "initializer") else ())):
            del value.metadata_props[:]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's progress, advice and tracebacks off the terminal; what matters is read back."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        # onnxscript and torch.export warn about their own insides at every export.
        warnings.simplefilter("ignore")
        try:
            for logger in loggers:
                logger.setLevel(logging.CRITICAL + 1)
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
