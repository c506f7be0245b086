"""Files in folders, a folder a class; what is said of folders that are not so."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas

from studio.zoo.files.errors import DataError, nearest_name
from studio.zoo.files.tables import open_table

TRAIN_FOLDERS = ("train", "training")
TEST_FOLDERS = ("test", "testing", "val", "valid", "validation")


@dataclass
class Labelled:
    """Files with their classes; `parts` says train or test of each where the folders do, else it is empty."""

    files: list[str]
    classes: list[str]
    parts: list[str]


def labelled_files(path: str, suffixes: Sequence[str], leave_out: Sequence[str], what: str) -> Labelled:
    """The files of a folder that has a folder a class, perhaps in folders for training and testing.

    Args:
        path: the folder.
        suffixes: endings of the files that count, without their dot.
        leave_out: classes, and files below the folder, that do not count.
        what: what the files are called, such as "images".

    Raises:
        DataError: there is no such folder, it cannot be read, or it holds no folders with such files.
    """
    folder = checked_folder(path)
    found = Labelled([], [], [])
    tops = subfolders(folder)
    are_train = [one.name.lower() in TRAIN_FOLDERS for one in tops]
    are_test = [one.name.lower() in TEST_FOLDERS for one in tops]
    is_split = any(are_train) and any(are_test) and sum(are_train + are_test) == len(tops)
    empty = []
    for top in tops:
        for group in subfolders(top) if is_split else [top]:
            if group.name in leave_out:
                continue
            files = [one for one in files_below(group, suffixes) if os.path.relpath(one, folder) not in leave_out]
            empty += [] if files else [group]
            found.files += files
            found.classes += [group.name] * len(files)
            found.parts += ["train" if top.name.lower() in TRAIN_FOLDERS else "test"] * (is_split * len(files))
    if not found.files:
        raise no_files(folder, suffixes, what)
    if empty:
        raise DataError(
            "data.empty_class",
            f"The folder {empty[0]} has no {what}.",
            "Each folder is a class, and each class needs some to learn from.",
            f"Add {what}, remove the folder, or name it in leave_out.",
        )
    return found


def checked_folder(path: str) -> Path:
    """The folder.

    Raises:
        DataError: there is none.
    """
    folder = Path(path).expanduser()
    if not folder.exists():
        beside = [one.name for one in folder.parent.iterdir()][:2000] if folder.parent.is_dir() else []
        raise DataError("data.no_such_file", f"There is no folder {folder}.", nearest_name(folder.name, beside))
    if not folder.is_dir():
        raise DataError("data.is_file", f"{folder} is a file, not a folder.", "", "Name the folder that it is in.")
    return folder


def subfolders(folder: Path) -> list[Path]:
    """The folders in a folder, by name, without hidden ones."""
    try:
        found = [one for one in folder.iterdir() if one.is_dir() and not one.name.startswith((".", "__"))]
    except OSError as error:
        raise cannot_open(folder, error) from None
    return sorted(found, key=lambda one: one.name)


def files_below(folder: Path, suffixes: Sequence[str]) -> list[str]:
    """The files in a folder and below, by name; links to folders, which may lead in circles, are not followed."""

    def refuse(error: OSError) -> None:
        raise cannot_open(Path(error.filename or folder), error)

    found = []
    for root, _, names in os.walk(folder, onerror=refuse):
        for name in names:
            if not name.startswith(".") and name.lower().rpartition(".")[2] in suffixes:
                found.append(str(Path(root) / name))
    return sorted(found)


def cannot_open(folder: Path, error: OSError) -> DataError:
    """What is said of a folder that cannot be read."""
    return DataError(
        "data.unreadable",
        f"The folder {folder} could not be opened: {error.strerror or error}.",
        "",
        "Change its permissions, or move it away.",
    )


def no_files(folder: Path, suffixes: Sequence[str], what: str) -> DataError:
    """What is said of a folder without files in folders."""
    if files_below(folder, suffixes):
        return DataError(
            "data.no_classes",
            f"The {what} of {folder} are not in folders.",
            "Each class needs a folder of its own, whose name is the class.",
            "Sort them into folders, or name a table of files and labels as labels_csv.",
        )
    return DataError("data.no_files", f"There are no {what} in {folder}.", "", "Choose another folder.")


def listed_files(
    path: str, suffixes: Sequence[str], labels_csv: str, columns: tuple[str, str], leave_out: Sequence[str]
) -> Labelled:
    """The files that a table names, with the labels that it gives.

    Raises:
        DataError: the table cannot be read, or names a file that is not there.
    """
    folder = checked_folder(path)
    table = open_table(labels_csv)
    if len(table.names) < 2:
        raise DataError("data.no_labels", f"{table.path.name} has one column; a file and its label need two.")
    file_column, label_column = columns[0] or table.names[0], columns[1] or table.names[1]
    there = {os.path.relpath(one, folder): one for one in files_below(folder, suffixes)}
    by_name = {Path(one).name: one for one in there.values()}
    by_stem = {Path(one).stem: one for one in there.values()}
    found = Labelled([], [], [])
    for frame in table.frames([file_column, label_column]):
        for row, (name, label) in enumerate(zip(frame[file_column], frame[label_column], strict=True)):
            text = str(name).strip().replace("\\", "/")
            if text in leave_out or str(label) in leave_out:
                continue
            file = there.get(text) or by_name.get(Path(text).name) or by_stem.get(Path(text).name)
            place = f"{table.path.name}, row {row + frame.index[0] + 2}"
            if pandas.isna(label):
                raise DataError("data.target_missing", f"{place}: there is no label.", "", "Fill it in.")
            if file is None:
                raise DataError(
                    "data.no_such_file",
                    f"{place}: there is no file {text!r} in {folder}.",
                    nearest_name(text, [*there][:2000]),
                    "Correct the table, or name the file in leave_out.",
                )
            found.files.append(file)
            found.classes.append(str(label))
    return found
