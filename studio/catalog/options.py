"""The options of the loop: which go with which task, loss and optimizer, and how parameter groups are written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.catalog.entries import Entry, Parameter
from studio.catalog.shelf import entry
from studio.spec.errors import UserError
from studio.spec.options import TrainingSpec
from studio.spec.run import RunSpec, nearest
from studio.spec.tasks import TASKS

PER_GROUP = ("max_lr", "base_lr", "min_lr")
"""Parameters of schedules that are learning rates, and so are others for each group of parameters."""

_OF_THE_ORDINARY_STEP = (
    "clip_norm",
    "clip_value",
    "accumulate",
    "average",
    "class_weights",
    "compile",
)


@dataclass(frozen=True)
class Group:
    """Values of the optimizer for the parameters whose names a pattern fits."""

    pattern: str
    values: Mapping[str, Any]


def groups_of(spec: RunSpec) -> list[Group]:
    """The parameter groups of a specification.

    Raises:
        UserError: one is not written as ``PATTERN key=value …``.
    """
    return [_group(text) for text in spec.training.groups]


def learning_rate(spec: RunSpec) -> float:
    """The learning rate that the specification says for all parameters without one of their own."""
    parameter = entry("optimizer", spec.optimizer.name).parameter("lr")
    return float(spec.optimizer.parameters.get("lr", parameter.default if parameter else 0.0))


def refuse_options(spec: RunSpec) -> None:
    """Whether the loop's options go with the task, the loss and the optimizer.

    Raises:
        UserError: the first that does not; one line.
    """
    training, optimizer = spec.training, entry("optimizer", spec.optimizer.name)
    _refuse_own_step(spec, optimizer)
    if training.accumulate > training.batch_size:
        raise _bad("accumulate", training.accumulate, f"a batch has only {training.batch_size} samples")
    if training.class_weights != "none" and not takes_class_weights(spec):
        why = f"{spec.loss.name} has no weights of classes"
        raise _bad("class_weights", training.class_weights, why)
    if training.compile and training.processes > 1:
        raise _bad("compile", True, "only a run of one process can be compiled")
    if "closure" in optimizer.tags:
        if training.precision == "mixed-float16":
            why = f"{optimizer.name} goes through a batch several times, which its scaled gradients cannot"
            raise _bad("precision", training.precision, why)
        if training.groups:
            raise _bad("groups", training.groups, f"{optimizer.name} has one group for all parameters")


def check_groups(spec: RunSpec, allowed: Any) -> None:
    """Whether each group sets parameters of the optimizer to values that `allowed(key, parameter, value)` takes.

    Raises:
        UserError: one does not; one line.
    """
    optimizer = entry("optimizer", spec.optimizer.name)
    for group in groups_of(spec):
        for name, value in group.values.items():
            parameter = optimizer.parameter(name)
            if parameter is None:
                names = [one.name for one in optimizer.parameters if _is_number(one)]
                what = f"`training.groups` sets `{name}`, which is not a parameter of {optimizer.name}."
                raise UserError("spec.unknown_key", what, "", nearest(name, names))
            allowed("training.groups", parameter, value)


def takes_class_weights(spec: RunSpec) -> bool:
    """Whether the loss of a specification can weight classes."""
    return TASKS[spec.task].told_by_class and "weight" in entry("loss", spec.loss.name).supplied


def _refuse_own_step(spec: RunSpec, optimizer: Entry) -> None:
    if TASKS[spec.task].is_ordinary:
        return
    why = f"{spec.task} takes steps of its own, which do not have it"
    for name in _OF_THE_ORDINARY_STEP:
        value = getattr(spec.training, name)
        if value != TrainingSpec.model_fields[name].default:
            raise _bad(name, value, why)
    if spec.training.is_mixed:
        raise _bad("precision", spec.training.precision, why)
    if "closure" in optimizer.tags:
        what = f"`optimizer.name` is `{optimizer.name}`, which goes through a batch several times;"
        raise UserError("spec.unsuitable", f"{what} {spec.task} takes steps of its own, which do that once.")


def _group(text: str) -> Group:
    pattern, *settings = text.split() or [""]
    if not pattern or "=" in pattern or not settings or not all("=" in one for one in settings):
        raise UserError(
            "spec.bad_value",
            f"`training.groups` has {text!r}; that is not a pattern of names and values.",
            "",
            "Write PATTERN key=value, such as head.* lr=0.01.",
        )
    return Group(pattern, dict(_setting(one) for one in settings))


def _setting(text: str) -> tuple[str, Any]:
    key, _, value = text.partition("=")
    try:
        return key, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key, value


def _is_number(parameter: Parameter) -> bool:
    return parameter.base == "float"


def _bad(name: str, value: Any, why: str) -> UserError:
    return UserError("spec.unsuitable", f"`training.{name}` is {value!r}; {why}.")
