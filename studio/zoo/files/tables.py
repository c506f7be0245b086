"""Rows of a table file (CSV, TSV, Parquet, Excel), read piece by piece, every flaw in words."""

import csv
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas
import pyarrow
import pyarrow.parquet

from studio.zoo.files.dialects import Dialect, dialect_of, first_bytes, sample_text
from studio.zoo.files.errors import DataError, nearest_name
from studio.zoo.files.layouts import SPACES, Layout, layout_of, records

MOST_COLUMNS = 20_000
ROWS_AT_ONCE = 100_000
BYTES_AT_ONCE = 100_000_000
CHECKED_BYTES = 64_000_000
MISSING = ("", "NA", "N/A", "n/a", "nan", "NaN", "NAN", "null", "NULL", "#N/A", "?")


@dataclass
class TableFile:
    """A table in a file. `frames` reads it from the start each time, a small file only once."""

    path: Path
    names: list[str]
    dialect: Dialect | None = None
    sheet: str = ""
    above: int = 0
    kept: list[pandas.DataFrame] = field(default_factory=list)

    @property
    def is_small(self) -> bool:
        """Whether all rows are held at once."""
        return (
            bool(self.kept)
            or self.path.suffix.lower() in (".xlsx", ".xlsm")
            or self.path.stat().st_size <= BYTES_AT_ONCE
        )

    def frames(self, columns: Sequence[str]) -> Iterator[pandas.DataFrame]:
        """The rows with these columns, in pieces; the index counts rows from 0.

        Raises:
            DataError: the file is damaged, ragged, or has no such column.
        """
        for name in columns:
            if name not in self.names:
                raise DataError(
                    "data.no_such_column",
                    f"{self.path.name} has no column {name!r}.",
                    nearest_name(name, self.names),
                )
        wanted = list(dict.fromkeys(columns))
        if not self.is_small:
            yield from read_frames(self, wanted)
            return
        if not self.kept:
            self.kept = list(read_frames(self, self.names))
        for frame in self.kept:
            yield frame[wanted]


def open_table(
    path: str,
    *,
    encoding: str = "auto",
    delimiter: str = "auto",
    decimal: str = "auto",
    sheet: str = "",
    header: bool = True,
) -> TableFile:
    """A table's file with the names of its columns; the rows are not read yet.

    Raises:
        DataError: there is no such file, it is of another kind, empty, too wide, or not readable.
    """
    file = Path(path).expanduser()
    check_file(file)
    kind = file.suffix.lower()
    if kind in (".parquet", ".pq"):
        names, count = parquet_names(file)
        return TableFile(file, checked_names(file, names, count))
    if kind in (".xlsx", ".xlsm"):
        first = excel_frame(file, sheet, rows=1, header=header)
        return TableFile(file, checked_names(file, [*first.columns], len(first)), None, sheet, above=int(header))
    dialect = dialect_of(file, encoding, delimiter, decimal)
    try:
        layout = layout_of(sample_text(file, first_bytes(file), dialect.encoding), dialect.delimiter, header)
        checked_names(file, [*layout.names], 1)
        count = checked_rows(file, dialect, layout)
    except csv.Error as error:
        # A field longer than csv allows: the quotes do not close, or this is no table.
        raise DataError("data.unreadable", f"{file.name} is not a regular table: {error}.") from None
    except UnicodeDecodeError as error:
        raise other_encoding(file, dialect, error) from None
    return TableFile(file, checked_names(file, [*layout.names], count), dialect, above=layout.above)


def check_file(file: Path) -> None:
    """Whether there is a file of a kind that can be read.

    Raises:
        DataError: there is none.
    """
    if not file.exists():
        folder = file.parent
        beside = [one.name for one in folder.iterdir()][:2000] if folder.is_dir() else []
        raise DataError("data.no_such_file", f"There is no file {file}.", nearest_name(file.name, beside))
    if file.is_dir():
        raise DataError("data.is_folder", f"{file} is a folder, not a table.", "", "Name one file in it.")
    try:
        with file.open("rb") as opened:
            is_empty = not opened.read(1)
    except OSError as error:
        reason = error.strerror or error
        raise DataError("data.unreadable", f"{file.name} could not be read: {reason}.") from None
    if is_empty:
        raise DataError("data.empty", f"{file.name} is empty.", "There is nothing in it to learn from.")
    if file.suffix.lower() in (".xls", ".ods", ".numbers"):
        raise DataError(
            "data.unsupported",
            f"{file.name} is a spreadsheet of a kind that is not read.",
            "",
            "Save it as .xlsx or CSV.",
        )


def checked_names(file: Path, names: list[str], rows: int) -> list[str]:
    """The names of the columns.

    Raises:
        DataError: there are too many, or none, or no rows below them.
    """
    if len(names) > MOST_COLUMNS:
        raise DataError(
            "data.too_wide",
            f"{file.name} has {len(names):,} columns; at most {MOST_COLUMNS:,} are read.",
            "A table has a row for each sample and a column for each of its values.",
            "Turn the table if its samples stand in columns, or leave columns out.",
        )
    if not names:
        raise DataError("data.empty", f"{file.name} has no columns.", "There is nothing in it to learn from.")
    if not rows:
        raise DataError(
            "data.no_rows", f"{file.name} has a header but no rows.", "There is nothing to learn from."
        )
    return names


def checked_rows(file: Path, dialect: Dialect, layout: Layout) -> int:
    """Whether every row of a file of ordinary size is as wide as the header; returns how many there are.

    Of a larger file only the first row is looked at: pandas still says of a line that it is too long.

    Raises:
        DataError: one is not; it is named.
    """
    count, is_small = 0, file.stat().st_size <= CHECKED_BYTES
    with file.open(encoding=dialect.encoding, newline="") as lines:
        for above, (line, fields) in enumerate(records(lines, dialect.delimiter)):
            if above < layout.above or not fields:
                continue
            count += 1
            if len(fields) != len(layout.names):
                raise ragged(file, line, len(layout.names), len(fields))
            if not is_small:
                break
    return count


def ragged(file: Path, line: int, expected: int, found: int) -> DataError:
    """What is said of a line with too many or too few fields."""
    fields = "1 field" if found == 1 else f"{found} fields"
    return DataError(
        "data.ragged",
        f"{file.name}, line {line} has {fields}; the first line has {expected}.",
        "A field with the delimiter in it has to be quoted, and no field may be left out.",
        "Mend the line, or set the delimiter.",
    )


def other_encoding(file: Path, dialect: Dialect, error: UnicodeError) -> DataError:
    """What is said of bytes that are not of the encoding."""
    return DataError(
        "data.encoding",
        f"{file.name} is not all text in {dialect.encoding}.",
        f"{str(error).capitalize()}.",
        "Set encoding to cp1252 or latin-1, or save the file as UTF-8.",
    )


def read_frames(table: TableFile, columns: Sequence[str]) -> Iterator[pandas.DataFrame]:
    """The rows in pieces, whatever the kind of the file."""
    kind, start = table.path.suffix.lower(), 0
    try:
        if kind in (".parquet", ".pq"):
            file = pyarrow.parquet.ParquetFile(table.path)
            for batch in file.iter_batches(ROWS_AT_ONCE, columns=list(columns)):
                frame = batch.to_pandas(ignore_metadata=True)
                frame.index = pandas.RangeIndex(start, start + len(frame))
                start += len(frame)
                yield frame
        elif kind in (".xlsx", ".xlsm"):
            yield excel_frame(table.path, table.sheet, header=bool(table.above))[list(columns)]
        else:
            with delimited_reader(table, columns, sys.maxsize if table.is_small else ROWS_AT_ONCE) as reader:
                yield from reader
    except (pyarrow.ArrowException, OSError) as error:
        raise damaged(table.path, error) from error
    except pandas.errors.ParserError as error:
        text = " ".join(str(error).split())
        raise DataError("data.ragged", f"{table.path.name} is not a regular table: {text}.") from None
    except UnicodeError as error:
        assert table.dialect is not None
        raise other_encoding(table.path, table.dialect, error) from None


def delimited_reader(
    table: TableFile, columns: Sequence[str], rows_at_once: int
) -> pandas.io.parsers.TextFileReader:
    """pandas' reader of a text file of rows."""
    dialect = table.dialect
    assert dialect is not None
    return pandas.read_csv(
        table.path,
        sep=r"\s+" if dialect.delimiter == SPACES else dialect.delimiter,
        encoding=dialect.encoding,
        decimal=dialect.decimal,
        thousands=dialect.thousands,
        header=None,
        names=table.names,
        skiprows=table.above,
        usecols=list(columns),
        chunksize=rows_at_once,
        index_col=False,
        keep_default_na=False,
        na_values=list(MISSING),
        skipinitialspace=True,
        low_memory=False,
    )


def excel_frame(file: Path, sheet: str = "", rows: int | None = None, header: bool = True) -> pandas.DataFrame:
    """The rows of a sheet; the first one where none is named.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with pandas.ExcelFile(file, engine="openpyxl") as book:
            names = [str(name) for name in book.sheet_names]
            if sheet and sheet not in names:
                raise DataError(
                    "data.no_such_sheet", f"{file.name} has no sheet {sheet!r}.", nearest_name(sheet, names)
                )
            frame: pandas.DataFrame = pandas.read_excel(
                book,
                sheet_name=sheet or names[0],
                header=0 if header else None,
                nrows=rows,
                keep_default_na=False,
                na_values=list(MISSING),
            )
    except DataError:
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        raise damaged(file, error) from error
    frame.columns = [str(name) if header else f"column {number}" for number, name in enumerate(frame.columns, 1)]
    return frame


def parquet_names(file: Path) -> tuple[list[str], int]:
    """The names of a Parquet file's columns, and how many rows it has."""
    try:
        about = pyarrow.parquet.read_metadata(file)
        return [str(name) for name in about.schema.to_arrow_schema().names], about.num_rows
    except (pyarrow.ArrowException, OSError) as error:
        raise damaged(file, error) from error


def damaged(file: Path, error: Exception) -> DataError:
    """What is said of a file that is not what its name says."""
    text = " ".join(str(error).split())[:160].rstrip(".")
    return DataError(
        "data.unreadable", f"{file.name} is damaged, or not a {file.suffix[1:].lower()} file.", f"{text}."
    )
