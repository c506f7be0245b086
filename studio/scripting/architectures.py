"""How a script makes a model that `weights`, read from a file before, are then put into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.scripting.source import excerpt
from studio.scripting.training import model_source
from studio.spec.model_names import options_without_weights
from studio.spec.predictions import Task
from studio.spec.run import RunSpec

LITE0 = "studio.zoo.models.efficientnet_lite0:EfficientNetLite0"


@dataclass(frozen=True)
class Architecture:
    """Definitions ("" where a library has them), the lines that make `model`, and the imports of both."""

    definitions: str
    lines: tuple[str, ...]
    imports: frozenset[tuple[str, str]]


def lite0_architecture() -> Architecture:
    """The built-in model."""
    part = excerpt(LITE0)
    return Architecture(part.text, ("model = EfficientNetLite0()",), part.imports)


def run_architecture(spec: RunSpec, given: Mapping[str, Any]) -> Architecture:
    """The model of a run; `given` are the sizes that its data said to it."""
    text, expression, imports = model_source(spec, given)
    return Architecture(text, (f"model = {expression}",), frozenset(imports))


def torchvision_architecture(name: str, task: Task, classes: int) -> Architecture:
    """A model of torchvision's, with the options with which the studio makes it."""
    options, auxiliary = options_without_weights(name, task)
    arguments = [f"{key}={value!r}" for key, value in options.items()]
    arguments.append(f"num_classes={classes}")
    lines = []
    if auxiliary:
        lines.append('has_auxiliary = any("aux" in key.lower() for key in weights)')
        arguments.append(f"{auxiliary}=has_auxiliary")
    lines.append(f'model = get_model("{name}", {", ".join(arguments)})')
    return Architecture("", tuple(lines), frozenset({("torchvision.models", "get_model")}))
