"""Answers as a table that spreadsheets open: one line an image."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from studio.spec.errors import UserError
from studio.spec.predictions import Prediction


def csv_text(predictions: Sequence[Prediction]) -> str:
    """A head and one line an image: path, error, size, classes with probabilities, boxes, mask."""
    ranks = max((len(prediction.labels) for prediction in predictions), default=0)
    head = ["path", "error", "width", "height"]
    for rank in range(1, ranks + 1):
        head += [f"label_{rank}", f"probability_{rank}"]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*head, "boxes", "mask"])
    for prediction in predictions:
        writer.writerow(_line(prediction, ranks))
    return text.getvalue()


def write_csv(path: Path, predictions: Sequence[Prediction]) -> None:
    """Write the table, in UTF-8 with the mark by which spreadsheets know it.

    Raises:
        UserError: the file cannot be written.
    """
    try:
        path.write_text(csv_text(predictions), encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UserError(
            "predictions.not_saved",
            f"{path} could not be written: {error.strerror or error}.",
            "",
            "Choose another folder or name.",
        ) from error


def _line(prediction: Prediction, ranks: int) -> list[str]:
    cells = [prediction.path, prediction.error.line() if prediction.error else ""]
    cells += [str(side) if side else "" for side in prediction.size]
    for rank in range(ranks):
        if rank < len(prediction.labels):
            label = prediction.labels[rank]
            cells += [label.name, f"{label.probability:.6f}"]
        else:
            cells += ["", ""]
    boxes = json.dumps([box.as_json() for box in prediction.boxes], ensure_ascii=False) if prediction.boxes else ""
    return [*cells, boxes, prediction.mask or ""]
