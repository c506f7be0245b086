"""A state dict, as `torch.save` writes it and `load_state_dict` reads it.

Source: https://pytorch.org/tutorials/beginner/saving_loading_models.html
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import torch

from studio.engine.exporting.safetensors_format import NOTE
from studio.engine.exporting.subject import Runner, Subject, call
from studio.engine.exporting.weights import blank_copy, check_same_weights, plain_state
from studio.engine.model_files import METADATA_FILE


def write(subject: Subject, path: Path) -> tuple[str, ...]:
    """Write the weights to `path`.

    The metadata is one more member of the archive, which `torch.load` passes over: the state dict
    itself stays a plain one.

    Returns:
        What the user should know about the file, one sentence each.
    """
    torch.save(plain_state(subject.module), path)
    with zipfile.ZipFile(path, "a") as archive:
        top = archive.namelist()[0].split("/")[0]
        archive.writestr(f"{top}/extra/{METADATA_FILE}", json.dumps(subject.metadata))
    return (NOTE,)


def load(path: Path, subject: Subject) -> Runner:
    """A blank model of the same architecture with the file's weights in it.

    Raises:
        UserError: a tensor differs from the model's.
    """
    module = blank_copy(subject.module)
    module.load_state_dict(torch.load(path, map_location="cpu", weights_only=True), strict=True)
    check_same_weights(subject.module, module)
    return lambda batch: call(module, batch, subject.task)
