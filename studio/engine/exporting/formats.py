"""The formats by name: how each is written and loaded back."""

from __future__ import annotations

from pathlib import Path

from studio.engine.exporting import (
    onnx_format,
    pt2_format,
    safetensors_format,
    state_dict_format,
    torchscript_format,
)
from studio.engine.exporting.subject import Runner, Subject
from studio.spec.exports import DEFAULT_OPSET, FormatName


def write(name: FormatName, subject: Subject, path: Path, opset: int = DEFAULT_OPSET) -> tuple[str, ...]:
    """Write the subject in a format; gives what the user should know about the file.

    Raises:
        UserError: the format cannot hold this model.
        Exception: whatever an exporter raises; `failures.explained` puts it into words.
    """
    if name == "onnx":
        return onnx_format.write(subject, path, opset)
    writers = {
        "torchscript": torchscript_format.write,
        "pt2": pt2_format.write,
        "safetensors": safetensors_format.write,
        "state_dict": state_dict_format.write,
    }
    return writers[name](subject, path)


def load(name: FormatName, subject: Subject, path: Path) -> Runner:
    """The file, loaded back in the runtime that its users would use.

    Raises:
        UserError: the weights in the file differ from the model's.
        Exception: whatever a loader raises; `failures.explained` puts it into words.
    """
    if name == "onnx":
        return onnx_format.load(path)
    if name == "torchscript":
        return torchscript_format.load(path, subject.task)
    if name == "pt2":
        return pt2_format.load(path, subject.task)
    if name == "safetensors":
        return safetensors_format.load(path, subject)
    return state_dict_format.load(path, subject)


def holds_weights_only(name: FormatName) -> bool:
    """Whether the format holds no graph, so that its weights are compared bit for bit instead."""
    return name in ("safetensors", "state_dict")
