"""Weights from files: loaded as data only, compared with the model in words."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import torch
from torch import Tensor, nn

from studio.engine.model_file_code import is_bomb
from studio.spec.errors import UserError

StateDict = dict[str, Tensor]


def load_state_dict(path: Path) -> StateDict:
    """The state dict in a ``.safetensors``, ``.pt`` or ``.pth`` file, on the CPU; code in it never runs.

    A checkpoint that wraps a state dict (keys ``model``, ``state_dict``…) is unwrapped, and the prefix
    ``module.`` of DataParallel is taken off.

    Raises:
        UserError: the file is missing, unreadable, holds code, or no state dict.
    """
    if not path.is_file():
        raise UserError("weights.missing", f"The file {path} does not exist.", "", "Choose another file.")
    loaded = _safetensors(path) if path.suffix.lower() == ".safetensors" else _pickled(path)
    for key in ("state_dict", "model_state_dict", "model", "model_ema"):
        if isinstance(loaded, dict) and isinstance(loaded.get(key), dict):
            loaded = loaded[key]
    if not isinstance(loaded, dict) or not any(isinstance(value, Tensor) for value in loaded.values()):
        raise UserError(
            "weights.no_state_dict",
            f"{path.name} holds no weights.",
            "A state dict (names and tensors) was expected.",
            "Save one by torch.save(model.state_dict(), path).",
        )
    tensors = {str(name): value for name, value in loaded.items() if isinstance(value, Tensor)}
    if all(name.startswith("module.") for name in tensors):
        tensors = {name.removeprefix("module."): value for name, value in tensors.items()}
    return tensors


def fit(model: nn.Module, state: StateDict, source: str) -> None:
    """Put weights into a model, where every name and shape agrees.

    Raises:
        UserError: they belong to another architecture; the first difference is named.
    """
    own = model.state_dict()
    # Counters of batches do not change what a model answers, and older files lack them.
    counters = {name for name in own if name.endswith("num_batches_tracked")}
    missing = [name for name in own if name not in state and name not in counters]
    surplus = [name for name in state if name not in own and not name.endswith("num_batches_tracked")]
    differing = [name for name in own if name in state and own[name].shape != state[name].shape]
    if differing or missing or surplus:
        difference = _difference(own, state, differing, missing, surplus)
        raise UserError(
            "weights.other_architecture",
            f"These weights belong to another architecture: {difference}.",
            f"They come from {source}.",
            "Choose the model that they were made for, or another file.",
        )
    model.load_state_dict({name: state.get(name, own[name]) for name in own})


def agrees_with_name(path: Path) -> bool:
    """Whether a file's SHA-256 begins with the digits in its name (``resnet50-11ad3fa6.pth``)."""
    digits = re.search(r"-([0-9a-f]{8,})\.", path.name)
    if not digits:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().startswith(digits.group(1))


def _difference(
    own: StateDict, state: StateDict, differing: list[str], missing: list[str], surplus: list[str]
) -> str:
    if differing:
        name = differing[0]
        return f"{name} is {_shape(state[name])} in the file, {_shape(own[name])} in the model"
    if missing:
        return f"{missing[0]} is in the model, not in the file"
    return f"{surplus[0]} is in the file, not in the model"


def _shape(tensor: Tensor) -> str:
    return "×".join(str(side) for side in tensor.shape) or "a number"


def _safetensors(path: Path) -> object:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from error


def _pickled(path: Path) -> object:
    if is_bomb(path):
        raise _unreadable(path, "it would unpack to far more than the file holds")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # torch.load raises half a dozen types, whose texts advise to switch the safety off.
        culprits = _code_in(path)
        if culprits:
            raise UserError(
                "weights.code",
                f"{path.name} was not opened: it can run code on your computer.",
                f"It contains {', '.join(culprits)}.",
                "Ask for the weights as .safetensors or as a plain state dict.",
            ) from error
        raise _unreadable(path, "the file is damaged, cut off, or no PyTorch file") from error


def _code_in(path: Path) -> list[str]:
    try:
        return sorted(torch.serialization.get_unsafe_globals_in_checkpoint(path))[:3]
    except Exception:  # whatever is wrong with the file is told by the caller
        return []


def _unreadable(path: Path, reason: str) -> UserError:
    return UserError(
        "weights.unreadable", f"{path.name} could not be read: {reason}.", "", "Copy or download it again."
    )
