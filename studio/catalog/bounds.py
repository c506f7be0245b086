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
    "hidden_size": {"minimum": 1, "maximum": 4096},
    "embedding": {"minimum": 1, "maximum": 4096},
    "width": {"minimum": 1, "maximum": 4096},
    "heads": {"minimum": 1, "maximum": 64},
    "layers": {"minimum": 1, "maximum": 64},
    "length": {"minimum": 2, "maximum": 4096},
    "most": {"minimum": 10, "maximum": 2000},
    "characters": {"minimum": 1000, "maximum": 4_000_000},
    "count": {"minimum": 1, "maximum": 50_000},
    "test_count": {"minimum": 1, "maximum": 4000},
    "window": {"minimum": 1, "maximum": 200},
    "ahead": {"minimum": 1, "maximum": 50},
    "points": {"minimum": 2, "maximum": 1_000_000},
    "noise": _NOT_NEGATIVE,
    "test_fraction": _INSIDE,
    "split_seed": {"minimum": 0, "maximum": 2**32 - 1},
    "latent": {"minimum": 1, "maximum": 4096},
    "environments": {"minimum": 1, "maximum": 1024},
    "steps": {"minimum": 1, "maximum": 100_000},
    "train_count": {"minimum": 1, "maximum": 1_000_000},
    "clip": _POSITIVE,
    "discount": _SHARE,
    "trace": _SHARE,
    "passes": {"minimum": 1, "maximum": 1000},
    "max_norm": _POSITIVE,
    "value_weight": _NOT_NEGATIVE,
    "entropy_weight": _NOT_NEGATIVE,
    "size_weight": _NOT_NEGATIVE,
    "spread": _POSITIVE,
    "depth": {"minimum": 0, "maximum": 100},
    # A loss has to be one number, so that it can be minimized.
    "reduction": {"choices": ("mean", "sum")},
}

_BY_ENTRY: dict[tuple[str, str], dict[str, Any]] = {
    ("RMSprop", "alpha"): _SHARE,
    ("ASGD", "alpha"): _NOT_NEGATIVE,
    ("Rprop", "etas"): _POSITIVE,
    ("Rprop", "step_sizes"): _POSITIVE,
    ("ReduceLROnPlateau", "factor"): _SHARE_BELOW_ONE,
    ("MultiMarginLoss", "p"): {"choices": (1, 2)},
    ("LBFGS", "max_iter"): _COUNT,
    ("LBFGS", "max_eval"): _COUNT,
    ("LBFGS", "history_size"): _COUNT,
    ("LBFGS", "tolerance_grad"): _NOT_NEGATIVE,
    ("LBFGS", "tolerance_change"): _NOT_NEGATIVE,
    ("LBFGS", "line_search_fn"): {"choices": ("strong_wolfe",)},
}


def bounds(entry: str, parameter: str) -> dict[str, Any]:
    """Keyword arguments of `Parameter` that limit the values of one parameter of one ingredient."""
    return _BY_ENTRY.get((entry, parameter), _BY_NAME.get(parameter, {}))
