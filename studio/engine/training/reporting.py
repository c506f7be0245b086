"""Further measures of a finished run on its test data, by torchmetrics."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor

from studio.engine.training.data import outputs_for
from studio.engine.training.state import Training
from studio.spec.events import Pictured

LEAST_SECONDS = 1.0
"""torchmetrics takes seconds to load, which a run that was shorter than this is not worth."""

Rows = list[dict[str, Any]]


def report(run: Training) -> Iterator[Pictured]:
    """The picture "report": rows with name, value, whether it is a share, and what it says."""
    rows = _ROWS.get(run.spec.task)
    if rows is None or len(run.samples.test_x) < 2:
        return
    outputs = outputs_for(run.judged_model, run.samples.test_x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a class without test samples; it counts as 0
        yield Pictured("report", {"rows": rows(outputs.cpu().float(), run.samples.test_y.cpu())})


def classification_rows(outputs: Tensor, targets: Tensor) -> Rows:
    """Rows for logits (N, C) and classes (N,)."""
    from torchmetrics.functional import classification as of

    shares = outputs.softmax(1)
    classes: dict[str, Any] = {"num_classes": outputs.shape[1]}
    mean: dict[str, Any] = {**classes, "average": "macro"}
    return [
        _row("Balanced accuracy", of.multiclass_accuracy(shares, targets, **mean), "mean over the classes"),
        _row(
            "F1", of.multiclass_f1_score(shares, targets, **mean), "precision and recall in one, mean over classes"
        ),
        _row(
            "Precision",
            of.multiclass_precision(shares, targets, **mean),
            "of those told to be a class, how many are",
        ),
        _row(
            "Recall", of.multiclass_recall(shares, targets, **mean), "of those that are a class, how many are told"
        ),
        _row("AUROC", of.multiclass_auroc(shares, targets, **mean), "how well a class is told from all others"),
        _row(
            "Calibration error",
            of.multiclass_calibration_error(shares, targets, **classes),
            "how far the probabilities are from how often they are right; 0 is best",
        ),
    ]


def regression_rows(outputs: Tensor, targets: Tensor) -> Rows:
    """Rows for answers (N, F) and numbers (N, F)."""
    from torchmetrics.functional import regression as of

    outputs, targets = outputs.flatten(1), targets.float().flatten(1)
    ranks = [of.spearman_corrcoef(outputs[:, one], targets[:, one]) for one in range(targets.shape[1])]
    return [
        _row("RMSE", of.mean_squared_error(outputs, targets, squared=False), "root of the mean squared error", ""),
        _row(
            "MAPE", of.mean_absolute_percentage_error(outputs, targets), "mean error as a share of the true value"
        ),
        _row("R²", of.r2_score(outputs, targets), "share of the variance that is explained; 1 is best", ""),
        _row("Spearman", sum(ranks) / len(ranks), "whether the order is right; from −1 to 1", ""),
    ]


def _row(name: str, value: Any, help_text: str, unit: str = "%") -> dict[str, Any]:
    return {"name": name, "value": float(value), "unit": unit, "help": help_text}


_ROWS: dict[str, Callable[[Tensor, Tensor], Rows]] = {
    "classification": classification_rows,
    "regression": regression_rows,
}
