"""How a text file of rows is written: its encoding, what separates its fields, its decimal mark."""

import codecs
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from studio.zoo.files.errors import DataError
from studio.zoo.files.layouts import RECORDS_LOOKED_AT, SPACES, records, usual_width

SAMPLE_BYTES = 262_144
LONGEST_LINE = 16_000_000
SCANNED_BYTES = 64_000_000
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Dialect:
    """How a text file of rows is written."""

    encoding: str
    delimiter: str
    decimal: str
    thousands: str | None = None


def dialect_of(path: Path, encoding: str = "auto", delimiter: str = "auto", decimal: str = "auto") -> Dialect:
    """How a file is written; what is not ``"auto"`` is taken as it is.

    Raises:
        DataError: the file is empty, is no text, or has another encoding than was said.
    """
    head = first_bytes(path)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise DataError("data.empty", f"{path.name} is empty.", "There is nothing in it to learn from.")
    found = encoding_of(path, head) if encoding == "auto" else encoding
    text = sample_text(path, head, found)
    separator = delimiter_of(text) if delimiter == "auto" else delimiter.replace("\\t", "\t")
    mark, thousands = decimal_of(text, separator)
    if decimal != "auto":
        mark, thousands = decimal, None if thousands == decimal else thousands
    return Dialect(found, separator, mark, thousands)


def first_bytes(path: Path) -> bytes:
    """The beginning of a file, its first line at least."""
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
        return head if b"\n" in head else head + file.readline(LONGEST_LINE)


def encoding_of(path: Path, head: bytes) -> str:
    """UTF-8 and UTF-16 where the bytes are that, else the encoding of Western Windows."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    zeros = [head[start:4096:2].count(0) * 4 > len(head[start:4096:2]) for start in (0, 1)]
    if zeros[0] != zeros[1]:
        return "utf-16-be" if zeros[0] else "utf-16-le"
    if zeros[0] or b"\0" in head:
        raise DataError(
            "data.not_text",
            f"{path.name} is not a text file.",
            "It holds zero bytes, as programs write them for themselves.",
            "Export the table as CSV, Parquet or Excel (.xlsx).",
        )
    return "utf-8" if is_utf8(path) else "cp1252" if is_cp1252(head) else "latin-1"


def is_utf8(path: Path) -> bool:
    """Whether the first 64 MB are valid UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    read = 0
    with path.open("rb") as file:
        while block := file.read(1_000_000):
            read += len(block)
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return False
            if read >= SCANNED_BYTES:
                return True
    return not decoder.getstate()[0]


def is_cp1252(head: bytes) -> bool:
    """Whether no byte is one that Western Windows does not know."""
    try:
        head.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return True


def sample_text(path: Path, head: bytes, encoding: str) -> str:
    """The first bytes as text, up to the last whole line.

    Raises:
        DataError: they are not of that encoding.
    """
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except LookupError:
        raise DataError(
            "data.encoding",
            f"The encoding {encoding!r} is not known.",
            "",
            "Say utf-8, utf-16, cp1252, latin-1 or auto.",
        ) from None
    except UnicodeDecodeError as error:
        line = head.count(b"\n", 0, error.start) + 1
        raise DataError(
            "data.encoding",
            f"{path.name} is not text in {encoding}: line {line} holds other bytes.",
            "",
            'Set encoding to "auto", or to cp1252 or latin-1 for older files of Western Europe.',
        ) from None
    return text if len(head) < SAMPLE_BYTES else text[: text.rfind("\n") + 1] or text


def delimiter_of(text: str) -> str:
    """What separates the fields: the mark by which most lines have the same number of them, two or more."""
    best, best_score = ",", (0.0, 0)
    for mark in (*DELIMITERS, SPACES):
        if mark == SPACES and best_score[0] > 0.5:
            break  # spaces stand in texts too; they are taken where nothing else separates
        try:
            found = records(io.StringIO(text, newline=""), mark)
            widths = [
                len(fields) for _, (_, fields) in zip(range(RECORDS_LOOKED_AT), found, strict=False) if fields
            ]
        except csv.Error:
            continue
        width, share = usual_width(widths)
        if width > 1 and (share, width) > best_score:
            best, best_score = mark, (share, width)
    return best


def decimal_of(text: str, delimiter: str) -> tuple[str, str | None]:
    """The decimal mark, and the one between thousands where there is one."""
    commas = points = 0
    thousands: str | None = None
    try:
        found = records(io.StringIO(text, newline=""), delimiter)
        rows = [fields for _, (_, fields) in zip(range(2000), found, strict=False)][1:]
    except csv.Error:
        return ".", None
    for cell in (cell.strip() for row in rows for cell in row):
        if re.fullmatch(r"[-+]?\d{1,3}(\.\d{3})+,\d+", cell):
            commas, thousands = commas + 1, "."
        elif re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+\.\d+", cell):
            points, thousands = points + 1, ","
        elif re.fullmatch(r"[-+]?\d*,\d+(e[-+]?\d+)?", cell, re.IGNORECASE):
            commas += 1
        elif re.fullmatch(r"[-+]?\d*\.\d+(e[-+]?\d+)?", cell, re.IGNORECASE):
            points += 1
    mark = "," if commas > points else "."
    return mark, None if thousands == mark else thousands
