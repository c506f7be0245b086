"""A data set that torchvision knows, from a folder where it lies or into which it is downloaded."""

import inspect
from functools import partial
from typing import Any, Literal

import numpy
import torch
import torchvision
from PIL import Image
from torch import Tensor

from studio.spec.model_input import InputSpec
from studio.zoo.files.errors import DataError
from studio.zoo.files.pictures import MEAN, STD, as_numbers_of, fitted
from studio.zoo.files.splitting import split_rows

FACTORY = "torchvision_set"
TASKS = ("classification",)
GIVES = "image"

FAKE_PICTURES = 200


def torchvision_set(
    dataset: Literal[
        "CIFAR10",
        "CIFAR100",
        "MNIST",
        "FashionMNIST",
        "KMNIST",
        "SVHN",
        "STL10",
        "GTSRB",
        "Flowers102",
        "Food101",
        "OxfordIIITPet",
        "FakeData",
    ],
    *,
    folder: str = "",
    download: bool = False,
    size: int = 32,
    color: Literal["rgb", "grey"] = "rgb",
    test_fraction: float = 0.2,
    split_seed: int = 0,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """A data set that torchvision knows; its own split is used where it has one.

    Args:
        dataset: its name; FakeData needs no files.
        folder: where its files lie.
        download: whether they are fetched into the folder where they are missing.
        size: height and width that the images get.
        color: colour, or shades of grey.
        test_fraction: share of the images that is kept for testing, where the data set has no split of its own.
        split_seed: decides which images those are.

    Returns:
        Training images (N, C, size, size) from -1 to 1 and their classes (N,); the same for testing.
    """  # fmt: skip
    channels = 1 if color == "grey" else 3
    parts = [opened(dataset, folder, download, size, part) for part in parts_of(dataset)]
    found = [read(part, size, channels) for part in parts]
    if len(found) == 2:
        (train_x, train_y), (test_x, test_y) = found
        return train_x, train_y, test_x, test_y
    pixels, targets = found[0]
    train, test = split_rows(len(targets), test_fraction, split_seed, classes=targets.numpy())
    return pixels[train], targets[train], pixels[test], targets[test]


def parts_of(dataset: str) -> tuple[str, ...]:
    """The parts of a data set that has a split of its own."""
    known = inspect.signature(getattr(torchvision.datasets, dataset)).parameters
    return ("train", "test") if {"train", "split"} & known.keys() else ("",)


def opened(dataset: str, folder: str, download: bool, size: int, part: str) -> Any:
    """One part of a data set, as torchvision gives it.

    Raises:
        DataError: its files are not there, or cannot be fetched.
    """
    make = getattr(torchvision.datasets, dataset)
    if dataset == "FakeData":
        return make(FAKE_PICTURES, (3, size, size), 10)
    known = inspect.signature(make).parameters
    said: dict[str, Any] = {"train": part == "train"} if "train" in known else {"split": part}
    if dataset == "OxfordIIITPet" and part == "train":
        said = {"split": "trainval"}
    try:
        return make(folder or ".", download=download, **said)
    except (RuntimeError, OSError, ModuleNotFoundError) as error:
        text = " ".join(str(error).split())[:160].rstrip(".")
        raise DataError(
            "data.no_such_file",
            f"{dataset} could not be read from {folder or 'the present folder'}.",
            f"{text}.",
            "Name the folder where its files lie" + ("." if download else ", or set download to true."),
        ) from error


def read(part: Any, size: int, channels: int) -> tuple[Tensor, Tensor]:
    """All images of a part as numbers, and their classes."""
    shaped = partial(fitted, size=size, channels=channels)
    pixels, targets = [], []
    for index in range(len(part)):
        image, target = part[index]
        pixels.append(shaped(image.convert("RGB") if isinstance(image, Image.Image) else image))
        targets.append(int(target))
    return as_numbers_of(torch.from_numpy(numpy.stack(pixels))), torch.tensor(targets, dtype=torch.int64)


def describe(
    dataset: str, *, folder: str = "", download: bool = False, size: int = 32, color: str = "rgb", **_: object
) -> tuple[InputSpec, tuple[str, ...]]:
    """What an image becomes, and the names of the classes."""
    part = opened(dataset, folder, download, size, parts_of(dataset)[0])
    channels = 1 if color == "grey" else 3
    names = getattr(part, "classes", None) or [str(number) for number in range(getattr(part, "num_classes", 10))]
    spec = InputSpec(
        kind="image", shape=(channels, size, size), resize=size, mean=(MEAN,) * channels, std=(STD,) * channels
    )
    return spec, tuple(str(name) for name in names)
