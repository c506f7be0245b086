"""Answers as a table that spreadsheets open: one line an image."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
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


def check_place(path: Path) -> None:
    """Whether a table can be written there, asked before the work whose answers it will hold.

    Raises:
        UserError: it cannot.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        if _is_device(path):
            return
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise _not_saved(path, error) from error


def write_csv(path: Path, predictions: Sequence[Prediction]) -> None:
    """Write the table, in UTF-8 with the mark by which spreadsheets know it.

    A table that is there is replaced in one step, once the new one is whole.

    Raises:
        UserError: the file cannot be written.
    """
    # Names of files may hold what no encoding has.
    data = csv_text(predictions).encode("utf-8-sig", errors="backslashreplace")
    try:
        if _is_device(path):
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)
    except OSError as error:
        raise _not_saved(path, error) from error


def _is_device(path: Path) -> bool:
    """Whether it is a pipe or a device, which must stay what it is."""
    return path.exists() and not path.is_file()


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".tmp-{os.getpid()}")  # short: beside the longest name too
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise


def _not_saved(path: Path, error: OSError) -> UserError:
    return UserError(
        "predictions.not_saved",
        f"{path} could not be written: {error.strerror or error}.",
        "",
        "Choose another folder or name.",
    )


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
