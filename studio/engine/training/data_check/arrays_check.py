"""What arrays are, and what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from studio.engine.training.data_check.guessing import specification
from studio.engine.training.data_check.shares import about_balance
from studio.spec.data_check import DataSummary, Finding, Thumbnail
from studio.zoo.datasets.image_arrays import pixels_of
from studio.zoo.files.arrays import read_arrays
from studio.zoo.files.errors import DataError
from studio.zoo.files.splitting import check_classes
from studio.zoo.files.targets import checked_numbers, checked_targets, class_names, class_numbers

_PREVIEW_ROWS = 50
_PREVIEW_COLUMNS = 30
_PICTURES = 24


def check_arrays(data: Mapping[str, Any], task: str, number: int) -> tuple[DataSummary, list[Finding]]:
    """Look at arrays as the specification's table `data` says it.

    Raises:
        DataError: they cannot be read, or are no numbers.
    """
    data, path = dict(data), str(data["path"])
    names = [str(data.get(key, "")) for key in ("x", "y", "targets")]
    found = read_arrays(path, *names)
    inputs, targets = found[0], found[1]
    findings: list[Finding] = []
    classes: list[tuple[str, int]] = []
    labels: list[str] = []
    try:
        told = checked_targets(targets, task, len(inputs), Path(path).name)
        checked_numbers(inputs.astype(np.float32), Path(path).name)
        if task == "classification":
            known = class_names(told)
            labels = [known[one] for one in class_numbers(told, known)]
            classes = Counter(labels).most_common()
            counts = dict(classes)
            check_classes(known, [counts[name] for name in known], "target", "refuse")
    except DataError as error:
        fix = {"task": "regression"} if error.name in ("data.bad_targets", "data.class_of_one") else None
        title = "Tell numbers" if fix else ""
        findings.append(
            Finding(error.name, "bad", error.what, f"{error.why} {error.remedy}".strip(), "", fix, title)
        )
    except ValueError as error:
        findings.append(Finding("data.no_numbers", "bad", "The inputs are no numbers.", f"{error}."))
    findings += about_balance(classes, "samples")
    flat = inputs[:_PREVIEW_ROWS].reshape(min(len(inputs), _PREVIEW_ROWS), -1)[:, :_PREVIEW_COLUMNS]
    is_image = data["name"] == "image_arrays"
    shape = "×".join(map(str, inputs.shape[1:])) or "1"
    summary = DataSummary(
        number,
        specification(data, task, len(inputs)),
        Path(path).name,
        f"{len(inputs):,} samples of {shape}" + (f" · {len(found[2]):,} test" if len(found) == 4 else ""),
        classes=tuple(classes[:200]),
        header=() if is_image else tuple(f"x{at}" for at in range(flat.shape[1])),
        rows=() if is_image else tuple(tuple(f"{value:.6g}" for value in row) for row in flat.tolist()),
        pictures=_pictures(inputs, labels, path) if is_image else (),
    )
    return summary, findings


def _pictures(inputs: Any, labels: list[str], path: str) -> tuple[Thumbnail, ...]:
    pixels = pixels_of(inputs[:_PICTURES], path).numpy()
    low, high = float(pixels.min()), float(pixels.max())
    scaled = ((pixels - low) * (255 / ((high - low) or 1.0))).astype(np.uint8)
    found = []
    for index, one in enumerate(scaled):
        rgb = np.moveaxis(one if len(one) == 3 else np.repeat(one[:1], 3, axis=0), 0, -1)
        label = labels[index] if index < len(labels) else ""
        found.append(Thumbnail(rgb.shape[1], rgb.shape[0], rgb.tobytes(), label, f"sample {index}"))
    return tuple(found)
