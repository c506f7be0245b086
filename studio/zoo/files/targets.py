"""What is to be told of each sample, as tensors for training and testing."""

from collections.abc import Sequence
from typing import Any

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.zoo.files.columns import ordered
from studio.zoo.files.errors import DataError
from studio.zoo.files.splitting import check_classes


def class_names(values: NDArray[Any]) -> list[str]:
    """The different classes as text, in their natural order."""
    if values.dtype.kind == "f" and (values == numpy.rint(values)).all():
        values = values.astype(numpy.int64)
    return ordered([str(value) for value in numpy.unique(values)])


def class_numbers(values: NDArray[Any], names: Sequence[str]) -> NDArray[numpy.int64]:
    """The class of each sample (N,), counted from 0."""
    if values.dtype.kind == "f":
        values = values.astype(numpy.int64)
    number = {name: index for index, name in enumerate(names)}
    return numpy.array([number[str(value)] for value in values], numpy.int64)


def checked_targets(values: NDArray[Any], task: str, count: int, what: str) -> NDArray[Any]:
    """Classes (N,) or numbers (N, F).

    Raises:
        DataError: they are not as many as the samples, not whole for a class, no numbers, or not finite.
    """
    if len(values) != count:
        raise DataError("data.lengths", f"There are {count:,} samples and {len(values):,} targets in {what}.")
    if task == "classification":
        values = values.reshape(count, -1)
        if values.shape[1] != 1:
            raise DataError(
                "data.bad_targets",
                f"The targets in {what} have {values.shape[1]:,} numbers a sample; a class is one number or text.",
                "",
                "Give the number of the class, or train for regression.",
            )
        values = values[:, 0]
        if values.dtype.kind == "f" and not (values == numpy.rint(values)).all():
            index = int((values != numpy.rint(values)).argmax())
            raise DataError(
                "data.bad_targets",
                f"The target of sample {index} in {what} is {values[index]:g}, which is no class.",
                "",
                "Train for regression, or choose other targets.",
            )
        return values
    if values.dtype.kind not in "fiub":
        raise DataError(
            "data.target_no_number", f"The targets in {what} are no numbers.", "", 'Set task to "classification".'
        )
    return checked_numbers(values.reshape(count, -1).astype(numpy.float32), f"the targets in {what}")


def checked_numbers(values: NDArray[Any], what: str) -> NDArray[Any]:
    """Numbers that are all finite.

    Raises:
        DataError: one is not.
    """
    is_finite = numpy.isfinite(values).reshape(len(values), -1).all(axis=1)
    if not is_finite.all():
        index = int((~is_finite).argmax())
        raise DataError(
            "data.not_finite",
            f"Sample {index} of {what} holds NaN or infinite numbers.",
            f"{int((~is_finite).sum()):,} of {len(values):,} samples do.",
            "Leave those out, or fill them in.",
        )
    return values


def as_targets(values: NDArray[Any], task: str, what: str) -> tuple[Tensor, NDArray[Any] | None]:
    """Targets as a tensor, and the classes by which a split keeps shares (None for numbers)."""
    if task != "classification":
        return torch.from_numpy(values), None
    names = class_names(values)
    numbers = class_numbers(values, names)
    check_classes(names, [int(count) for count in numpy.bincount(numbers)], what, "refuse")
    return torch.from_numpy(numbers), numbers
