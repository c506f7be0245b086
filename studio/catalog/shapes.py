"""What shape comes out of each layer of a stack, and how many numbers it learns; known without torch.

The rules are those of the documentation of ``torch.nn``. They fill in what a layer's input decides, so that a
script can say it, and name the layer that cannot take what comes to it before anything is built.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """One layer with all that it has to be told, the shape of one sample behind it, and what it learns."""

    name: str
    values: dict[str, Any]
    shape: Shape
    parameters: int = 0


@dataclass(frozen=True)
class Layout:
    """The layers of a stack as far as they fit; `mistake` is the number of the first that does not, and why."""

    layers: tuple[Layer, ...]
    mistake: tuple[int, str] | None = None


class _MisfitError(Exception):
    """A layer cannot take what comes to it."""


def lay_out(
    layers: Sequence[Mapping[str, Any]],
    in_shape: Shape,
    out_features: int,
    *,
    is_tokens: bool = False,
    whole: bool = True,
) -> Layout:
    """Follow one sample of `in_shape` through the layers to `out_features` numbers.

    The last layer, if it is linear and does not say how many numbers it gives, gives `out_features`. Where these
    are not the `whole` stack, they may end in any shape.
    """
    done: list[Layer] = []
    shape = tuple(in_shape)
    if not layers:
        return Layout((), (0, "A stack needs a layer: add Flatten and Linear, for example."))
    for index, said in enumerate(layers):
        values = {key: value for key, value in said.items() if key != "name"}
        if whole and index == len(layers) - 1 and said["name"] == "Linear":
            values.setdefault("out_features", out_features)
        try:
            if is_tokens and said["name"] != "Embedding":
                raise _MisfitError("tokens are numbers of words: begin with Embedding")
            layer = _follow(str(said["name"]), values, shape)
        except _MisfitError as error:
            return Layout(tuple(done), (index, f"{said['name']} {error}."))
        done.append(layer)
        shape, is_tokens = layer.shape, False
    if whole and shape != (out_features,):
        return Layout(tuple(done), (len(layers) - 1, _wrong_end(shape, out_features)))
    return Layout(tuple(done))


def text_of_shape(shape: Shape) -> str:
    """A shape as people write it: ``16×8×8``."""
    return "×".join(map(str, shape))


def _wrong_end(shape: Shape, wanted: int) -> str:
    needed = f"{wanted} {'is' if wanted == 1 else 'are'} wanted"
    given = f"The last layer gives {text_of_shape(shape)} numbers"
    return f"{given}, and {needed}: {'put Flatten before it' if len(shape) > 1 else 'end with Linear'}."


def _follow(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    if not shape:
        raise _MisfitError("gets a single number without a shape")
    rule = _RULES.get(name)
    if rule is None:
        return Layer(name, values, shape)  # element by element
    return rule(name, values, shape)


def _sized(name: str, values: dict[str, Any], shape: Shape) -> int:
    """How many sides a layer looks at: 1 for ``Conv1d``; its input has channels before them."""
    sides = int(name[-2])
    if len(shape) != sides + 1:
        wanted = {1: "channels and a length", 2: "channels, height and width"}[sides]
        raise _MisfitError(f"expects {wanted}, it gets {text_of_shape(shape)}")
    return sides


def _each(value: Any, sides: int, what: str) -> Shape:
    if isinstance(value, list | tuple):
        if len(value) != sides:
            raise _MisfitError(f"takes {sides} number{'s' if sides > 1 else ''} as {what}, not {len(value)}")
        return tuple(value)
    return (value,) * sides


def _filled(values: dict[str, Any], key: str, found: Any, first: bool = True) -> dict[str, Any]:
    """`values` with a size that the input says; one that was said otherwise does not fit."""
    said = values.get(key)
    if said is not None and said != found:
        what = {"in_features": "numbers", "normalized_shape": "numbers"}.get(key, "channels")
        shown = text_of_shape(tuple(said)) if isinstance(said, list | tuple) else said
        got = text_of_shape(tuple(found)) if isinstance(found, list | tuple) else found
        raise _MisfitError(f"expects {shown} {what}, it gets {got}: leave {key} out, and it is filled in")
    rest = {one: value for one, value in values.items() if one != key}
    return {key: found, **rest} if first else {**rest, key: found}


def _conv(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    sides = _sized(name, values, shape)
    values = _filled(values, "in_channels", shape[0])
    groups, out = values.get("groups", 1), values["out_channels"]
    for key, channels in (("in_channels", shape[0]), ("out_channels", out)):
        if channels % groups:
            raise _MisfitError(f"cannot part {channels} {key.replace('_', ' ')} into {groups} groups")
    kernel = _each(values["kernel_size"], sides, "kernel size")
    padding = _each(values.get("padding", 0), sides, "padding")
    if values.get("padding_mode") in ("reflect", "circular"):
        limits = [side - (values["padding_mode"] == "reflect") for side in shape[1:]]
        if any(pad > limit for pad, limit in zip(padding, limits, strict=True)):
            raise _MisfitError(f"cannot pad {text_of_shape(shape[1:])} by that much in the mode that is chosen")
    after = _windows(values, shape[1:], kernel, padding, whole=False)
    learnt = out * (shape[0] // groups) * math.prod(kernel) + out * values.get("bias", True)
    return Layer(name, values, (out, *after), learnt)


def _transposed(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    sides = _sized(name, values, shape)
    values = _filled(values, "in_channels", shape[0])
    groups, out = values.get("groups", 1), values["out_channels"]
    if shape[0] % groups or out % groups:
        raise _MisfitError(f"cannot part {shape[0]} channels into {groups} groups")
    if values.get("padding_mode", "zeros") != "zeros":
        raise _MisfitError("pads with zeros only")
    kernel = _each(values["kernel_size"], sides, "kernel size")
    stride, dilation = (
        _each(values.get("stride", 1), sides, "stride"),
        _each(values.get("dilation", 1), sides, "dilation"),
    )
    padding, more = (
        _each(values.get("padding", 0), sides, "padding"),
        _each(values.get("output_padding", 0), sides, "output padding"),
    )
    if any(one >= max(step, wide) for one, step, wide in zip(more, stride, dilation, strict=True)):
        raise _MisfitError("needs an output padding below its stride")
    after = tuple(
        (shape[1 + side] - 1) * stride[side]
        - 2 * padding[side]
        + dilation[side] * (kernel[side] - 1)
        + more[side]
        + 1
        for side in range(sides)
    )
    if min(after) < 1:
        raise _MisfitError(f"leaves nothing of {text_of_shape(shape[1:])}")
    learnt = shape[0] * (out // groups) * math.prod(kernel) + out * values.get("bias", True)
    return Layer(name, values, (out, *after), learnt)


def _pool(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    sides = _sized(name, values, shape)
    kernel = _each(values["kernel_size"], sides, "kernel size")
    padding = _each(values.get("padding", 0), sides, "padding")
    if any(2 * pad > size for pad, size in zip(padding, kernel, strict=True)):
        raise _MisfitError("needs a padding of at most half its kernel")
    with_stride = {**values, "stride": values.get("stride") or values["kernel_size"]}
    after = _windows(with_stride, shape[1:], kernel, padding, whole=values.get("ceil_mode", False))
    return Layer(name, values, (shape[0], *after))


def _windows(values: Mapping[str, Any], sizes: Shape, kernel: Shape, padding: Shape, *, whole: bool) -> Shape:
    """How many places a sliding window has, in each direction."""
    sides = len(sizes)
    stride = _each(values.get("stride", 1), sides, "stride")
    dilation = _each(values.get("dilation", 1), sides, "dilation")
    after = []
    for size, wide, pad, step, apart in zip(sizes, kernel, padding, stride, dilation, strict=True):
        room = size + 2 * pad - apart * (wide - 1) - 1
        if room < 0:
            span = apart * (wide - 1) + 1
            raise _MisfitError(f"looks at {span} places at once, it gets {text_of_shape(sizes)}")
        count = (-(-room // step) if whole else room // step) + 1
        if whole and (count - 1) * step >= size + pad:
            count -= 1  # a window has to begin inside the input
        after.append(count)
    return tuple(after)


def _adaptive(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    sides = _sized(name, values, shape)
    return Layer(name, values, (shape[0], *_each(values["output_size"], sides, "output size")))


def _linear(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    values = _filled(values, "in_features", shape[-1])
    if values.get("out_features") is None:
        raise _MisfitError("has to say out_features; only the last layer may leave it to the data")
    out = values["out_features"]
    ordered = {"in_features": shape[-1], "out_features": out, **values}
    return Layer(name, ordered, (*shape[:-1], out), (shape[-1] + values.get("bias", True)) * out)


def _embedding(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    size = values["embedding_dim"]
    return Layer(name, values, (*shape, size), values["num_embeddings"] * size)


def _norm(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    """Batch and instance norm, over the channels."""
    is_one = name.endswith("1d")
    allowed = (1, 2) if name == "BatchNorm1d" else (2,) if is_one else (3,)
    if len(shape) not in allowed:
        wanted = "channels and perhaps a length" if is_one else "channels, height and width"
        raise _MisfitError(f"expects {wanted}, it gets {text_of_shape(shape)}")
    if name.startswith("Instance") and math.prod(shape[1:]) == 1:
        raise _MisfitError("expects more than one place in each channel")
    values = _filled(values, "num_features", shape[0])
    affine = values.get("affine", name.startswith("Batch"))
    return Layer(name, values, shape, shape[0] * (1 + values.get("bias", True)) * affine)


def _layer_norm(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    said = values.get("normalized_shape")
    found: Any = list(shape) if said is None else [said] if isinstance(said, int) else list(said)
    if list(shape[-len(found) :]) != found:
        raise _MisfitError(f"expects {text_of_shape(tuple(found))} numbers, it gets {text_of_shape(shape)}")
    values = {"normalized_shape": found, **{key: one for key, one in values.items() if key != "normalized_shape"}}
    has_bias = name == "LayerNorm" and values.get("bias", True)
    return Layer(name, values, shape, math.prod(found) * (1 + has_bias) * values.get("elementwise_affine", True))


def _group_norm(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    if shape[0] % values["num_groups"]:
        raise _MisfitError(f"cannot part {shape[0]} channels into {values['num_groups']} groups")
    rest = {key: value for key, value in values.items() if key != "num_groups"}
    values = {"num_groups": values["num_groups"], **_filled(rest, "num_channels", shape[0])}
    return Layer(name, values, shape, shape[0] * (1 + values.get("bias", True)) * values.get("affine", True))


def _prelu(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    count = values.get("num_parameters", 1)
    if count not in (1, shape[0]):
        raise _MisfitError(f"has {count} slopes, it gets {shape[0]} channels")
    return Layer(name, values, shape, count)


def _axis(dim: int, shape: Shape) -> int:
    """The axis of a sample that a dimension of a batch means."""
    axis = dim - 1 if dim >= 0 else dim + len(shape)
    if not 0 <= axis < len(shape):
        raise _MisfitError(f"has no dimension {dim} in samples of {text_of_shape(shape)} to work along")
    return axis


def _flatten(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    first, last = _axis(values.get("start_dim", 1), shape), _axis(values.get("end_dim", -1), shape)
    if first > last:
        raise _MisfitError("starts behind its end")
    return Layer(name, values, (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


def _unflatten(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    axis, wanted = _axis(values["dim"], shape), [int(size) for size in values["unflattened_size"]]
    open_places = wanted.count(-1)
    known = math.prod(size for size in wanted if size != -1)
    if open_places > 1 or known < 1 or shape[axis] % known or (not open_places and known != shape[axis]):
        raise _MisfitError(f"cannot part {shape[axis]} into {text_of_shape(tuple(wanted))}")
    sizes = tuple(shape[axis] // known if size == -1 else size for size in wanted)
    return Layer(name, values, (*shape[:axis], *sizes, *shape[axis + 1 :]))


def _glu(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    axis = _axis(values.get("dim", -1), shape)
    if shape[axis] % 2:
        raise _MisfitError(f"halves what it gets, and {shape[axis]} is odd")
    return Layer(name, values, (*shape[:axis], shape[axis] // 2, *shape[axis + 1 :]))


def _softmax(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    values = {**values, "dim": 1 if values.get("dim") is None else values["dim"]}
    _axis(values["dim"], shape)
    return Layer(name, values, shape)


def _pad(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    sides = _sized(name, values, shape)
    pads = _each(values["padding"], 2 * sides, "padding")
    after = list(shape)
    for side in range(sides):
        before, behind = pads[2 * side], pads[2 * side + 1]
        size = shape[-1 - side]
        limit = size - 1 if name.startswith("Reflection") else size if name.startswith("Circular") else math.inf
        if max(before, behind) > limit:
            raise _MisfitError(f"cannot pad {size} by {max(before, behind)}")
        after[-1 - side] = size + before + behind
    return Layer(name, values, tuple(after))


def _same(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    """Layers that want channels, and leave the shape as it is."""
    if name[-1] == "d":
        _sized(name, values, shape)
    elif len(shape) < 2:
        raise _MisfitError(f"expects channels and a length, it gets {text_of_shape(shape)}")
    groups = values.get("groups", 1)
    if shape[0] % groups:
        raise _MisfitError(f"cannot part {shape[0]} channels into {groups} groups")
    return Layer(name, values, shape)


def _shuffle(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    factor = values.get("upscale_factor") or values["downscale_factor"]
    if len(shape) != 3:
        raise _MisfitError(f"expects channels, height and width, it gets {text_of_shape(shape)}")
    channels, high, wide = shape
    if name == "PixelShuffle":
        if channels % factor**2:
            raise _MisfitError(f"expects a multiple of {factor**2} channels, it gets {channels}")
        return Layer(name, values, (channels // factor**2, high * factor, wide * factor))
    if high % factor or wide % factor:
        raise _MisfitError(f"expects sides that {factor} divides, it gets {high}×{wide}")
    return Layer(name, values, (channels * factor**2, high // factor, wide // factor))


def _upsample(name: str, values: dict[str, Any], shape: Shape) -> Layer:
    sides, mode = len(shape) - 1, values.get("mode", "nearest")
    wanted = {"linear": (1,), "bilinear": (2,), "bicubic": (2,)}.get(mode, (1, 2))
    if sides not in wanted:
        raise _MisfitError(f"cannot do {mode} on {text_of_shape(shape)}")
    size, factor = values.get("size"), values.get("scale_factor")
    if (size is None) == (factor is None):
        raise _MisfitError("needs either a size or a scale factor")
    if values.get("align_corners") is not None and mode.startswith("nearest"):
        raise _MisfitError(f"has no corners to align in mode {mode}")
    if size is not None:
        return Layer(name, values, (shape[0], *_each(size, sides, "size")))
    after = tuple(int(one * scale) for one, scale in zip(shape[1:], _each(factor, sides, "scale"), strict=True))
    if min(after) < 1:
        raise _MisfitError(f"leaves nothing of {text_of_shape(shape[1:])}")
    return Layer(name, values, (shape[0], *after))


_Rule = Callable[[str, dict[str, Any], Shape], Layer]
_BY_RULE: tuple[tuple[_Rule, tuple[str, ...]], ...] = (
    (_conv, ("Conv1d", "Conv2d")),
    (_transposed, ("ConvTranspose1d", "ConvTranspose2d")),
    (_pool, ("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d", "LPPool1d", "LPPool2d")),
    (_adaptive, ("AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d")),
    (_linear, ("Linear",)),
    (_embedding, ("Embedding",)),
    (_norm, ("BatchNorm1d", "BatchNorm2d", "InstanceNorm1d", "InstanceNorm2d")),
    (_layer_norm, ("LayerNorm", "RMSNorm")),
    (_group_norm, ("GroupNorm",)),
    (_prelu, ("PReLU",)),
    (_flatten, ("Flatten",)),
    (_unflatten, ("Unflatten",)),
    (_glu, ("GLU",)),
    (_softmax, ("Softmax", "Softmin", "LogSoftmax")),
    (
        _pad,
        tuple(
            f"{kind}Pad{sides}d"
            for kind in ("Zero", "Constant", "Reflection", "Replication", "Circular")
            for sides in (1, 2)
        ),
    ),
    (_same, ("Dropout1d", "Dropout2d", "LocalResponseNorm", "ChannelShuffle")),
    (_shuffle, ("PixelShuffle", "PixelUnshuffle")),
    (_upsample, ("Upsample",)),
)
_RULES: dict[str, _Rule] = {name: rule for rule, names in _BY_RULE for name in names}
