"""Which models there are by name, known without loading any library."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from studio.resources import resource
from studio.spec.predictions import Task

BUILTIN = "builtin:efficientnet-lite0"


@dataclass(frozen=True)
class KnownModel:
    """A model that can be opened by its reference. `megabytes` is the size of the weights' file."""

    ref: str
    title: str
    task: Task
    parameters: int
    megabytes: float

    @property
    def is_built_in(self) -> bool:
        """Whether its weights are installed with the studio."""
        return self.ref.startswith("builtin:")


@cache
def known_models() -> tuple[KnownModel, ...]:
    """The built-in model first, then torchvision's by task and name.

    The list is a shipped text file, because asking torchvision means importing torch; a test compares
    the two.
    """
    models = [KnownModel(BUILTIN, "EfficientNet-Lite0, built in", "classify", 4_652_008, 18.8)]
    tasks: dict[str, Task] = {"classify": "classify", "detect": "detect", "segment": "segment"}
    text = resource("labels", "torchvision-models.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, task, parameters, _file, megabytes = (part.strip() for part in line.split("|"))
        models.append(KnownModel(f"torchvision:{name}", name, tasks[task], int(parameters), float(megabytes)))
    return tuple(models)


@cache
def classifier_names() -> tuple[str, ...]:
    """The names of torchvision's models that tell the class of an image."""
    known = (model for model in known_models() if model.task == "classify" and not model.is_built_in)
    return tuple(model.ref.partition(":")[2] for model in known)


@cache
def imagenet_labels() -> tuple[str, ...]:
    """The names of ImageNet's 1,000 classes, in the order of the logits."""
    return tuple(resource("labels", "imagenet.txt").read_text(encoding="utf-8").splitlines())


def options_without_weights(name: str, task: Task) -> tuple[dict[str, Any], str]:
    """How torchvision's ``get_model`` makes a model that weights from a file fit into.

    Returns:
        The options, without the number of classes; and the name of the option that says whether the
        model has auxiliary layers, "" where it never has. Weights that have them name them ``aux…``.
    """
    options: dict[str, Any] = {"weights": None}
    if task != "classify":
        options["weights_backbone"] = None
    if name in ("googlenet", "inception_v3"):
        # Their own initialization takes half a minute (SciPy's truncated normal) and would be overwritten.
        return {**options, "transform_input": True, "init_weights": False}, "aux_logits"
    return options, "aux_loss" if task == "segment" and not name.startswith("lraspp") else ""


def holds_model(path: Path) -> bool:
    """Whether a file holds a whole model (ONNX, TorchScript, torch.export) and not just weights.

    Only names are looked at: nothing of the file is loaded. A file that cannot be read holds none.
    """
    if path.suffix.lower() in (".onnx", ".pt2"):
        return True
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith(("/constants.pkl", "/archive_format")) for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False
