"""Layers one after another, as a specification lists them."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

FACTORY = "stack"
TAKES = ("image", "tensor", "sequence", "tokens")


def stack(in_shape: tuple[int, ...], out_features: int, layers: Sequence[dict[str, Any]]) -> nn.Sequential:
    """Layers of torch.nn one after another; what the input of a layer decides is filled in.

    Args:
        in_shape: shape of one sample; the data say it.
        out_features: numbers in one answer; the data say it, and the last linear layer gives so many.
        layers: the layers, first one first: each its name and what it is to be told.
    """
    made: list[nn.Module] = []
    shape = tuple(in_shape)
    for number, layer in enumerate(layers):
        name, told = layer["name"], {key: value for key, value in layer.items() if key != "name"}
        if name == "Linear" and number == len(layers) - 1:
            told.setdefault("out_features", out_features)
        try:
            module = getattr(nn, name)(**{**sizes(name, shape), **told})
            shape = shape_after(module, shape)
        except (RuntimeError, TypeError, ValueError) as error:
            raise ValueError(f"layer {number}, {name}, cannot take {shape}: {error}") from error
        made.append(module)
    return nn.Sequential(*made)


def sizes(name: str, shape: tuple[int, ...]) -> dict[str, Any]:
    """What the shape of its input says to a layer of that name."""
    if name == "Linear":
        return {"in_features": shape[-1]}
    if name.startswith("Conv"):
        return {"in_channels": shape[0]}
    if name.startswith(("BatchNorm", "InstanceNorm")):
        return {"num_features": shape[0]}
    if name == "GroupNorm":
        return {"num_channels": shape[0]}
    if name in ("LayerNorm", "RMSNorm"):
        return {"normalized_shape": list(shape)}
    return {"dim": 1} if "Softm" in name else {}


def shape_after(module: nn.Module, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of one sample behind a layer; nothing is computed for it."""
    dtype = torch.int64 if isinstance(module, nn.Embedding) else torch.float32
    with torch.no_grad():
        batch = copy.deepcopy(module).to("meta").eval()(torch.empty(2, *shape, dtype=dtype, device="meta"))
    return tuple(batch.shape[1:])
