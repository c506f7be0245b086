"""Arrays of your own: numbers in a .npz or .npy file, a row for each sample."""

import numpy
import torch
from torch import Tensor

from studio.spec.model_input import InputSpec
from studio.zoo.files.arrays import read_arrays
from studio.zoo.files.errors import DataError
from studio.zoo.files.splitting import split_rows
from studio.zoo.files.targets import as_targets, checked_numbers, checked_targets, class_names

FACTORY = "arrays"
TASKS = ("classification", "regression")
GIVES = "tensor"


def arrays(
    path: str,
    task: str,
    *,
    x: str = "",
    y: str = "",
    targets: str = "",
    standardise: bool = True,
    test_fraction: float = 0.2,
    split_seed: int = 0,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Arrays of your own in a .npz or .npy file: rows of numbers, and a class or numbers for each.

    Args:
        path: the file; a .npz file may hold x_train, y_train, x_test and y_test.
        task: classification or regression; the run says it.
        x: name of the inputs in a .npz file; the usual names are found.
        y: name of the targets in a .npz file.
        targets: the file of the targets, where the path is a .npy file.
        standardise: whether each number gets mean 0 and deviation 1 over the training samples.
        test_fraction: share of the samples that is kept for testing.
        split_seed: decides which samples those are.

    Returns:
        Training inputs (N, F) and targets, (N,) classes or (N, F) numbers; the same for testing.
    """
    found = read_arrays(path, x, y, targets)
    parts, answers = [], []
    for inputs, outputs in zip(found[::2], found[1::2], strict=True):
        if inputs.dtype.kind not in "fiub" or inputs.ndim < 1:
            raise DataError("data.no_numbers", f"The inputs in {path} are {inputs.dtype}, no numbers.")
        flat = inputs.reshape(len(inputs), -1).astype(numpy.float32)
        parts.append(torch.from_numpy(checked_numbers(flat, path)))
        answers.append(checked_targets(outputs, task, len(inputs), path))
    told, classes = as_targets(numpy.concatenate(answers), task, "target")
    everything = torch.cat(parts)
    if len(parts) == 2:
        train, test = torch.arange(len(parts[0])), torch.arange(len(parts[0]), len(everything))
    else:
        rows = split_rows(len(everything), test_fraction, split_seed, classes=classes)
        train, test = torch.from_numpy(rows[0]), torch.from_numpy(rows[1])
    train_x, test_x = everything[train], everything[test]
    if standardise:
        mean, std = train_x.mean(0), train_x.std(0, correction=0)
        std[std == 0] = 1
        train_x, test_x = (train_x - mean) / std, (test_x - mean) / std
    return train_x, told[train], test_x, told[test]


def describe(
    path: str, task: str, *, x: str = "", y: str = "", targets: str = "", **_: object
) -> tuple[InputSpec, tuple[str, ...]]:
    """What a sample is (its width is read off the tensors), and the names of what is to be told."""
    found = read_arrays(path, x, y, targets)
    values = numpy.concatenate([checked_targets(one, task, len(one), path) for one in found[1::2]])
    if task == "classification":
        labels = class_names(values)
    else:
        labels = [y or "y"] if values.shape[1] == 1 else [f"{y or 'y'}{at}" for at in range(values.shape[1])]
    return InputSpec(kind="tensor", shape=()), tuple(labels)
