"""What the columns of a table hold, and how they become numbers."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy
import pandas
from numpy.typing import NDArray

from studio.zoo.files.dialects import Dialect
from studio.zoo.files.errors import DataError

Kind = Literal["number", "flag", "category", "date", "text", "constant", "id", "empty"]
DATE_FORMATS = ("ISO8601", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M")
MOST_VALUES = 1000
ID_NAME = re.compile(r"(.*[\s_-])?(id|index|uuid|guid|nr|no|number|unnamed: \d+)|.*[a-z]Id", re.ASCII)
NUMBERS_AMONG_TEXT = 0.8
DAY = 86_400_000_000_000


@dataclass
class Column:
    """What one column holds. Rows count from 0; `stray` is a text among numbers."""

    name: str
    kind: Kind = "empty"
    values: list[str] = field(default_factory=list)
    date_format: str = ""
    missing: int = 0
    first_missing: int = -1
    infinite: int = 0
    first_infinite: int = -1
    strays: int = 0
    stray: tuple[int, str] = (-1, "")
    decimal: str = "."
    thousands: str = ""

    @property
    def is_feature(self) -> bool:
        """Whether a model can learn from it."""
        return self.kind in ("number", "flag", "category", "date")

    @property
    def width(self) -> int:
        """How many numbers it becomes."""
        return len(self.values) if self.kind == "category" else 1


@dataclass
class Tally:
    """What is counted of a column while its pieces pass by."""

    rows: int = 0
    numbers: int = 0
    texts: int = 0
    flags: int = 0
    dates: int = 0
    unlike: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    is_whole: bool = True


def look_at(
    frames: Iterable[pandas.DataFrame], names: Sequence[str], dialect: Dialect | None, categories: int = 20
) -> list[Column]:
    """What each column holds, in one pass over the rows.

    Args:
        frames: the rows in pieces.
        names: the columns to look at.
        dialect: how numbers are written; None where the file says their type.
        categories: a column of text with more values than that is free text.
    """
    columns = [Column(name) for name in names]
    if dialect is not None:
        for column in columns:
            column.decimal, column.thousands = dialect.decimal, dialect.thousands or ""
    tallies = [Tally() for _ in names]
    for frame in frames:
        for column, tally in zip(columns, tallies, strict=True):
            count(frame[column.name], column, tally)
    for column, tally in zip(columns, tallies, strict=True):
        decide(column, tally, categories)
    return columns


def count(series: pandas.Series, column: Column, tally: Tally) -> None:
    """Count what one piece of a column holds."""
    is_missing = series.isna().to_numpy()
    if is_missing.any():
        column.missing += int(is_missing.sum())
        if column.first_missing < 0:
            column.first_missing = int(series.index[int(is_missing.argmax())])
    known = series[~is_missing]
    tally.rows += len(series)
    if not len(known):
        return
    if pandas.api.types.is_datetime64_any_dtype(series.dtype):
        tally.dates += len(known)
        note_values(known, tally)
        return
    if pandas.api.types.is_bool_dtype(known.dtype):
        tally.flags += len(known)
        note_values(known, tally)
        return
    numbers = as_numbers(known, column)
    is_number = ~numpy.isnan(numbers)
    tally.numbers += int(is_number.sum())
    if not is_number.all():
        texts = known[~is_number].astype(str)
        tally.texts += len(texts)
        column.strays += len(texts)
        if column.stray[0] < 0:
            column.stray = (int(texts.index[0]), str(texts.iloc[0]))
        tally.unlike |= set(texts.head(20))
    note_values(known, tally)
    count_numbers(known, numbers, column, tally)


def count_numbers(known: pandas.Series, numbers: NDArray[Any], column: Column, tally: Tally) -> None:
    """Count what the numbers of one piece are like."""
    is_infinite = numpy.isinf(numbers)
    if is_infinite.any():
        column.infinite += int(is_infinite.sum())
        if column.first_infinite < 0:
            column.first_infinite = int(known.index[int(is_infinite.argmax())])
    finite = numbers[numpy.isfinite(numbers)]
    if not len(finite):
        return
    tally.is_whole = tally.is_whole and bool((finite == numpy.rint(finite)).all())


def note_values(known: pandas.Series, tally: Tally) -> None:
    """Add different values to those that are known, up to a limit: what has more is no category."""
    if len(tally.values) <= MOST_VALUES:
        tally.values |= set(as_texts(known.drop_duplicates().head(MOST_VALUES + 1)))


def decide(column: Column, tally: Tally, categories: int) -> None:
    """Say what a column is, once all of it was seen."""
    known = tally.numbers + tally.texts + tally.flags + tally.dates
    different = len(tally.values)
    if not known:
        column.kind = "empty"
    elif different == 1 and not column.missing:
        column.kind = "constant"
    elif tally.texts == 0:
        column.kind = "flag" if tally.flags == known else "date" if tally.dates == known else "number"
        if column.kind == "number" and tally.flags + tally.dates == 0 and is_id(column, tally, known, different):
            column.kind = "id"
    elif tally.numbers >= NUMBERS_AMONG_TEXT * known and different > 2:
        column.kind = "number"  # with texts in between, which are refused or count as missing
    elif column.date_format == "" and (found := date_format([*tally.values])):
        column.kind, column.date_format = "date", found
    elif different <= categories:
        column.kind, column.values = "category", ordered([*tally.values])
    else:
        column.kind = "text"
    if column.kind != "number":
        column.strays, column.stray = 0, (-1, "")


def is_id(column: Column, tally: Tally, known: int, different: int) -> bool:
    """Whether whole numbers only number the rows."""
    if column.missing or not tally.is_whole or known < 4:
        return False
    all_differ = different == known or different > MOST_VALUES
    name = column.name.strip()
    return all_differ and bool(ID_NAME.fullmatch(name) or ID_NAME.fullmatch(name.lower()))


def date_format(values: Sequence[str]) -> str:
    """The format in which all of these texts are dates; "" where they are not."""
    texts = pandas.Series([value for value in values if value.strip()][:200], dtype=object)
    if not len(texts) or not texts.astype(str).str.contains(r"\d{4}").all():
        return ""
    for known in DATE_FORMATS:
        if not pandas.to_datetime(texts, format=known, errors="coerce", utc=True).isna().any():
            return known
    return ""


def as_texts(series: pandas.Series) -> pandas.Series:
    """Values as text, the same for 1, 1.0 and "1"."""
    if pandas.api.types.is_float_dtype(series.dtype):
        whole = series.dropna()
        if len(whole) and (whole == whole.round()).all() and whole.abs().max() < 2**53:
            return series.astype("Int64").astype(str)
    texts: pandas.Series = series.astype(str).str.strip()
    return texts


def as_numbers(series: pandas.Series, column: Column) -> NDArray[Any]:
    """Numbers (float64), NaN for what is none."""
    if pandas.api.types.is_numeric_dtype(series.dtype):
        return series.to_numpy(dtype=numpy.float64, na_value=numpy.nan)
    texts = series.astype(str).str.strip()
    if column.thousands:
        texts = texts.str.replace(column.thousands, "", regex=False)
    if column.decimal != ".":
        texts = texts.str.replace(column.decimal, ".", regex=False)
    return pandas.to_numeric(texts, errors="coerce").to_numpy(dtype=numpy.float64, na_value=numpy.nan)


def as_days(series: pandas.Series, column: Column) -> NDArray[Any]:
    """Dates as days since 1970 (float64), NaN for what is none."""
    if not pandas.api.types.is_datetime64_any_dtype(series.dtype):
        series = pandas.to_datetime(series, format=column.date_format or None, errors="coerce", utc=True)
    times = pandas.DatetimeIndex(series)
    if times.tz is not None:
        times = times.tz_convert("UTC").tz_localize(None)
    days = times.as_unit("ns").asi8 / DAY
    days[times.isna()] = numpy.nan
    return days


def encoded(series: pandas.Series, column: Column) -> NDArray[Any]:
    """The numbers (N, width) that a model gets of a column, float32; NaN where the value is missing."""
    is_missing = series.isna().to_numpy()
    if column.kind == "category":
        texts = as_texts(series).to_numpy()
        table = numpy.stack([texts == value for value in column.values], axis=1).astype(numpy.float32)
        table[is_missing] = numpy.nan
        return table
    if column.kind == "date":
        numbers = as_days(series, column)
    elif column.kind == "flag":
        numbers = series.astype(object).where(~is_missing, numpy.nan).to_numpy(dtype=numpy.float64)
    else:
        numbers = numpy.full(len(series), numpy.nan)
        numbers[~is_missing] = as_numbers(series[~is_missing], column)
        numbers[numpy.isinf(numbers)] = numpy.nan
    return numbers.astype(numpy.float32)[:, None]


def ordered(values: Sequence[str]) -> list[str]:
    """Values in their natural order: numbers by size, the rest by letter."""
    try:
        return sorted(values, key=float)
    except ValueError:
        return sorted(values)


def check_values(file: str, column: Column, missing: str, stray_text: str) -> None:
    """Whether a feature's values can be used as they are.

    Raises:
        DataError: some are missing, infinite or text among numbers, and nothing was said about them.
    """
    if column.strays and stray_text == "refuse":
        row, text = column.stray
        raise DataError(
            "data.text_among_numbers",
            f"{file}, row {row + 2}: {text[:40]!r} in the column {column.name!r} is no number.",
            f"Text are {column.strays:,} of its values, the others are numbers.",
            'Correct them, set stray_text to "missing", or leave the column out.',
        )
    if missing != "refuse":
        return
    if column.infinite:
        raise DataError(
            "data.infinite",
            f"{file}, row {column.first_infinite + 2}: the column {column.name!r} is infinite there.",
            f"Infinite are {column.infinite:,} of its values.",
            'Set missing to "median" or "drop", or leave the column out.',
        )
    if column.missing or column.strays:
        row = column.first_missing if column.missing else column.stray[0]
        raise DataError(
            "data.missing",
            f"{file}, row {row + 2}: the column {column.name!r} has no value there.",
            f"Missing are {column.missing + column.strays:,} of its values.",
            'Set missing to "median" or "drop", or leave the column out.',
        )
