"""From a specification to the objects of torch: data, model, loss, optimizer, schedule."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from studio.catalog.given import expression, said_by
from studio.catalog.options import PER_GROUP, groups_of, learning_rate
from studio.catalog.shelf import RUN_DEFAULTS, entry, scheduler_defaults
from studio.engine.parameter_groups import grouped
from studio.spec.errors import UserError
from studio.spec.job import resolve
from studio.spec.model_input import InputSpec
from studio.spec.run import Ingredient, RunSpec
from studio.spec.tasks import TASKS
from studio.zoo.files.errors import DataError

_FIRST = 256
"""Samples that are taken of those that lie in files."""
_NOISES = 64

DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "mixed-bfloat16": torch.float32,
    "mixed-float16": torch.float32,
}
"""The type of weights and inputs for each precision."""


@dataclass(frozen=True)
class Samples:
    """The tensors of a data set. Inputs are (N, …); targets are (N,) classes or (N, F) numbers.

    `given` are the sizes that the data say to a model.
    """

    train_x: Tensor
    train_y: Tensor
    test_x: Tensor
    test_y: Tensor
    input: InputSpec
    labels: tuple[str, ...]
    given: Mapping[str, Any]
    seen: Tensor | None = None
    """The test inputs as the data set gave them, where `test_x` is what a part of the model made of them."""

    def shown(self, index: int) -> Tensor:
        """A test input as a person sees it."""
        return (self.test_x if self.seen is None else self.seen)[index]

    def to(self, device: torch.device, dtype: torch.dtype) -> Samples:
        """The same samples on a device; what is not an index of a class is converted to `dtype`."""

        def moved(tensor: Tensor) -> Tensor:
            return tensor.to(device, dtype) if tensor.is_floating_point() else tensor.to(device)

        return replace(
            self,
            train_x=moved(self.train_x),
            train_y=moved(self.train_y),
            test_x=moved(self.test_x),
            test_y=moved(self.test_y),
        )


def describe_data(spec: RunSpec) -> tuple[InputSpec, tuple[str, ...]]:
    """What one sample of the data looks like, and the names of what is to be told.

    A data set that is always the same says it in constants; another has a function ``describe`` that takes its
    parameters.
    """
    known = entry("dataset", spec.data.name)
    module = importlib.import_module(known.factory.partition(":")[0])
    if hasattr(module, "describe"):
        described: tuple[InputSpec, tuple[str, ...]] = module.describe(**_task(spec), **spec.data.parameters)
        return described
    return module.INPUT, module.LABELS


def sizes_of(spec: RunSpec, train_x: Tensor, train_y: Tensor, test_y: Tensor) -> dict[str, Any]:
    """What the data say to the model that the specification names."""
    known = said_by(entry("dataset", spec.data.name))
    names = {"torch": torch, "train_x": train_x, "train_y": train_y, "test_y": test_y}
    by_class = TASKS[spec.task].told_by_class
    # The very expression that stands in the script of the run.
    return {
        name: known[name] if name in known else eval(expression(name, by_class=by_class), names)
        for name in entry("model", spec.model.name).supplied
    }


def load_samples(spec: RunSpec) -> Samples:
    """The data of a specification, on the CPU.

    Raises:
        UserError: the data cannot be made with these parameters, such as a test share that is too small.
    """
    try:
        train_x, train_y, test_x, test_y = _make("dataset", spec.data, **_task(spec))
        sample, labels = describe_data(spec)
    except DataError as error:
        raise said(error) from error
    except ValueError as error:
        raise UserError(
            "data.bad", f"The data set `{spec.data.name}` cannot be made like this.", f"{error}."
        ) from error
    if not sample.shape:
        sample = sample.model_copy(update={"shape": tuple(train_x.shape[1:])})
    return Samples(train_x, train_y, test_x, test_y, sample, labels, sizes_of(spec, train_x, train_y, test_y))


def said(error: DataError) -> UserError:
    """What a data set says of a user's files, as an error of the studio."""
    return UserError(error.name, error.what, error.why, error.remedy)


def _task(spec: RunSpec) -> dict[str, str]:
    """The task, for a data set that gives other targets for another task."""
    return {"task": spec.task} if "task" in entry("dataset", spec.data.name).supplied else {}


def held_out(spec: RunSpec) -> tuple[Tensor, Tensor]:
    """Test inputs and targets: real samples that the model did not learn from; the first ones of very many."""
    samples = load_samples(spec).to(torch.device("cpu"), DTYPES[spec.training.precision])
    if isinstance(samples.test_x, Tensor):
        return samples.test_x, samples.test_y
    return samples.test_x[:_FIRST], samples.test_y[:_FIRST]


def input_of(model: nn.Module, samples: Samples) -> InputSpec:
    """What a model takes: a sample of the data, or as much noise as it says where it makes samples itself."""
    shape: tuple[int, ...] | None = getattr(model, "noise_shape", None)
    return samples.input if shape is None else InputSpec(kind="tensor", shape=shape)


def inputs_for(model: nn.Module, spec: RunSpec) -> Tensor:
    """Real inputs (N, …) of a model: test samples, or noise where it makes samples itself."""
    shape: tuple[int, ...] | None = getattr(model, "noise_shape", None)
    if shape is None:
        return held_out(spec)[0]
    drawn = torch.randn(_NOISES, *shape, generator=torch.Generator().manual_seed(0))
    return drawn.to(DTYPES[spec.training.precision])


def build_model(spec: RunSpec, given: Mapping[str, Any] | None = None) -> nn.Module:
    """The model of a specification with fresh weights, drawn from torch's global random numbers.

    Args:
        spec: the specification.
        given: what the data say to the model; None asks the data set, which is read where it does not always
            have the same sizes.

    Raises:
        UserError: ``model.bad``: the model cannot be made with these values for these data.
    """
    supplied = entry("model", spec.model.name).supplied
    if given is None:
        known = said_by(entry("dataset", spec.data.name))
        given = known if set(supplied) <= known.keys() else load_samples(spec).given
    # Read from a file, a shape is a list.
    arguments = {name: tuple(given[name]) if isinstance(given[name], list) else given[name] for name in supplied}
    try:
        model: nn.Module = _make("model", spec.model, **arguments)
    except (ValueError, TypeError, RuntimeError) as error:
        raise UserError(
            "model.bad", f"The model `{spec.model.name}` cannot be made like this.", f"{error}."
        ) from error
    return model.to(DTYPES[spec.training.precision])


def embeds_once(spec: RunSpec) -> bool:
    """Whether a part of the model does not learn and always gets the same samples: it answers them once."""
    learns_not = entry("model", spec.model.name).embeds
    return bool(learns_not) and not spec.augment and bool(spec.model.parameters.get(learns_not, True))


def embedded(spec: RunSpec, model: nn.Module, samples: Samples) -> Samples:
    """The samples as that part of the model sees them, where there is one; the model takes them like that too."""
    if not embeds_once(spec):
        return samples
    embed: Any = model.embed
    return replace(samples, train_x=embed(samples.train_x), test_x=embed(samples.test_x), seen=samples.test_x)


def build_loss(spec: RunSpec, samples: Samples | None = None) -> nn.Module:
    """The loss of a specification; of the `samples`, where classes are weighted by how rare they are."""
    weights: dict[str, Any] = {}
    if samples is not None and spec.training.class_weights == "balanced":
        weights = {"weight": balanced_weights(spec, samples)}
    loss: nn.Module = _make("loss", spec.loss, **weights)
    return loss


def balanced_weights(spec: RunSpec, samples: Samples) -> Tensor:
    """The weights of the classes (C,): 1 for a class as frequent as the mean, 2 for one half as frequent."""
    known = said_by(entry("dataset", spec.data.name)).get("out_features")
    classes = known or int(torch.cat([samples.train_y, samples.test_y]).max()) + 1
    counts = torch.bincount(samples.train_y.flatten(), minlength=classes)
    weights = samples.train_y.numel() / (len(counts) * counts.clamp(min=1))
    return weights.to(DTYPES[spec.training.precision])


def build_optimizer(spec: RunSpec, model: nn.Module) -> Optimizer:
    """The optimizer of a specification over all parameters of a model, in the groups that it says.

    Raises:
        UserError: torch refuses this combination of values, or a group fits no parameter.
    """
    groups = groups_of(spec)
    parameters = grouped(model, groups) if groups else model.parameters()
    try:
        optimizer: Optimizer = _make("optimizer", spec.optimizer, params=parameters)
    except (ValueError, RuntimeError) as error:
        raise UserError(
            "optimizer.bad", f"The optimizer {spec.optimizer.name} refuses its values.", f"{error}."
        ) from error
    return optimizer


def build_scheduler(spec: RunSpec, optimizer: Optimizer, steps: int) -> LRScheduler | None:
    """The learning rate's schedule over `steps` steps in all, None where the specification has none.

    Raises:
        UserError: torch refuses this combination of values.
    """
    if spec.scheduler is None:
        return None
    name = spec.scheduler.name
    known = entry("scheduler", name)
    from_run = {"learning_rate": learning_rate(spec), "epochs": spec.training.epochs}
    arguments: dict[str, Any] = {
        parameter: from_run[quantity]
        for (owner, parameter), quantity in RUN_DEFAULTS.items()
        if owner == name and parameter not in spec.scheduler.parameters
    }
    for parameter, value in scheduler_defaults(name, spec.optimizer.name).items():
        if parameter not in spec.scheduler.parameters:
            arguments[parameter] = value
    if "total_steps" in known.supplied:
        arguments["total_steps"] = steps
    if spec.training.groups:
        arguments |= _rates_of_groups(spec, optimizer, {**arguments, **spec.scheduler.parameters})
    try:
        scheduler: LRScheduler = _make("scheduler", spec.scheduler, optimizer=optimizer, **arguments)
    except (ValueError, TypeError, KeyError) as error:
        raise UserError("scheduler.bad", f"The schedule {name} refuses its values.", f"{error}.") from error
    return scheduler


def _rates_of_groups(spec: RunSpec, optimizer: Optimizer, values: Mapping[str, Any]) -> dict[str, list[float]]:
    """The learning rates among a schedule's values, for each group in its own ratio."""
    rate = learning_rate(spec)
    return {
        name: [values[name] / rate * group["lr"] for group in optimizer.param_groups]
        for name in PER_GROUP
        if isinstance(values.get(name), int | float)
    }


def count_parameters(model: nn.Module) -> int:
    """How many numbers a model learns."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def _make(kind: str, ingredient: Ingredient, **arguments: Any) -> Any:
    factory: Any = resolve(entry(kind, ingredient.name).factory)
    return factory(**{**ingredient.parameters, **arguments})
