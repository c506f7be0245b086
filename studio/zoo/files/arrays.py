"""Arrays in NumPy's files."""

import zipfile
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from studio.zoo.files.errors import DataError, nearest_name
from studio.zoo.files.tables import check_file, damaged

INPUT_NAMES = ("x", "data", "features", "images", "inputs", "arr_0")
TARGET_NAMES = ("y", "target", "targets", "labels", "label", "arr_1")


def read_arrays(path: str, x: str = "", y: str = "", targets: str = "") -> list[NDArray[Any]]:
    """Inputs and targets; after them those for testing, where the file has such: two arrays or four.

    Args:
        path: a .npz file with both, or a .npy file of inputs.
        x: name of the inputs in the .npz file; "" for the usual ones.
        y: name of the targets in it.
        targets: a .npy file of targets, for a .npy file of inputs.

    Raises:
        DataError: a file cannot be read, or has no such arrays.
    """
    file = Path(path).expanduser()
    check_file(file)
    if file.suffix.lower() == ".npy":
        if not targets:
            remedy = "Name the file of their targets as targets."
            raise DataError("data.no_targets", f"{file.name} holds inputs alone.", "", remedy)
        return [loaded(file), loaded(Path(targets).expanduser())]
    archive = loaded(file)
    if not isinstance(archive, numpy.lib.npyio.NpzFile):
        raise DataError("data.unreadable", f"{file.name} holds one array; inputs and targets are two.")
    with archive:
        names = archive.files
        inputs, outputs = named(names, x, INPUT_NAMES, file), named(names, y, TARGET_NAMES, file)
        wanted = [inputs, outputs]
        if "train" in inputs and inputs.replace("train", "test") in names:
            wanted += [inputs.replace("train", "test"), outputs.replace("train", "test")]
        return [member(archive, name, file) for name in wanted]


def named(names: list[str], name: str, usual: tuple[str, ...], file: Path) -> str:
    """The array of a name, or of one of the usual names.

    Raises:
        DataError: there is none.
    """
    folded = {one.lower(): one for one in reversed(names)}
    for known in (
        [name.lower()]
        if name
        else [*usual, *(f"{one}_train" for one in usual), *(f"train_{one}" for one in usual)]
    ):
        if known in folded:
            return folded[known]
    kind = "x" if usual is INPUT_NAMES else "y"
    raise DataError(
        "data.no_such_array",
        f"{file.name} has no array {name or kind!r}.",
        nearest_name(name or kind, names),
        f"Name the array as {kind}.",
    )


def member(archive: "numpy.lib.npyio.NpzFile", name: str, file: Path) -> NDArray[Any]:
    """One array of a file."""
    try:
        array: NDArray[Any] = archive[name]
    except (ValueError, OSError, zipfile.BadZipFile, EOFError, KeyError) as error:
        raise unreadable(file, error) from error
    return array


def loaded(file: Path) -> Any:
    """What is in a file: an array, or several by name. Nothing that could run code is unpacked."""
    check_file(file)
    try:
        return numpy.load(file, allow_pickle=False)
    except (ValueError, OSError, zipfile.BadZipFile, EOFError) as error:
        raise unreadable(file, error) from error


def unreadable(file: Path, error: Exception) -> DataError:
    """What is said of a file that NumPy refuses."""
    if "pickle" in str(error).lower():
        return DataError(
            "data.pickled",
            f"{file.name} holds Python objects, or is no file of arrays.",
            "Unpacking those could run code.",
            "Save plain arrays: numpy.savez(file, x=x, y=y).",
        )
    return damaged(file, error)
