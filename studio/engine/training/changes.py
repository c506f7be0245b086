"""Live changes of a running run: what may be changed, and how it takes effect."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from studio.engine.parameter_groups import set_rate
from studio.engine.training.state import Training
from studio.spec.events import Changed, Event, Warned

# What a schedule works from; scaled along, so that it keeps its shape.
_GROUP_RATES = ("initial_lr", "max_lr", "min_lr")
_SCHEDULE_RATES = ("base_lrs", "max_lrs")


def apply_changes(run: Training, changes: dict[str, Any]) -> Iterator[Event]:
    """Let live changes take effect before the next step; what cannot be changed is said and left."""
    for key, value in changes.items():
        if key != "optimizer.lr":
            yield Warned("change.unknown", f"`{key}` cannot be changed while a run trains.")
        elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            yield Warned("change.bad_value", f"`{key}` is {value!r}; it must be above 0. It stays as it was.")
        else:
            _set_learning_rate(run, float(value))
            run.changes.append({"key": key, "value": float(value), "step": run.step})
            yield Changed(key, float(value), run.step)


def _set_learning_rate(run: Training, value: float) -> None:
    """Set the present learning rate; a schedule goes on in the same shape from there."""
    old = run.learning_rate
    ratio = value / old if old > 0 else 1.0
    set_rate(run.optimizer, value)
    for group in run.optimizer.param_groups:
        for name in _GROUP_RATES:
            if name in group:
                group[name] *= ratio
    for name in _SCHEDULE_RATES:
        if rates := getattr(run.scheduler, name, None):
            setattr(run.scheduler, name, [rate * ratio for rate in rates])
