"""How a text file of rows is laid out: where its rows begin, and what its columns are called."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SPACES = " "
MOST_LINES_ABOVE = 40
RECORDS_LOOKED_AT = 200


@dataclass(frozen=True)
class Layout:
    """What the columns are called, how many records stand above the first row, and how wide a row is."""

    names: tuple[str, ...]
    above: int
    first_line: int


def records(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The fields of each record with the number of its last line; an empty line has none."""
    if delimiter == SPACES:
        for number, line in enumerate(lines, 1):
            yield number, line.split()
        return
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    for fields in reader:
        yield reader.line_num, fields


def usual_width(widths: list[int]) -> tuple[int, float]:
    """How many fields most records have, and the share of records that have so many."""
    if not widths:
        return 0, 0.0
    width, times = Counter(widths).most_common(1)[0]
    return width, times / len(widths)


def layout_of(text: str, delimiter: str, header: bool = True) -> Layout:
    """Where the rows of a file begin.

    Lines above the header that have fewer fields, as instruments and banks write them, are passed over;
    where each row has one field more than the header, the first is a name of the row.

    Args:
        text: the beginning of the file.
        delimiter: what separates the fields.
        header: whether there is a line with the names of the columns.
    """
    found = []
    for above, (line, fields) in enumerate(records(io.StringIO(text, newline=""), delimiter)):
        if fields:
            found.append((above, line, fields))
        if len(found) > RECORDS_LOOKED_AT:
            break
    widths = [len(fields) for _, _, fields in found]
    width, share = usual_width(widths)
    start = 0
    if widths and widths[0] < width and share > 0.8 and width in widths[1 : MOST_LINES_ABOVE + 1]:
        start = widths.index(width)
    if start == 1 and header and widths[0] == width - 1 and set(widths[1:]) == {width} and len(widths) > 3:
        above, line, fields = found[0]
        return Layout(told_apart(["", *fields]), above + 1, line)
    above, line, fields = found[start] if found else (0, 1, [])
    if not header:
        return Layout(tuple(f"column {number}" for number in range(1, len(fields) + 1)), above, line)
    return Layout(told_apart(fields), above + 1, line)


def told_apart(names: list[str]) -> tuple[str, ...]:
    """Names of columns, each different from the others and none empty."""
    found: dict[str, None] = {}
    for number, name in enumerate(names):
        told = name.strip().lstrip("\ufeff") or f"Unnamed: {number}"
        other, times = told, 0
        while other in found:
            times += 1
            other = f"{told}.{times}"
        found[other] = None
    return tuple(found)
