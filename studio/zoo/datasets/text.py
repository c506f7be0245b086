"""Texts of your own: a table with a column of texts, or a folder of .txt files a class."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.spec.model_input import InputSpec
from studio.zoo.files.columns import as_texts
from studio.zoo.files.dialects import encoding_of
from studio.zoo.files.errors import DataError, nearest_name
from studio.zoo.files.folders import labelled_files
from studio.zoo.files.splitting import split_by_words, split_rows
from studio.zoo.files.tables import open_table
from studio.zoo.files.targets import as_targets, class_names
from studio.zoo.text import encode, vocabulary_of

FACTORY = "text"
TASKS = ("classification",)
GIVES = "tokens"


def text(
    path: str,
    *,
    target: str = "",
    text_column: str = "",
    level: Literal["words", "characters"] = "words",
    max_length: int = 64,
    vocabulary_size: int = 10_000,
    lower: bool = True,
    leave_out: Sequence[str] = (),
    encoding: str = "auto",
    delimiter: str = "auto",
    test_fraction: float = 0.2,
    split_seed: int = 0,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Texts of your own with a class each: a table with a column of texts, or .txt files in a folder a class.

    Args:
        path: the table (CSV, TSV, Parquet, Excel), or the folder.
        target: the column of classes, where the path is a table.
        text_column: the column of texts, where the path is a table.
        level: whether a text is cut into words or characters.
        max_length: how many words or characters of a text are read; shorter ones are filled up.
        vocabulary_size: how many different ones are known at most; the most frequent of the training texts.
        lower: whether capital letters count as small ones.
        leave_out: classes, and files by their path in the folder, that are not used.
        encoding: of the table, such as utf-8 or cp1252.
        delimiter: what separates the fields of the table.
        test_fraction: share of the texts that is kept for testing.
        split_seed: decides which texts those are.

    Returns:
        Training tokens (N, max_length) and classes (N,); the same for testing.
    """
    found = labelled_texts(path, target, text_column, leave_out, (encoding, delimiter))
    train, train_y, test, test_y = parted(*found, test_fraction, split_seed)
    kind = level.removesuffix("s")
    known = vocabulary_of(train, max_length, kind, lower, vocabulary_size)
    train_x, test_x = (encode(texts, known, max_length, kind, lower) for texts in (train, test))
    return train_x, train_y, test_x, test_y


def parted(
    texts: list[str], labels: NDArray[Any], parts: list[str], test_fraction: float, split_seed: int
) -> tuple[list[str], Tensor, list[str], Tensor]:
    """Training texts and their classes (N,); the same for testing."""
    told, classes = as_targets(labels, "classification", "target")
    if parts:
        rows = split_by_words(numpy.array(parts), "folder")
    else:
        rows = split_rows(len(texts), test_fraction, split_seed, classes=classes)
    train, test = ([texts[row] for row in part] for part in rows)
    train_y, test_y = (told[torch.from_numpy(part)] for part in rows)
    return train, train_y, test, test_y


def labelled_texts(
    path: str, target: str, text_column: str, leave_out: Sequence[str], written: tuple[str, str]
) -> tuple[list[str], NDArray[Any], list[str]]:
    """Texts, their classes, and train or test of each where the folders say it.

    Raises:
        DataError: the texts cannot be read, or one has no class.
    """
    if Path(path).expanduser().is_dir():
        found = labelled_files(path, ("txt",), leave_out, "texts")
        return [read_text(Path(file)) for file in found.files], numpy.array(found.classes), found.parts
    table = open_table(path, encoding=written[0], delimiter=written[1])
    for name, value in (("target", target), ("text_column", text_column)):
        if not value:
            what = f"Which column of {table.path.name} is the {name} is not said."
            raise DataError("data.no_column_named", what, nearest_name("", table.names), f"Set {name}.")
    frames = [frame[[text_column, target]] for frame in table.frames([text_column, target])]
    texts: list[str] = []
    labels: list[str] = []
    for frame in frames:
        for column in (text_column, target):
            is_missing = frame[column].isna().to_numpy()
            if is_missing.any():
                raise DataError(
                    "data.target_missing" if column == target else "data.missing",
                    f"{table.path.name}, row {int(frame.index[int(is_missing.argmax())]) + 2}: the column "
                    f"{column!r} has no value there.",
                    f"{int(is_missing.sum()):,} of its values are missing.",
                    "Fill them in, or remove those rows.",
                )
        texts += [str(one) for one in frame[text_column]]
        labels += [str(one) for one in as_texts(frame[target])]
    kept = [index for index, label in enumerate(labels) if label not in leave_out]
    return [texts[index] for index in kept], numpy.array([labels[index] for index in kept]), []


def read_text(file: Path) -> str:
    """A text file, whatever its encoding.

    Raises:
        DataError: it cannot be read, or is no text.
    """
    try:
        return file.read_text(encoding=encoding_of(file, file.read_bytes()[:4096]), errors="replace")
    except OSError as error:
        raise DataError("data.unreadable", f"{file} could not be read: {error.strerror or error}.") from None


def describe(
    path: str,
    *,
    target: str = "",
    text_column: str = "",
    level: Literal["words", "characters"] = "words",
    max_length: int = 64,
    vocabulary_size: int = 10_000,
    lower: bool = True,
    leave_out: Sequence[str] = (),
    encoding: str = "auto",
    delimiter: str = "auto",
    test_fraction: float = 0.2,
    split_seed: int = 0,
) -> tuple[InputSpec, tuple[str, ...]]:
    """How a text is told to a model, and the names of the classes."""
    found = labelled_texts(path, target, text_column, leave_out, (encoding, delimiter))
    train = parted(*found, test_fraction, split_seed)[0]
    kind: Literal["word", "character"] = "word" if level == "words" else "character"
    known = vocabulary_of(train, max_length, kind, lower, vocabulary_size)
    spec = InputSpec(
        kind="text", shape=(max_length,), dtype="int64", tokens=known, token_kind=kind, lowercase=lower
    )
    return spec, tuple(class_names(found[1]))
