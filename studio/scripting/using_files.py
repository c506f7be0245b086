"""How to use an exported file: a few lines of plain Python that run without the studio."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from studio.scripting.architectures import (
    Architecture,
    lite0_architecture,
    run_architecture,
    torchvision_architecture,
)
from studio.scripting.source import import_lines
from studio.spec.errors import UserError
from studio.spec.exports import ExportedFile
from studio.spec.model_names import BUILTIN, known_models
from studio.spec.model_ref import ModelRef
from studio.spec.run import parse_tables, parse_toml


def usage_script(file: ExportedFile) -> str:
    """Lines that open an exported file, feed it one sample and hold its answer in ``y``.

    They are run from the folder of the file. Of a file of weights whose model is not known, they
    only read the weights.
    """
    name = Path(file.path or "").name
    shape = ", ".join(str(size) for size in (1, *file.input_shape))
    if file.format == "onnx":
        return (
            "import numpy as np\n"
            "import onnxruntime as ort\n\n"
            f"session = ort.InferenceSession(\n    {name!r})\n"
            f"shape = ({shape})\n"
            f"x = np.zeros(shape, np.{file.input_dtype})\n"
            'inputs = {"input": x}\n'
            "y = session.run(None, inputs)[0]\n"
        )
    kind = "" if file.input_dtype == "float32" else f", dtype=torch.{file.input_dtype}"
    asked = f"x = torch.zeros({shape}{kind})\nwith torch.no_grad():\n    y = model(x)\n"
    if file.format == "safetensors":
        reader = ("safetensors.torch", "load_file")
        return _with_weights(file, f"weights = load_file(\n    {name!r})", reader, asked)
    if file.format == "state_dict":
        read = f"weights = torch.load(\n    {name!r},\n    weights_only=True)"
        return _with_weights(file, read, ("torch", ""), asked)
    opener = (
        f"model = torch.jit.load(\n    {name!r})\n"
        if file.format == "torchscript"
        else f"model = torch.export.load(\n    {name!r}).module()\n"
    )
    return f"import torch\n\n{opener}{asked}"


def _with_weights(file: ExportedFile, read: str, reader: tuple[str, str], asked: str) -> str:
    """The script for a file that holds no model: the model is made here."""
    model = _architecture(file)
    if model is None:
        head = "\n".join(import_lines({reader}))
        return f"{head}\n\n{read}\n# For a model of the same architecture:\n# model.load_state_dict(weights)\n"
    head = "\n".join(import_lines({reader, ("torch", ""), *model.imports}))
    body = [read, *model.lines, "model.load_state_dict(weights)", "model.eval()", asked]
    definitions = f"\n\n{model.definitions}\n\n" if model.definitions else ""
    return f"{head}\n{definitions}\n" + "\n".join(body)


def _architecture(file: ExportedFile) -> Architecture | None:
    """The model that a file of weights was made from; None where that is not known."""
    reference = ModelRef.parse(file.model)
    said = _said(Path(file.path or ""))
    try:
        if str(reference) == BUILTIN:
            return lite0_architecture()
        if reference.kind == "torchvision":
            tasks = {known.ref: known.task for known in known_models()}
            classes = len(json.loads(said["studio.labels"]))
            return torchvision_architecture(reference.name, tasks[str(reference)], classes)
        return run_architecture(
            parse_tables(parse_toml(said["studio.spec"])), json.loads(said.get("studio.given", "{}"))
        )
    except (KeyError, TypeError, ValueError, UserError):
        return None


def _said(path: Path) -> dict[str, str]:
    """What an exported file of weights says about itself; empty where it says nothing."""
    try:
        if path.suffix == ".safetensors":
            with path.open("rb") as stream:
                size = int.from_bytes(stream.read(8), "little")
                found = json.loads(stream.read(size))["__metadata__"]
        else:
            with zipfile.ZipFile(path) as archive:
                member = next(name for name in archive.namelist() if name.endswith("/extra/studio.json"))
                found = json.loads(archive.read(member))
    except (OSError, ValueError, KeyError, StopIteration, zipfile.BadZipFile):
        return {}
    return found if isinstance(found, dict) else {}
