"""The layers of ``torch.nn`` and the transforms of torchvision, found by reading their source files.

A layer is offered where it takes one tensor and gives one; a transform where it changes training images and
keeps their shape. Nothing is imported.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
from functools import cache
from pathlib import Path
from typing import Any

from studio.catalog.bounds import bounds
from studio.catalog.entries import Entry, Kind, Parameter
from studio.catalog.signatures import (
    Argument,
    SourceFile,
    UnreadableError,
    base_names,
    constant,
    first_sentence,
    parameter_help,
    union_parts,
    written_type,
)

_LAYER_FILES = (
    "activation",
    "batchnorm",
    "channelshuffle",
    "conv",
    "dropout",
    "flatten",
    "instancenorm",
    "linear",
    "normalization",
    "padding",
    "pixelshuffle",
    "pooling",
    "sparse",
    "upsampling",
)
_LEFT_OUT_LAYERS = {
    "SyncBatchNorm": "it is for several processes",
    "CrossMapLRN2d": "LocalResponseNorm does the same",
    "NonDynamicallyQuantizableLinear": "it is Linear",
    "FeatureAlphaDropout": "it is for volumes",
    "FractionalMaxPool2d": "its regions are drawn at random",
    "Softmax2d": "Softmax does the same",
    "UpsamplingNearest2d": "Upsample does the same",
    "UpsamplingBilinear2d": "Upsample does the same",
}

_TRANSFORM_FILES = ("_augment", "_auto_augment", "_color", "_geometry", "_misc")
_TRANSFORMS_OF_OTHER_NAMES = (
    "AugMix",
    "AutoAugment",
    "ColorJitter",
    "ElasticTransform",
    "GaussianBlur",
    "GaussianNoise",
    "RandAugment",
    "TrivialAugmentWide",
)
_LEFT_OUT_TRANSFORMS = {
    "RandomIoUCrop": "it is for boxes",
    "RandomResize": "it changes the size",
    "RandomShortestSize": "it changes the size",
    "RandomZoomOut": "it changes the size",
    "RandomChannelPermutation": "it takes colours for one another",
}

IN_SIZES = ("in_channels", "in_features", "num_features", "num_channels", "normalized_shape")
"""Arguments of layers that the shape before them says; a user may say them all the same."""

# Not for a form: where a layer lives, what changes it in place, what another optimizer would need.
_ELSEWHERE = {
    "device",
    "dtype",
    "inplace",
    "expand",
    "max_value",
    "min_value",
    "process_group",
    "recompute_scale_factor",
    "return_indices",
    "scale_grad_by_freq",
    "sparse",
}

_SAID_SIMPLY = {"fill": "float", "interpolation": "str"}
"""What may be many things, and for training images is one."""

_SIZE = re.compile(r"^_(size|ratio)_(\d|any)(_opt)?_t$")
_NUMBERS = {
    "_shape_t": ["int", "list[int]"],
    "_size": ["list[int]"],
    "Number": ["float"],
    "Sequence": ["list[float]"],
}


@cache
def layers() -> tuple[Entry, ...]:
    """The layers that a stack may have, by name; none where torch is missing."""
    folder = _folder("torch", "nn", "modules")
    if folder is None:
        return ()
    found = []
    for stem in _LAYER_FILES:
        source = SourceFile(folder / f"{stem}.py")
        for name, node in source.classes.items():
            is_public = not name.startswith(("_", "Lazy")) and not name.endswith("3d")
            if is_public and name not in _LEFT_OUT_LAYERS and _takes_one_tensor(node, source):
                found.append(_entry("layer", name, f"torch.nn:{name}", node, [source]))
    return _sorted(found)


@cache
def transforms() -> tuple[Entry, ...]:
    """The transforms that training images may go through, by name; none where torchvision is missing."""
    folder = _folder("torchvision", "transforms", "v2")
    if folder is None:
        return ()
    bases = SourceFile(folder / "_transform.py")
    found = []
    for stem in _TRANSFORM_FILES:
        source = SourceFile(folder / f"{stem}.py")
        for name, node in source.classes.items():
            is_wanted = name.startswith("Random") or name in _TRANSFORMS_OF_OTHER_NAMES
            if is_wanted and name not in _LEFT_OUT_TRANSFORMS:
                factory = f"torchvision.transforms.v2:{name}"
                found.append(_entry("transform", name, factory, node, [source, bases]))
    return _sorted(found)


def _sorted(found: list[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(found, key=lambda one: one.name.lower()))


def _folder(package: str, *inside: str) -> Path | None:
    try:
        found = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
    folder = Path(found.origin).parent.joinpath(*inside) if found and found.origin else None
    return folder if folder and folder.is_dir() else None


def _takes_one_tensor(node: ast.ClassDef, source: SourceFile) -> bool:
    forward = _inherited(node, "forward", [source])
    if forward is None:
        return False
    arguments = [one.arg for one in forward.args.args]
    # A transposed convolution may be told a size too; left out, it gives one tensor for one.
    return len(arguments) - len(forward.args.defaults) == 2 and len(arguments) <= 3 and not forward.args.vararg


def _inherited(node: ast.ClassDef, name: str, sources: list[SourceFile]) -> ast.FunctionDef | None:
    """A method of a class, or of the first of its bases that has one."""
    for one in node.body:
        if isinstance(one, ast.FunctionDef) and one.name == name:
            return one
    known = {key: value for source in sources for key, value in source.classes.items()}
    for base in base_names(node):
        found = _inherited(known[base], name, sources) if base in known else None
        if found is not None:
            return found
    return None


def _entry(kind: Kind, name: str, factory: str, node: ast.ClassDef, sources: list[SourceFile]) -> Entry:
    doc = sources[0].doc(name) or _doc_inside(node)
    helps = parameter_help(doc)
    init = _inherited(node, "__init__", sources)
    parameters = [
        _parameter(name, argument, helps.get(argument.name, ""))
        for argument in (_arguments(init) if init else [])
        if argument.annotation is not None
    ]
    return Entry(kind, name, factory, first_sentence(doc), tuple(parameters))


def _doc_inside(node: ast.ClassDef) -> str:
    """A docstring that a class puts together in its body, without what is filled into it."""
    for one in node.body:
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "__doc__":
            parts = [part for part in ast.walk(one.value) if isinstance(part, ast.Constant)]
            parts.sort(key=lambda part: (part.lineno, part.col_offset))
            return inspect.cleandoc("".join(part.value for part in parts if isinstance(part.value, str)))
    return ""


def _parameter(owner: str, argument: Argument, text: str) -> Parameter:
    limits = dict(bounds(owner, argument.name))
    if argument.choices:
        limits["choices"] = argument.choices
    annotation, required = argument.annotation or "", argument.required
    if argument.name in IN_SIZES or (owner == "Linear" and argument.name == "out_features"):
        annotation, required = f"{annotation.removesuffix(' | None')} | None", False
    return Parameter(argument.name, annotation, argument.default, required, _first(text), **limits)


def _first(text: str) -> str:
    return first_sentence(text) if text else ""


def _arguments(init: ast.FunctionDef) -> list[Argument]:
    spec = init.args
    named = [*spec.posonlyargs, *spec.args]
    defaults: list[ast.expr | None] = [None] * (len(named) - len(spec.defaults))
    pairs = [*zip(named, [*defaults, *spec.defaults], strict=True)]
    pairs += zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
    return [
        _argument(argument, default)
        for argument, default in pairs
        if argument.arg != "self" and not argument.arg.startswith("_") and argument.arg not in _ELSEWHERE
    ]


def _argument(argument: ast.arg, default: ast.expr | None) -> Argument:
    name, required = argument.arg, default is None
    try:
        value = None if default is None else constant(default, {})
        annotation, choices = _wide_type(name, argument.annotation, value)
    except UnreadableError:
        return Argument(name, None, None, required, ())
    if annotation.startswith("float") and type(value) is int:
        value = float(value)
    return Argument(name, annotation, value, required, choices)


def _wide_type(name: str, node: ast.expr | None, value: Any) -> tuple[str, tuple[Any, ...]]:
    """The type of an argument; a number or a list of numbers stay apart: ``int | list[int]``.

    Raises:
        UnreadableError: no plain value fits it.
    """
    if node is None:
        return type(value).__name__, ()
    if name in _SAID_SIMPLY:
        return _SAID_SIMPLY[name] + (" | None" if value is None else ""), ()
    types: list[str] = []
    is_optional = False
    for option in union_parts(node):
        word = getattr(option, "id", getattr(option, "attr", ""))
        size = _SIZE.match(word)
        if isinstance(option, ast.Constant) and option.value is None:
            is_optional = True
        elif size:
            base = "int" if size[1] == "size" else "float"
            types += [base, f"list[{base}]"]
        elif word in _NUMBERS:
            types += _NUMBERS[word]
        else:
            try:
                found, choices = written_type(option)
            except UnreadableError:
                continue
            if choices:
                return found, choices
            types.append(found)
    types = [one for one in types if one != "str"] or types  # ``padding="same"``: the numbers say more
    types = [one for one in types if one != "int" or "float" not in types]
    if not types:
        raise UnreadableError(ast.unparse(node))
    ordered = sorted(dict.fromkeys(types), key=lambda one: ("[" in one, one))
    return " | ".join(ordered) + (" | None" if is_optional else ""), ()


_STARTS: dict[str, dict[str, Any]] = {
    "Conv1d": {"out_channels": 16, "kernel_size": 3},
    "Conv2d": {"out_channels": 16, "kernel_size": 3, "padding": 1},
    "ConvTranspose1d": {"out_channels": 16, "kernel_size": 2, "stride": 2},
    "ConvTranspose2d": {"out_channels": 16, "kernel_size": 2, "stride": 2},
    "Linear": {"out_features": 64},
    "Embedding": {"num_embeddings": 256, "embedding_dim": 32},
    "GroupNorm": {"num_groups": 1},
    "LocalResponseNorm": {"size": 5},
    "ChannelShuffle": {"groups": 2},
    "PixelShuffle": {"upscale_factor": 2},
    "PixelUnshuffle": {"downscale_factor": 2},
    "Unflatten": {"dim": 1, "unflattened_size": [1, -1]},
    "Upsample": {"scale_factor": 2.0},
    "LPPool1d": {"norm_type": 2.0, "kernel_size": 2},
    "LPPool2d": {"norm_type": 2.0, "kernel_size": 2},
    "Threshold": {"threshold": 0.1, "value": 0.0},
    "RandomRotation": {"degrees": 10.0},
    "RandomAffine": {"degrees": 5.0, "translate": [0.1, 0.1]},
    "ColorJitter": {"brightness": 0.2, "contrast": 0.2},
    "GaussianBlur": {"kernel_size": 3},
    "RandomAdjustSharpness": {"sharpness_factor": 2.0},
    "RandomSolarize": {"threshold": 0.5},
    "RandomPosterize": {"bits": 4},
}


def starting_values(known: Entry, sample: tuple[int, ...] = ()) -> dict[str, Any]:
    """Values for what a new layer or transform has to say, so that it works as soon as it is added.

    `sample` is the shape of one sample, where it is known.
    """
    said = dict(_STARTS.get(known.name, {}))
    for parameter in known.parameters:
        if not parameter.required or parameter.name in said:
            continue
        if parameter.name == "size" and known.kind == "transform":
            said["size"] = list(sample[-2:]) or [32, 32]
        elif parameter.name == "padding":
            said["padding"] = 1
        elif parameter.base.startswith("int"):
            said[parameter.name] = 2
        elif parameter.base.startswith("float"):
            said[parameter.name] = 0.0
    return said


def starting_layers(gives: str, vocabulary: int = 256) -> list[dict[str, Any]]:
    """A small stack that takes what a data set gives; a user goes on from there."""
    first: list[dict[str, Any]]
    if gives == "image":
        first = [
            {"name": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
            {"name": "BatchNorm2d"},
            {"name": "ReLU"},
            {"name": "AdaptiveAvgPool2d", "output_size": 4},
        ]
    elif gives == "tokens":
        first = [{"name": "Embedding", "num_embeddings": vocabulary, "embedding_dim": 32}]
    else:
        flat: list[dict[str, Any]] = [{"name": "Flatten"}] if gives == "sequence" else []
        return [
            *flat,
            {"name": "Linear", "out_features": 64},
            {"name": "ReLU"},
            {"name": "Linear"},
        ]
    return [*first, {"name": "Flatten"}, {"name": "Linear"}]
