"""What values the parameters of ingredients may have, by name: signatures say types but no ranges."""

from __future__ import annotations

from typing import Any

_POSITIVE = {"minimum": 0, "exclusive_minimum": True}
_NOT_NEGATIVE = {"minimum": 0}
_SHARE = {"minimum": 0, "maximum": 1}
_SHARE_BELOW_ONE = {"minimum": 0, "maximum": 1, "exclusive_maximum": True}
_INSIDE = {"minimum": 0, "maximum": 1, "exclusive_minimum": True, "exclusive_maximum": True}
_COUNT = {"minimum": 1}

_BY_NAME: dict[str, dict[str, Any]] = {
    "lr": _POSITIVE,
    "max_lr": _POSITIVE,
    "base_lr": _NOT_NEGATIVE,
    "min_lr": _NOT_NEGATIVE,
    "eta_min": _NOT_NEGATIVE,
    "weight_decay": _NOT_NEGATIVE,
    "momentum": _SHARE_BELOW_ONE,
    "momentum_decay": _NOT_NEGATIVE,
    "base_momentum": _SHARE_BELOW_ONE,
    "max_momentum": _SHARE_BELOW_ONE,
    "betas": _SHARE_BELOW_ONE,
    "eps": _NOT_NEGATIVE,
    "rho": _SHARE,
    "lr_decay": _NOT_NEGATIVE,
    "lambd": _NOT_NEGATIVE,
    "t0": _NOT_NEGATIVE,
    "initial_accumulator_value": _NOT_NEGATIVE,
    "d": _COUNT,
    "dropout": _SHARE_BELOW_ONE,
    "label_smoothing": _SHARE,
    "delta": _POSITIVE,
    "beta": _NOT_NEGATIVE,
    "gamma": _POSITIVE,
    "factor": _SHARE,
    "start_factor": {"minimum": 0, "maximum": 1, "exclusive_minimum": True},
    "end_factor": _SHARE,
    "power": _NOT_NEGATIVE,
    "pct_start": _SHARE,
    "div_factor": _POSITIVE,
    "final_div_factor": _POSITIVE,
    "patience": _NOT_NEGATIVE,
    "cooldown": _NOT_NEGATIVE,
    "threshold": _NOT_NEGATIVE,
    "step_size": _COUNT,
    "step_size_up": _COUNT,
    "step_size_down": _COUNT,
    "milestones": _COUNT,
    "total_iters": _COUNT,
    "T_max": _COUNT,
    "T_0": _COUNT,
    "T_mult": _COUNT,
    "hidden": {"minimum": 1, "maximum": 65536},
    "channels": {"minimum": 1, "maximum": 4096},
    "points": {"minimum": 2, "maximum": 1_000_000},
    "noise": _NOT_NEGATIVE,
    "test_fraction": _INSIDE,
    "max_length": {"minimum": 2, "maximum": 100_000},
    "vocabulary_size": {"minimum": 4, "maximum": 1_000_000},
    "categories": {"minimum": 2, "maximum": 1000},
    "split_seed": {"minimum": 0, "maximum": 2**32 - 1},
    # A loss has to be one number, so that it can be minimized.
    "reduction": {"choices": ("mean", "sum")},
}

_BY_ENTRY: dict[tuple[str, str], dict[str, Any]] = {
    ("images", "size"): {"minimum": 8, "maximum": 1024},
    ("huggingface", "size"): {"minimum": 8, "maximum": 1024},
    ("torchvision_set", "size"): {"minimum": 8, "maximum": 1024},
    ("RMSprop", "alpha"): _SHARE,
    ("ASGD", "alpha"): _NOT_NEGATIVE,
    ("Rprop", "etas"): _POSITIVE,
    ("Rprop", "step_sizes"): _POSITIVE,
    ("ReduceLROnPlateau", "factor"): _SHARE_BELOW_ONE,
    ("MultiMarginLoss", "p"): {"choices": (1, 2)},
}


def bounds(entry: str, parameter: str) -> dict[str, Any]:
    """Keyword arguments of `Parameter` that limit the values of one parameter of one ingredient."""
    return _BY_ENTRY.get((entry, parameter), _BY_NAME.get(parameter, {}))
