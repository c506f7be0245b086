"""torchvision's models with the weights that its ``Weights`` enum names."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from studio.engine import download, weights
from studio.spec.errors import UserError
from studio.spec.model_input import InputSpec
from studio.spec.model_names import known_models, options_without_weights
from studio.spec.predictions import Task
from studio.spec.run import nearest


@dataclass(frozen=True)
class TorchvisionModel:
    """A torchvision model in eval mode with all that is needed to use it."""

    module: nn.Module
    input: InputSpec
    labels: tuple[str, ...]
    task: Task
    source: str


def build(
    name: str,
    *,
    file: Path | None = None,
    pretrained: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> TorchvisionModel:
    """A model by torchvision's name, with its default weights, those of `file`, or random ones.

    Random weights are the same ones each time.

    Raises:
        UserError: the name is unknown, the weights cannot be had, or are another architecture's.
    """
    task = _task(name)
    from torchvision.models import get_model, get_model_weights  # takes two seconds

    published = get_model_weights(name).DEFAULT
    labels = tuple(published.meta["categories"])
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    if file is not None and not _is_published(file, published.url):
        state = weights.load_state_dict(file)
        with_auxiliary = any("aux" in key.lower() for key in state)
        module = _bare(name, task, len(labels), with_auxiliary=with_auxiliary)
        classes = len(labels) if task == "detect" else _classes_in(state, module, len(labels))
        if classes != len(labels):
            module = _bare(name, task, classes, with_auxiliary=with_auxiliary)
        weights.fit(module, state, file.name)
        if classes != len(labels):
            labels = tuple(f"class {index}" for index in range(classes))
        source = f"torchvision, weights of {file.name}"
    elif file is not None or pretrained:
        if file is not None and not (folder / file.name).exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, folder / file.name)
        download.cached(published.url, folder, progress)
        module = get_model(name, weights=published, progress=False)
        source = f"torchvision, weights {published.name}"
    else:
        module = _bare(name, task, len(labels), with_auxiliary=False)
        source = "torchvision, random weights"
    return TorchvisionModel(module.eval(), _input_of(published.transforms(), task), labels, task, source)


def _task(name: str) -> Task:
    tasks = {model.ref.partition(":")[2]: model.task for model in known_models() if not model.is_built_in}
    if name not in tasks:
        raise UserError(
            "model.unknown",
            f"torchvision has no model named {name!r} that answers about images.",
            "",
            nearest(name, list(tasks)) if len(name) > 1 else "`pytorch-studio models` lists them.",
        )
    return tasks[name]


def _is_published(file: Path, url: str) -> bool:
    return file.is_file() and file.name == url.rsplit("/", 1)[-1] and weights.agrees_with_name(file)


def _bare(name: str, task: Task, classes: int, *, with_auxiliary: bool) -> nn.Module:
    from torchvision.models import get_model

    options, auxiliary = options_without_weights(name, task)
    if auxiliary:
        options[auxiliary] = with_auxiliary
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        torch.manual_seed(0)
        # torchvision tells that it will change the default of an option that is given here.
        warnings.filterwarnings("ignore", category=FutureWarning, module="torchvision")
        module: nn.Module = get_model(name, num_classes=classes, **options)
    return module


def _classes_in(state: weights.StateDict, module: nn.Module, otherwise: int) -> int:
    """The number of classes that weights were made for: the length of the last layer's bias."""
    last = [name for name, _ in module.named_parameters() if name.endswith("bias") and "aux" not in name.lower()][
        -1
    ]
    return len(state[last]) if last in state and state[last].ndim else otherwise


def _input_of(transforms: Any, task: Task) -> InputSpec:
    """The input of a model from the transforms that its weights name.

    A detector scales and normalizes by itself; detectors and segmenters take any size, and the shape
    here is a usual one.
    """
    if task == "detect":
        return InputSpec(kind="image", shape=(3, 480, 640))
    interpolation: Literal["bilinear", "bicubic"] = (
        "bicubic" if "bicubic" in str(transforms.interpolation).lower() else "bilinear"
    )
    resize = transforms.resize_size[0]
    side = transforms.crop_size[0] if task == "classify" else resize
    return InputSpec(
        kind="image",
        shape=(3, side, side),
        resize=resize,
        interpolation=interpolation,
        mean=tuple(transforms.mean),
        std=tuple(transforms.std),
    )
