"""A table of your own: a CSV, TSV, Parquet or Excel file with a row for each sample."""

import dataclasses
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy
import pandas
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.spec.model_input import InputSpec
from studio.zoo.files.columns import (
    Column,
    as_days,
    as_numbers,
    as_texts,
    check_values,
    encoded,
    look_at,
    ordered,
)
from studio.zoo.files.errors import DataError
from studio.zoo.files.splitting import check_classes, split_by_words, split_rows
from studio.zoo.files.tables import ROWS_AT_ONCE, TableFile, open_table

FACTORY = "table"
TASKS = ("classification", "regression")
GIVES = "tensor"

LARGEST_IN_MEMORY = 1_000_000_000
"""Bytes of features; more of them lie in a file on the disk, of which the memory holds what is used."""
MEDIAN_ROWS = 1_000_000


@dataclass(frozen=True)
class Choices:
    """What was said about rows that are flawed, and about the split."""

    missing: str = "refuse"
    stray_text: str = "refuse"
    duplicates: str = "keep"
    rare: str = "refuse"
    scale_target: bool = False
    test_fraction: float = 0.2
    split_seed: int = 0
    split_by: str = ""
    group_by: str = ""
    time_by: str = ""

    @property
    def drops(self) -> bool:
        """Whether rows are dropped for what they hold."""
        return self.missing == "drop" or self.duplicates == "drop"

    def keys(self, target: str) -> list[str]:
        """The columns that are not learnt from: the target first."""
        return list(dict.fromkeys([target, *(one for one in (self.split_by, self.group_by, self.time_by) if one)]))


@dataclass
class Rows:
    """Which rows of a table are used, what is to be told of each, and which are for testing."""

    count: int
    train: NDArray[Any]
    test: NDArray[Any]
    targets: NDArray[Any]
    labels: tuple[str, ...]


def table(
    path: str,
    target: str,
    task: str,
    *,
    columns: Sequence[str] = (),
    leave_out: Sequence[str] = (),
    missing: Literal["refuse", "median", "drop"] = "refuse",
    stray_text: Literal["refuse", "missing"] = "refuse",
    duplicates: Literal["keep", "drop"] = "keep",
    rare: Literal["refuse", "drop"] = "refuse",
    categories: int = 20,
    scale_target: bool = False,
    test_fraction: float = 0.2,
    split_seed: int = 0,
    split_by: str = "",
    group_by: str = "",
    time_by: str = "",
    encoding: str = "auto",
    delimiter: str = "auto",
    decimal: Literal["auto", ".", ","] = "auto",
    sheet: str = "",
    header: bool = True,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """A table of your own (CSV, TSV, Parquet, Excel); numbers are standardised, texts become columns of 0 and 1.

    Args:
        path: the file.
        target: the column that is to be told.
        columns: the columns to learn from; empty for all others that can be used.
        leave_out: columns that are not learnt from.
        missing: where a value is missing: refuse, fill in the training rows' median, or drop the row.
        stray_text: what a text among numbers is: an error, or a missing value.
        duplicates: whether rows that are there twice are kept.
        rare: what to do with a class of a single row.
        categories: a column of text with more values than that is not used.
        scale_target: whether a number that is to be told is standardised; the label then says how.
        test_fraction: share of the rows that is kept for testing.
        split_seed: decides which rows those are.
        split_by: a column that says "train" or "test" of each row; nothing is drawn then.
        group_by: a column whose groups stay together.
        time_by: a column of times; the latest rows are kept for testing.
        encoding: of a text file, such as utf-8 or cp1252.
        delimiter: what separates the fields of a text file.
        decimal: the decimal mark of a text file.
        sheet: of an Excel file; the first where it is not named.
        header: whether a line with the names of the columns stands above the rows.

    Returns:
        Training features (N, F) and targets, (N,) classes or (N, 1) numbers; the same for testing.
    """
    said = locals()
    choices = Choices(**{one.name: said[one.name] for one in dataclasses.fields(Choices)})
    written = {name: said[name] for name in ("encoding", "delimiter", "decimal", "sheet", "header")}
    return tensors(open_table(path, **written), target, task, choices, (columns, leave_out, categories))


def tensors(
    opened: TableFile,
    target: str,
    task: str,
    choices: Choices,
    wanted: tuple[Sequence[str], Sequence[str], int],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Features and targets of an open table; `wanted` says which columns are learnt from."""
    features = feature_columns(opened, choices.keys(target), *wanted)
    rows = chosen_rows(opened, features, target, task, choices)
    train_x, test_x = filled(opened, features, rows)
    standardise(train_x, test_x, features, fill=choices.missing == "median")
    dtype = numpy.int64 if task == "classification" else numpy.float32
    train_y, test_y = (rows.targets[part].astype(dtype) for part in (rows.train, rows.test))
    if task != "classification":
        train_y, test_y = train_y[:, None], test_y[:, None]
    train = torch.from_numpy(train_x), torch.from_numpy(train_y)
    return *train, torch.from_numpy(test_x), torch.from_numpy(test_y)


def feature_columns(
    opened: TableFile, keys: Sequence[str], columns: Sequence[str], leave_out: Sequence[str], categories: int
) -> list[Column]:
    """The columns that are learnt from.

    Raises:
        DataError: there are none, or one that was asked for cannot be used.
    """
    for name in leave_out:
        if name in opened.names:
            continue
        list(opened.frames([name]))  # says which name was meant
    wanted = [name for name in columns or opened.names if name not in keys and name not in leave_out]
    found = look_at(opened.frames(wanted), wanted, opened.dialect, categories) if wanted else []
    if columns:
        unfit = next((one for one in found if one.kind in ("text", "empty")), None)
        if unfit is not None:
            raise DataError(
                "data.unfit_column",
                f"The column {unfit.name!r} of {opened.path.name} cannot be learnt from.",
                "It is empty." if unfit.kind == "empty" else f"It is text with more than {categories} values.",
                "Leave it out, or raise categories.",
            )
        for one in found:
            one.kind = "number" if one.kind in ("id", "constant") else one.kind
    features = [one for one in found if one.is_feature]
    if not features:
        raise DataError(
            "data.no_features",
            f"{opened.path.name} has no column to learn from.",
            "What is left is constant, empty, free text, or only numbers the rows.",
            "Choose other columns.",
        )
    return features


def chosen_rows(opened: TableFile, features: Sequence[Column], target: str, task: str, choices: Choices) -> Rows:
    """Which rows are used, what is to be told of each, and which are for testing.

    Raises:
        DataError: the target cannot be told, or the rows cannot be split.
    """
    name, keys = opened.path.name, choices.keys(target)
    for column in features:
        check_values(name, column, choices.missing, choices.stray_text)
    parts, keeps, hashes = [], [], []
    for frame in opened.frames([*keys, *(one.name for one in features)] if choices.drops else keys):
        parts.append(frame[keys])
        if choices.drops:
            numbers = numpy.concatenate([encoded(frame[one.name], one) for one in features], axis=1)
            is_whole = ~numpy.isnan(numbers).any(axis=1)
            keeps.append(is_whole if choices.missing == "drop" else numpy.ones(len(frame), bool))
            both = pandas.DataFrame(numbers).assign(target=as_texts(frame[target]).to_numpy())
            hashes.append(pandas.util.hash_pandas_object(both, index=False).to_numpy())
    frame = pandas.concat(parts)
    keep = numpy.concatenate(keeps) if keeps else numpy.ones(len(frame), bool)
    if choices.duplicates == "drop":
        first = numpy.zeros(len(frame), bool)
        first[numpy.unique(numpy.concatenate(hashes), return_index=True)[1]] = True
        keep &= first
    if not keep.any():
        raise DataError(
            "data.all_dropped",
            f"Every row of {name} misses a value.",
            "None is left when such rows are dropped.",
            'Set missing to "median", or leave out the columns that have many gaps.',
        )
    targets, labels, keep = told(frame[target], task, opened, keep, choices)
    kept = numpy.flatnonzero(keep)
    train, test = split(frame.iloc[kept], targets[kept] if task == "classification" else None, opened, choices)
    train, test = kept[train], kept[test]
    if task != "classification" and choices.scale_target:
        mean, std = float(targets[train].mean()), float(targets[train].std()) or 1.0
        targets = (targets - mean) / std
        labels = (f"{target}, standardised: (value - {mean:.6g}) / {std:.6g}",)
    return Rows(len(keep), train, test, targets, labels)


def split(
    frame: pandas.DataFrame, classes: NDArray[Any] | None, opened: TableFile, choices: Choices
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Numbers of the training rows and of the test rows."""
    if choices.split_by:
        words = as_texts(frame[choices.split_by]).to_numpy()
        return split_by_words(words, choices.split_by, frame.index.tolist())
    return split_rows(
        len(frame),
        choices.test_fraction,
        choices.split_seed,
        classes=classes,
        groups=pandas.factorize(frame[choices.group_by])[0] if choices.group_by else None,
        times=times_of(frame[choices.time_by], opened) if choices.time_by else None,
    )


def told(
    series: pandas.Series, task: str, opened: TableFile, keep: NDArray[Any], choices: Choices
) -> tuple[NDArray[Any], tuple[str, ...], NDArray[Any]]:
    """Of each row what is to be told (class or number), the names of that, and which rows are kept."""
    name, target = opened.path.name, str(series.name)
    is_missing = series.isna().to_numpy()
    if is_missing.any() and choices.missing == "refuse":
        raise DataError(
            "data.target_missing",
            f"{name}, row {int(is_missing.argmax()) + 2}: the target {target!r} has no value there.",
            f"{int(is_missing.sum()):,} of {len(series):,} values are missing.",
            'Set missing to "median" or "drop", which leave those rows out, or choose another target.',
        )
    keep = keep & ~is_missing
    if task == "classification":
        texts = as_texts(series).to_numpy().astype(object)
        names, counts = numpy.unique(texts[keep].astype(str), return_counts=True)
        check_classes([*map(str, names)], [*map(int, counts)], f"target {target!r}", choices.rare)
        if choices.rare == "drop":
            names = names[counts > 1]
            keep = keep & numpy.isin(texts.astype(str), names)
            check_classes([*map(str, names)], [2] * len(names), f"target {target!r}", choices.rare)
        labels = ordered([*map(str, names)])
        number = {label: index for index, label in enumerate(labels)}
        return numpy.array([number.get(str(text), -1) for text in texts]), tuple(labels), keep
    column = Column(target)
    if opened.dialect is not None:
        column.decimal, column.thousands = opened.dialect.decimal, opened.dialect.thousands or ""
    numbers = numpy.zeros(len(series))
    known = series[~is_missing]
    is_flag = pandas.api.types.is_bool_dtype(known.dtype)
    numbers[~is_missing] = known.astype(float) if is_flag else as_numbers(known, column)
    unfit = keep & ~numpy.isfinite(numbers)
    if unfit.any():
        row = int(unfit.argmax())
        raise DataError(
            "data.target_no_number",
            f"{name}, row {row + 2}: the target {target!r} is {str(series.iloc[row])[:40]!r} there, no number.",
            "Regression tells numbers.",
            'Correct the file, or set task to "classification".',
        )
    if keep.any() and numbers[keep].min() == numbers[keep].max():
        raise DataError(
            "data.one_value",
            f"The target {target!r} is {numbers[keep].min():g} in every row.",
            "There is nothing to tell.",
            "Choose another target.",
        )
    return numbers, (target,), keep


def times_of(series: pandas.Series, opened: TableFile) -> NDArray[Any]:
    """Times as numbers that grow.

    Raises:
        DataError: they are neither dates nor numbers.
    """
    column = look_at([series.to_frame()], [str(series.name)], opened.dialect)[0]
    times = as_days(series, column) if column.kind == "date" else as_numbers(series, column)
    if numpy.isnan(times).any():
        row = int(series.index[int(numpy.isnan(times).argmax())])
        raise DataError(
            "data.bad_time",
            f"{opened.path.name}, row {row + 2}: {str(series.loc[row])[:40]!r} in the column {series.name!r} "
            "is no time.",
            "Rows are put in order by it.",
            "Choose another column for time_by.",
        )
    return times


def filled(opened: TableFile, features: Sequence[Column], rows: Rows) -> tuple[NDArray[Any], NDArray[Any]]:
    """The numbers of the training and the test rows, in a file where they are too many for the memory."""
    width = sum(column.width for column in features)
    is_large = 4 * width * (len(rows.train) + len(rows.test)) > LARGEST_IN_MEMORY
    train_x, test_x = (room(len(part), width, is_large) for part in (rows.train, rows.test))
    place = numpy.zeros(rows.count, dtype=numpy.int64)  # 0 for rows that are not used
    place[rows.train] = numpy.arange(1, len(rows.train) + 1)
    place[rows.test] = -numpy.arange(1, len(rows.test) + 1)
    start = 0
    for frame in opened.frames([column.name for column in features]):
        numbers = numpy.concatenate([encoded(frame[column.name], column) for column in features], axis=1)
        here = place[start : start + len(frame)]
        train_x[here[here > 0] - 1] = numbers[here > 0]
        test_x[-here[here < 0] - 1] = numbers[here < 0]
        start += len(frame)
    return train_x, test_x


def room(count: int, width: int, is_large: bool) -> NDArray[Any]:
    """Room for numbers (count, width); a large one lies in a file that goes when the process ends."""
    if not is_large:
        return numpy.empty((count, width), numpy.float32)
    # Where /tmp is in memory, /var/tmp is on the disk.
    folder = "/var/tmp" if Path("/var/tmp").is_dir() else None
    with tempfile.TemporaryFile(dir=folder, prefix="table-") as file:
        return numpy.memmap(file, numpy.float32, "w+", shape=(count, width))


def standardise(train_x: NDArray[Any], test_x: NDArray[Any], features: Sequence[Column], *, fill: bool) -> None:
    """Give each column of numbers mean 0 and deviation 1 over the training rows; fill gaps with their median."""
    kinds = numpy.array([column.kind for column in features for _ in range(column.width)])
    if fill:
        seen = train_x[:: max(1, len(train_x) // MEDIAN_ROWS)]
        gaps = [0.0 if kind == "category" else median(seen[:, at]) for at, kind in enumerate(kinds)]
        for part in blocks(train_x, test_x):
            rows, places = numpy.nonzero(numpy.isnan(part))
            part[rows, places] = numpy.array(gaps, numpy.float32)[places]
    total, squares = numpy.zeros(len(kinds)), numpy.zeros(len(kinds))
    for part in blocks(train_x):
        total += part.sum(axis=0, dtype=numpy.float64)
    mean = total / len(train_x)
    for part in blocks(train_x):
        squares += ((part - mean) ** 2).sum(axis=0)
    std = numpy.sqrt(squares / len(train_x))
    is_number = numpy.isin(kinds, ("number", "date"))
    mean, std = numpy.where(is_number, mean, 0.0), numpy.where(is_number & (std > 0), std, 1.0)
    for part in blocks(train_x, test_x):
        part[:] = (part - mean) / std


def blocks(*arrays: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """The rows of arrays, so many at once that what is computed of them fits in the memory."""
    for array in arrays:
        for start in range(0, len(array), ROWS_AT_ONCE):
            yield array[start : start + ROWS_AT_ONCE]


def median(values: NDArray[Any]) -> float:
    """The median of what is known; 0 where nothing is."""
    known = values[~numpy.isnan(values)]
    return float(numpy.median(known)) if len(known) else 0.0


def describe(
    path: str,
    target: str,
    task: str,
    *,
    columns: Sequence[str] = (),
    leave_out: Sequence[str] = (),
    categories: int = 20,
    **said: Any,
) -> tuple[InputSpec, tuple[str, ...]]:
    """What a row becomes (its width is read off the tensors), and the names of what is to be told."""
    choices = Choices(**{one.name: said.pop(one.name) for one in dataclasses.fields(Choices) if one.name in said})
    opened = open_table(path, **said)
    keys = choices.keys(target)
    features = feature_columns(opened, keys, columns, leave_out, categories) if choices.drops else []
    rows = chosen_rows(opened, features, target, task, choices)
    return InputSpec(kind="tensor", shape=()), rows.labels
