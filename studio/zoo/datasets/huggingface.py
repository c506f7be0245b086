"""Images of the Hugging Face hub, by name, or of a folder in its format."""

from typing import Literal

import numpy
import torch
from torch import Tensor

from studio.spec.model_input import InputSpec
from studio.zoo.files.hub import hub_rows
from studio.zoo.files.pictures import MEAN, STD, as_numbers_of, fitted
from studio.zoo.files.splitting import split_by_words, split_rows
from studio.zoo.files.targets import as_targets, class_names

FACTORY = "huggingface"
TASKS = ("classification",)
GIVES = "image"


def huggingface(
    dataset: str,
    *,
    subset: str = "",
    column: str = "image",
    target: str = "",
    size: int = 64,
    color: Literal["rgb", "grey"] = "rgb",
    test_fraction: float = 0.2,
    split_seed: int = 0,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images of a data set of the Hugging Face hub, or of a folder in its format; needs the library datasets.

    Args:
        dataset: its name on the hub, or the folder.
        subset: its configuration, where it has several.
        column: the column of images.
        target: the column of classes; the usual names are found.
        size: height and width that the images get.
        color: colour, or shades of grey.
        test_fraction: share of the images that is kept for testing, where the data set has no split of its own.
        split_seed: decides which images those are.

    Returns:
        Training images (N, C, size, size) from -1 to 1 and their classes (N,); the same for testing.
    """
    images, labels, words = hub_rows(dataset, subset, column, target)
    told, classes = as_targets(numpy.array(labels), "classification", f"data set {dataset}")
    channels = 1 if color == "grey" else 3
    pixels = numpy.stack([fitted(image.convert("RGB"), size, channels) for image in images])
    numbers = as_numbers_of(torch.from_numpy(pixels))
    if words:
        rows = split_by_words(numpy.array(words), "split")
    else:
        rows = split_rows(len(labels), test_fraction, split_seed, classes=classes)
    train, test = (torch.from_numpy(part) for part in rows)
    return numbers[train], told[train], numbers[test], told[test]


def describe(
    dataset: str,
    *,
    subset: str = "",
    column: str = "image",
    target: str = "",
    size: int = 64,
    color: str = "rgb",
    **_: object,
) -> tuple[InputSpec, tuple[str, ...]]:
    """What an image becomes, and the names of the classes."""
    labels = hub_rows(dataset, subset, column, target)[1]
    channels = 1 if color == "grey" else 3
    spec = InputSpec(
        kind="image", shape=(channels, size, size), resize=size, mean=(MEAN,) * channels, std=(STD,) * channels
    )
    return spec, tuple(class_names(numpy.array(labels)))
