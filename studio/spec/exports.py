"""An export in words: what is asked for, what came out, and how far it is from the model it came from."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from studio.spec.errors import ErrorReport, UserError
from studio.spec.events import Event
from studio.spec.model_ref import ModelRef

FormatName = Literal["onnx", "torchscript", "pt2", "safetensors", "state_dict"]
Verdict = Literal["equal", "equal within tolerance", "not equal", "failed"]

OPSETS = tuple(range(18, 27))
"""Opsets that the exporter writes itself; below 18 it converts, and may fall back to 18."""

DEFAULT_OPSET = 20

_JSON_KEYS = (
    "format",
    "path",
    "sha256",
    "bytes",
    "verdict",
    "max_abs_diff",
    "max_rel_diff",
    "top1_agreement",
    "latency_ms",
)


@dataclass(frozen=True)
class FormatInfo:
    """What a person should know about a format before choosing it.

    `engine` runs the file; it is empty where the file holds weights only and PyTorch runs them.
    """

    name: FormatName
    title: str
    suffix: str
    hint: str
    purpose: str
    engine: str = ""


FORMATS: tuple[FormatInfo, ...] = (
    FormatInfo(
        "onnx", "ONNX", ".onnx", "runs anywhere", "For other programs, phones and servers.", "ONNX Runtime"
    ),
    FormatInfo(
        "torchscript", "TorchScript", ".pt", "legacy", "For C++ programs that use libtorch.", "TorchScript"
    ),
    FormatInfo(
        "pt2",
        "torch.export",
        ".pt2",
        "PyTorch 2",
        "The graph itself, for PyTorch's own compilers.",
        "torch.export",
    ),
    FormatInfo("safetensors", "safetensors", ".safetensors", "weights only", "Safe to open: it cannot hold code."),
    FormatInfo("state_dict", "state dict", ".pth", "weights only", "What load_state_dict reads."),
)

_BY_NAME = {one.name: one for one in FORMATS}


def format_info(name: str) -> FormatInfo:
    """The format of that name.

    Raises:
        UserError: there is none; the message names the nearest.
    """
    found = _BY_NAME.get(name)  # type: ignore[call-overload]  # any text may be asked for
    if isinstance(found, FormatInfo):
        return found
    near = difflib.get_close_matches(name, [str(key) for key in _BY_NAME], n=1)
    raise UserError(
        "export.unknown_format",
        f"{name!r} is not an export format.",
        f"The formats are {', '.join(_BY_NAME)}.",
        f"Did you mean {near[0]}?" if near else "",
    )


def parse_formats(text: str) -> tuple[FormatName, ...]:
    """The formats of a comma-separated list such as ``"onnx,pt2"``, each once, in the order given.

    Raises:
        UserError: a format is unknown, or none is named.
    """
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not names:
        raise UserError(
            "export.no_format", "No export format is named.", "", "Name some, such as onnx,torchscript."
        )
    return tuple(format_info(name).name for name in names)


@dataclass(frozen=True)
class ExportRequest:
    """What to export, how, and to where.

    Args:
        model: a model reference, as a user writes it.
        formats: names of `FORMATS`.
        folder: where the files go; it is made where it is missing.
        name: of the files, without the suffix; empty: made from the model reference.
        opset: of the ONNX file.
        dynamic_batch: whether the files take any number of samples, or exactly one.
        workspace: folder of the runs; empty: the user's own.
        weights: a file of weights for the model; empty: its own.
        pretrained: whether a torchvision model comes with its published weights.
        overwrite: whether files that are there are replaced.
        measure: whether the latencies are measured.
    """

    model: str
    formats: tuple[FormatName, ...]
    folder: str
    name: str = ""
    opset: int = DEFAULT_OPSET
    dynamic_batch: bool = True
    workspace: str = ""
    weights: str = ""
    pretrained: bool = True
    overwrite: bool = False
    measure: bool = True

    @property
    def stem(self) -> str:
        """Name of the files without the suffix."""
        return self.name or file_stem(self.model)

    def target(self, name: str) -> Path:
        """Where the file of a format goes."""
        return Path(self.folder) / f"{self.stem}{format_info(name).suffix}"

    def existing(self) -> list[Path]:
        """The files that are there already and would be replaced."""
        return [path for name in self.formats if (path := self.target(name)).exists()]


def file_stem(model: str) -> str:
    """A file name for a model reference: ``run:0003-digits-cnn@best`` gives ``0003-digits-cnn``."""
    reference = ModelRef.parse(model)
    text = Path(reference.name).stem if reference.kind == "file" else reference.name
    if reference.at not in ("", "best"):
        text += f"-{reference.at}"
    return re.sub(r"[^\w.+-]+", "-", text).strip("-.") or "model"


def is_file_name(name: str) -> bool:
    """Whether files can have this name, which leads to no other folder; an empty one stands for the usual name."""
    return not name or (name == Path(name).name and "\\" not in name and name not in (".", ".."))


@dataclass(frozen=True)
class ExportedFile:
    """One exported file and its proof.

    `path`, `sha256` and `bytes` are None where no file was left: one that failed, or that is not
    equal, is never put in place. Differences are the largest over all samples and outputs,
    `max_rel_diff` relative to the model's largest output; `own_floor` is, in the same measure, how
    far the model in float32 is from itself in float64. Latencies are medians in milliseconds, for
    one sample and one thread.
    """

    format: FormatName
    verdict: Verdict
    path: str | None = None
    sha256: str | None = None
    bytes: int | None = None
    max_abs_diff: float | None = None
    max_rel_diff: float | None = None
    top1_agreement: float | None = None
    latency_ms: float | None = None
    error: ErrorReport | None = None
    batch_sizes: tuple[int, ...] = ()
    real_samples: int = 0
    made_samples: int = 0
    own_floor: float | None = None
    eager_latency_ms: float | None = None
    opset: int | None = None
    inside: str = ""
    model: str = ""
    input_shape: tuple[int, ...] = ()
    input_dtype: str = "float32"
    notes: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether the file is in place and proven."""
        return self.verdict in ("equal", "equal within tolerance")

    @property
    def speed(self) -> float | None:
        """How many times as fast as the model itself, None where it was not measured."""
        if not self.latency_ms or not self.eager_latency_ms:
            return None
        return self.eager_latency_ms / self.latency_ms

    def as_json(self) -> dict[str, Any]:
        """The keys that ``export --json`` promises, and no others."""
        values: dict[str, Any] = {key: getattr(self, key) for key in _JSON_KEYS}
        return {**values, "error": self.error.as_json() if self.error else None}


@dataclass(frozen=True)
class Exported(Event):
    """A file is there and proven, or has failed; a later one of the same format replaces it."""

    file: ExportedFile


def merged_files(files: Iterable[ExportedFile]) -> list[ExportedFile]:
    """The files with later ones of a format in the place of earlier ones."""
    return list({file.format: file for file in files}.values())
