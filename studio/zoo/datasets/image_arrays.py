"""Images of your own in an array: pixels in a .npz or .npy file."""

from typing import Any

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.spec.model_input import InputSpec
from studio.zoo.files.arrays import read_arrays
from studio.zoo.files.errors import DataError
from studio.zoo.files.pictures import MEAN, STD, as_numbers_of
from studio.zoo.files.splitting import split_rows
from studio.zoo.files.targets import as_targets, checked_numbers, checked_targets, class_names

FACTORY = "image_arrays"
TASKS = ("classification",)
GIVES = "image"


def image_arrays(
    path: str,
    *,
    x: str = "",
    y: str = "",
    targets: str = "",
    test_fraction: float = 0.2,
    split_seed: int = 0,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images of your own as pixels in a .npz or .npy file, channels first or last, and a class for each.

    Args:
        path: the file; a .npz file may hold x_train, y_train, x_test and y_test.
        x: name of the images in a .npz file; the usual names are found.
        y: name of the classes in a .npz file.
        targets: the file of the classes, where the path is a .npy file.
        test_fraction: share of the images that is kept for testing.
        split_seed: decides which images those are.

    Returns:
        Training images (N, C, H, W) and classes (N,); the same for testing.
    """
    found = read_arrays(path, x, y, targets)
    pixels = torch.cat([pixels_of(one, path) for one in found[::2]])
    counts = [len(one) for one in found[::2]]
    answers = [
        checked_targets(one, "classification", len(two), path)
        for one, two in zip(found[1::2], found[::2], strict=True)
    ]
    told, classes = as_targets(numpy.concatenate(answers), "classification", "target")
    if len(counts) == 2:
        train, test = torch.arange(counts[0]), torch.arange(counts[0], sum(counts))
    else:
        rows = split_rows(counts[0], test_fraction, split_seed, classes=classes)
        train, test = torch.from_numpy(rows[0]), torch.from_numpy(rows[1])
    return pixels[train], told[train], pixels[test], told[test]


def pixels_of(images: NDArray[Any], path: str) -> Tensor:
    """Images as numbers (N, C, H, W): whole ones from 0 to 255 become -1 to 1, others stay as they are.

    Raises:
        DataError: the array does not hold images.
    """
    if images.dtype.kind not in "fiub" or images.ndim not in (3, 4):
        shape = "×".join(map(str, images.shape))
        raise DataError(
            "data.no_images",
            f"The array in {path} is {shape} of {images.dtype}, which is no set of images.",
            "Images are N×H×W, N×C×H×W or N×H×W×C numbers.",
        )
    if images.ndim == 3:
        images = images[:, None]
    elif images.shape[1] not in (1, 3) and images.shape[3] in (1, 3):
        images = numpy.moveaxis(images, -1, 1)
    tensor = torch.from_numpy(numpy.ascontiguousarray(checked_numbers(images, path).astype(numpy.float32)))
    return as_numbers_of(tensor) if images.dtype.kind in "iu" else tensor


def describe(
    path: str, *, x: str = "", y: str = "", targets: str = "", **_: object
) -> tuple[InputSpec, tuple[str, ...]]:
    """What an image becomes, and the names of the classes."""
    found = read_arrays(path, x, y, targets)
    shape = tuple(pixels_of(found[0][:1], path).shape[1:])
    values = numpy.concatenate([checked_targets(one, "classification", len(one), path) for one in found[1::2]])
    is_whole = found[0].dtype.kind in "iu"
    return InputSpec(
        kind="image",
        shape=shape,
        resize=min(shape[1:]),
        mean=(MEAN,) * shape[0] if is_whole else (),
        std=(STD,) * shape[0] if is_whole else (),
    ), tuple(class_names(values))
