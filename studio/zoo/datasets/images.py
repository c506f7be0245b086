"""Images of your own: a folder a class, or a folder with a table of labels."""

import hashlib
import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import numpy
import torch
from torch import Tensor

from studio.spec.model_input import InputSpec
from studio.zoo.files.columns import ordered
from studio.zoo.files.errors import DataError
from studio.zoo.files.folders import Labelled, labelled_files, listed_files
from studio.zoo.files.pictures import MEAN, STD, SUFFIXES, Pictures, as_numbers_of, decoded, each
from studio.zoo.files.splitting import check_classes, split_by_words, split_rows

FACTORY = "images"
TASKS = ("classification",)
GIVES = "image"

LARGEST_AS_NUMBERS = 250_000_000
"""Bytes of pixels that become numbers at once; more of them do when a batch asks."""
LARGEST_DECODED = 1_000_000_000
"""Bytes of pixels that are kept; more of them are read from their files when a batch asks."""


def images(
    path: str,
    *,
    size: int = 64,
    color: Literal["rgb", "grey"] = "rgb",
    labels_csv: str = "",
    file_column: str = "",
    label_column: str = "",
    leave_out: Sequence[str] = (),
    skip_bad: bool = False,
    duplicates: Literal["keep", "drop"] = "keep",
    test_fraction: float = 0.2,
    split_seed: int = 0,
) -> tuple[Tensor | Pictures, Tensor, Tensor | Pictures, Tensor]:
    """Images of your own, in a folder a class or with a table of labels; each is cut to a square of one size.

    Args:
        path: the folder; it may hold folders train and test, which then say which images are which.
        size: height and width that the images get, their shorter side first, then the middle.
        color: colour, or shades of grey.
        labels_csv: a table of file names and labels, where the folders do not say the class.
        file_column: its column of file names; the first where it is not named.
        label_column: its column of labels; the second where it is not named.
        leave_out: classes, and files by their path in the folder, that are not used.
        skip_bad: whether files that cannot be read are left out; otherwise they are an error.
        duplicates: whether files that are there twice are kept.
        test_fraction: share of the images that is kept for testing.
        split_seed: decides which images those are.

    Returns:
        Training images (N, C, size, size) from -1 to 1 and their classes (N,); the same for testing.
    """
    found = labelled_images(path, labels_csv, (file_column, label_column), leave_out)
    if duplicates == "drop":
        found = without_duplicates(found)
    channels = 1 if color == "grey" else 3
    total = len(found.files) * channels * size * size
    pixels = None
    if total <= LARGEST_DECODED or skip_bad:
        read = each(
            partial(decoded_or_flaw, size=size, channels=channels, keep=total <= LARGEST_DECODED), found.files
        )
        pixels, found = without_bad(found, list(read), skip_bad)
    names = ordered(sorted(set(found.classes)))
    counts = [found.classes.count(name) for name in names]
    check_classes(names, counts, f"folder {Path(path).name}", "refuse")
    targets = numpy.array([names.index(name) for name in found.classes])
    if found.parts:
        train, test = split_by_words(numpy.array(found.parts), "folder")
    else:
        train, test = split_rows(len(targets), test_fraction, split_seed, classes=targets)
    made = []
    for rows in (train, test):
        kept = None if pixels is None else pixels[torch.from_numpy(rows)]
        made.append(Pictures([found.files[row] for row in rows], size, channels, kept))
    train_y, test_y = (torch.from_numpy(targets[rows]) for rows in (train, test))
    if pixels is not None and total <= LARGEST_AS_NUMBERS:
        return as_numbers_of(pixels[train]), train_y, as_numbers_of(pixels[test]), test_y
    return made[0], train_y, made[1], test_y


def labelled_images(path: str, labels_csv: str, columns: tuple[str, str], leave_out: Sequence[str]) -> Labelled:
    """The files of the images with their classes."""
    if labels_csv:
        return listed_files(path, SUFFIXES, labels_csv, columns, leave_out)
    return labelled_files(path, SUFFIXES, leave_out, "images")


def decoded_or_flaw(path: str, size: int, channels: int, keep: bool) -> Tensor | DataError | None:
    """The pixels of a file (None where they are not kept), or what is wrong with it."""
    try:
        pixels = decoded(path, size, channels)
    except DataError as error:
        return error
    return torch.from_numpy(pixels) if keep else None


def without_bad(
    found: Labelled, read: Sequence[Tensor | DataError | None], skip_bad: bool
) -> tuple[Tensor | None, Labelled]:
    """The pixels (N, C, H, W) and the files that could be read.

    Raises:
        DataError: one could not, and is not to be left out; or nothing is left of a class.
    """
    bad = [index for index, one in enumerate(read) if isinstance(one, DataError)]
    if bad and not skip_bad:
        first = read[bad[0]]
        assert isinstance(first, DataError)
        if len(bad) > 1:
            first = DataError(first.name, f"{first.what} So it is with {len(bad):,} files.", "", first.remedy)
        raise first
    good = [index for index, one in enumerate(read) if not isinstance(one, DataError)]
    kept = chosen(found, good)
    lost = sorted(set(found.classes) - set(kept.classes))
    if lost:
        raise DataError("data.empty_class", f"No image of the class {lost[0]!r} can be read.")
    if bad:
        shown = ", ".join(Path(found.files[index]).name for index in bad[:5])
        text = "%d of %d images cannot be read and are left out: %s%s"
        logging.getLogger("data").warning(text, len(bad), len(read), shown, ", …" if len(bad) > 5 else "")
    pixels = [one for one in read if isinstance(one, Tensor)]
    return torch.stack(pixels) if pixels else None, kept


def chosen(found: Labelled, indices: Sequence[int]) -> Labelled:
    """Some of the files."""
    parts = [found.parts[index] for index in indices] if found.parts else []
    return Labelled([found.files[index] for index in indices], [found.classes[index] for index in indices], parts)


def without_duplicates(found: Labelled) -> Labelled:
    """The files without those that have the same bytes as one before."""
    first: dict[str, int] = {}
    for index, digest in enumerate(each(digest_of, found.files)):
        first.setdefault(digest, index)
    return chosen(found, sorted(first.values()))


def digest_of(path: str) -> str:
    """What tells the bytes of a file from those of another."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def describe(
    path: str,
    *,
    size: int = 64,
    color: str = "rgb",
    labels_csv: str = "",
    file_column: str = "",
    label_column: str = "",
    leave_out: Sequence[str] = (),
    **_: object,
) -> tuple[InputSpec, tuple[str, ...]]:
    """What an image becomes, and the names of the classes."""
    found = labelled_images(path, labels_csv, (file_column, label_column), leave_out)
    channels = 1 if color == "grey" else 3
    spec = InputSpec(
        kind="image",
        shape=(channels, size, size),
        resize=size,
        mean=(MEAN,) * channels,
        std=(STD,) * channels,
    )
    return spec, tuple(ordered(sorted(set(found.classes))))
