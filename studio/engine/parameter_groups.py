"""Which parameters of a model are trained, and which have values of their own: by patterns of their names."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from torch import nn
from torch.optim import Optimizer

from studio.catalog.options import Group
from studio.spec.errors import UserError

_NAMES_TOLD = 12


def freeze(model: nn.Module, patterns: Sequence[str]) -> None:
    """Let the parameters whose names fit a pattern stay as they are.

    Raises:
        UserError: a pattern fits no parameter, or nothing is left to train.
    """
    names = [name for name, _ in model.named_parameters()]
    for pattern in patterns:
        _refuse_unknown("freeze", pattern, names)
    for name, parameter in model.named_parameters():
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            parameter.requires_grad_(False)
    if names and not any(parameter.requires_grad for parameter in model.parameters()):
        what = f"`training.freeze` is {list(patterns)!r}, which leaves nothing to train."
        raise UserError("freeze.all", what, "", f"There are {_listed(names)}.")


def grouped(model: nn.Module, groups: Sequence[Group]) -> list[dict[str, Any]]:
    """The parameters of a model as groups for an optimizer; those without values of their own come first.

    Raises:
        UserError: a pattern fits no parameter.
    """
    names = [name for name, _ in model.named_parameters()]
    for group in groups:
        _refuse_unknown("groups", group.pattern, names)
    found: dict[str, dict[str, Any]] = {"{}": {"params": []}}
    for name, parameter in model.named_parameters():
        own: dict[str, Any] = {}
        for group in groups:
            if fnmatchcase(name, group.pattern):
                own |= group.values
        found.setdefault(str(own), {"params": [], **own})["params"].append(parameter)
    return [group for group in found.values() if group["params"]]


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """Set the learning rate of an optimizer's first group; the others keep their ratios to it."""
    first = optimizer.param_groups[0]
    # A schedule may be at 0 right now; then the ratios are those that it started from.
    key = "lr" if first["lr"] > 0 or "initial_lr" not in first else "initial_lr"
    before = first[key]
    for group in optimizer.param_groups:
        group["lr"] = rate * (group[key] / before) if before > 0 else rate


def _refuse_unknown(key: str, pattern: str, names: list[str]) -> None:
    if not any(fnmatchcase(name, pattern) for name in names):
        what = f"`training.{key}` has the pattern {pattern!r}, which fits no parameter of the model."
        raise UserError(f"{key}.no_match", what, "", f"There are {_listed(names)}.")


def _listed(names: list[str]) -> str:
    shown = [f"`{name}`" for name in names[:_NAMES_TOLD]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
