"""Model files: what they say about themselves, read without running anything; and opening them to run.

Files that the studio exported carry their labels, input specification and task under the prefix
``studio.``: in ONNX's metadata properties, in the header of safetensors, and as a member of the
archives that TorchScript, torch.export and state dicts are.
"""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from pydantic import ValidationError
from torch import Tensor, nn

from studio.engine.model_file_code import code_in
from studio.spec.errors import UserError
from studio.spec.model_input import InputSpec

Metadata = dict[str, str]

METADATA_PREFIX = "studio."
METADATA_FILE = "studio.json"
"""Name of the metadata inside the formats that are archives."""

_ARCHIVES = (".pt", ".pth", ".pt2", ".ts")
_ONNX_FLOATS = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64}
_ONNX_INTEGERS = ("tensor(int64)",)
_LONGEST_HEADER = 100 << 20


@dataclass(frozen=True)
class FileModel:
    """A model from a file that holds its own graph: ready to run, on the CPU."""

    module: nn.Module
    title: str
    input: InputSpec
    labels: tuple[str, ...]
    task: Literal["classify", "detect", "segment", "regress"]
    licence: str
    source: str


def read_metadata(path: Path) -> Metadata:
    """What a file of a model says about itself, by key without the prefix ``studio.``.

    Keys: ``title``, ``model``, ``source``, ``task``, ``licence``, ``labels`` (a JSON list), ``input``
    (an `InputSpec` as JSON), ``torch``, ``version``, and for a run ``spec`` (TOML) and ``given`` (JSON: sizes
    that its data said to its model). Empty where the
    file comes from elsewhere. Nothing in the file is run.

    Raises:
        UserError: the file is missing or damaged.
    """
    if not path.is_file():
        raise UserError("model_file.missing", f"The file {path} does not exist.", "", "Choose another file.")
    try:
        found = _raw_metadata(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, zipfile.LargeZipFile) as error:
        raise _damaged(path) from error
    return {
        key.removeprefix(METADATA_PREFIX): value
        for key, value in found.items()
        if key.startswith(METADATA_PREFIX) and isinstance(value, str)
    }


def input_spec(path: Path, metadata: Metadata) -> InputSpec | None:
    """The input that the metadata describes, None where it describes none.

    Raises:
        UserError: it describes one that does not hold together.
    """
    if "input" not in metadata:
        return None
    try:
        return InputSpec.model_validate_json(metadata["input"])
    except ValidationError as error:
        raise _damaged(path) from error


def labels(path: Path, metadata: Metadata) -> tuple[str, ...]:
    """The class names that the metadata holds.

    Raises:
        UserError: they are no list.
    """
    try:
        found = json.loads(metadata.get("labels", "[]"))
    except ValueError as error:
        raise _damaged(path) from error
    if not isinstance(found, list):
        raise _damaged(path)
    return tuple(str(name) for name in found)


def open_file_model(path: Path, *, trust: bool = False) -> FileModel:
    """Open an ONNX, TorchScript or torch.export file to run it.

    Args:
        path: the file.
        trust: whether a file that can run code may be opened, because the user knows where it is from.

    Raises:
        UserError: the file is damaged, holds weights only, does not say what it takes, or can run
            code and is not trusted (``model_file.code``).
    """
    metadata = read_metadata(path)
    spec = input_spec(path, metadata)
    kind = _kind(path)
    if kind == "weights":
        raise UserError(
            "model_file.weights_only",
            f"{path.name} holds weights only, no model.",
            "Weights need the architecture that they were made for.",
            "Open that model first, and give it this file as its weights.",
        )
    if kind != "onnx" and not trust and (culprit := _culprit(path, kind)):
        raise UserError(
            "model_file.code",
            f"{path.name} was not opened: it can run code on your computer.",
            f"It contains {culprit}.",
            "Open it only if you know who made it, or ask for an ONNX file.",
        )
    try:
        module = _open(path, kind)
    except UserError:
        raise
    # The three runtimes raise whatever they like for a file that is damaged.
    except Exception as error:
        raise _damaged(path) from error
    spec = spec or (module.input_spec() if isinstance(module, OnnxModule) else None)
    if spec is None:
        raise UserError(
            "model_file.no_input",
            f"{path.name} does not say what it takes.",
            "It was not exported by the studio, and its format holds no input shape.",
            "Export it from the studio, or as ONNX with a fixed size.",
        )
    return _described(module, path, spec, metadata)


def _described(module: nn.Module, path: Path, spec: InputSpec, metadata: Metadata) -> FileModel:
    task = metadata.get("task", "classify")
    return FileModel(
        module=module,
        title=metadata.get("title", path.stem),
        input=spec,
        labels=labels(path, metadata),
        task=task if task in ("classify", "detect", "segment", "regress") else "classify",  # type: ignore[arg-type]  # narrowed here
        licence=metadata.get("licence", ""),
        source=metadata.get("source", path.name),
    )


def open_weights(path: Path, rebuild: Callable[[Path, Metadata], nn.Module | None]) -> FileModel | None:
    """Open a file of weights that the studio exported, whose architecture can be built again.

    Args:
        path: the file.
        rebuild: makes the model with the file's weights, given the path and what the file says of
            itself; None where it cannot.

    Returns:
        None where the file holds a graph, or weights of an architecture that is not known.

    Raises:
        UserError: the file is damaged, or its weights do not fit.
    """
    metadata = read_metadata(path)
    spec = input_spec(path, metadata)
    if _kind(path) != "weights" or spec is None or "model" not in metadata:
        return None
    module = rebuild(path, metadata)
    return None if module is None else _described(module, path, spec, metadata)


class OnnxModule(nn.Module):
    """An ONNX file as a module: a batch (N, …) in, a tensor or a dict of tensors by name out."""

    def __init__(self, path: Path):
        super().__init__()
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0]
        self._names = [output.name for output in self._session.get_outputs()]
        _check_input(path, self._input.type, self._input.shape)
        self._dtype = _ONNX_FLOATS.get(self._input.type)
        self.eval()

    def forward(self, batch: Tensor) -> Tensor | dict[str, Tensor]:
        """Run the file; one that was exported for one sample runs sample by sample."""
        array = batch.detach().cpu().numpy()
        if self._dtype is not None:
            array = array.astype(self._dtype, copy=False)
        if isinstance(self._input.shape[0], int) and self._input.shape[0] == 1 and len(array) > 1:
            rows = [self._session.run(None, {self._input.name: array[i : i + 1]}) for i in range(len(array))]
            outputs = [np.concatenate(parts) for parts in zip(*rows, strict=True)]
        else:
            outputs = self._session.run(None, {self._input.name: array})
        tensors = [torch.from_numpy(output) for output in outputs]
        return tensors[0] if len(tensors) == 1 else dict(zip(self._names, tensors, strict=True))

    def input_spec(self) -> InputSpec | None:
        """What the graph itself says of its input; None where its sizes are not fixed."""
        shape = tuple(self._input.shape[1:])
        if not shape or not all(isinstance(size, int) for size in shape):
            return None
        is_image = len(shape) == 3 and shape[0] in (1, 3)
        return InputSpec(
            kind="image" if is_image else "tensor", shape=shape, resize=shape[-1] if is_image else None
        )


def _check_input(path: Path, kind: str, shape: list[Any]) -> None:
    """Refuse what no sample of ours fits into, in words instead of the runtime's."""
    if kind not in _ONNX_FLOATS and kind not in _ONNX_INTEGERS:
        raise UserError(
            "model_file.other_input",
            f"{path.name} takes numbers of the type {kind.removeprefix('tensor(').rstrip(')')}.",
            "The studio gives models floating-point numbers, or whole ones of 64 bits.",
            "Export it with a float32 input; what it does to its pixels can stay inside.",
        )
    if shape and isinstance(shape[0], int) and shape[0] > 1:
        raise UserError(
            "model_file.fixed_batch",
            f"{path.name} takes {shape[0]} samples at a time, no more and no fewer.",
            "It was exported with a fixed batch.",
            "Export it again with a batch of 1, or with a batch of any size.",
        )


def _raw_metadata(path: Path) -> dict[str, Any]:
    suffix = path.suffix.lower()
    if suffix == ".onnx":
        return _onnx_metadata(path)
    if suffix == ".safetensors":
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 0 < length <= _LONGEST_HEADER:
                raise ValueError("no header")
            header = json.loads(stream.read(length))
        found = header.get("__metadata__", {}) if isinstance(header, dict) else None
        if not isinstance(found, dict):
            raise ValueError("no header")
        return found
    if suffix in _ARCHIVES and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            member = next((name for name in archive.namelist() if name.endswith(f"/extra/{METADATA_FILE}")), None)
            if member and archive.getinfo(member).file_size > _LONGEST_HEADER:
                raise ValueError("metadata without end")
            loaded = json.loads(archive.read(member)) if member else {}
        return loaded if isinstance(loaded, dict) else {}
    return {}


def _onnx_metadata(path: Path) -> dict[str, Any]:
    import onnx

    try:
        model = onnx.load(str(path), load_external_data=False)
    # Protobuf's DecodeError, whose package brings no types.
    except Exception as error:
        raise ValueError("no protobuf") from error
    if not model.graph.node:
        # An empty file reads as a model without anything.
        raise ValueError("no graph")
    return {one.key: one.value for one in model.metadata_props}


def _kind(path: Path) -> Literal["onnx", "torchscript", "pt2", "weights"]:
    suffix = path.suffix.lower()
    if suffix == ".onnx":
        return "onnx"
    if suffix in _ARCHIVES and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        if suffix == ".pt2" or any(name.endswith("/archive_format") for name in names):
            return "pt2"
        if any(name.endswith("/constants.pkl") for name in names):
            return "torchscript"
    if suffix == ".pt2":
        raise _damaged(path)
    return "weights"


def _open(path: Path, kind: str) -> nn.Module:
    if kind == "onnx":
        return OnnxModule(path)
    with warnings.catch_warnings():
        # torch.jit.load warns that TorchScript is deprecated, torch.export.load of its own insides.
        warnings.simplefilter("ignore")
        module: nn.Module
        if kind == "torchscript":
            import torchvision  # noqa: F401  # registers the layers that a file may call, such as nms

            module = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]  # torch's
            return module.eval()
        module = torch.export.load(str(path)).module()
    return module


def _culprit(path: Path, kind: Literal["torchscript", "pt2"]) -> str:
    try:
        return code_in(path, kind)
    # Members can be cut off, encrypted, or packed in ways that zipfile does not know.
    except Exception as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> UserError:
    return UserError(
        "model_file.damaged",
        f"{path.name} could not be opened.",
        "It is damaged, cut off, or no model file.",
        "Export or copy it again.",
    )
