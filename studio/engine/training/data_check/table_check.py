"""What a table is, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from studio.engine.training.data_check.guessing import columns_of, open_data, specification
from studio.engine.training.data_check.table_findings import (
    about_columns,
    about_duplicates,
    about_gaps,
    about_leaks,
    about_outliers,
    about_target,
    from_error,
)
from studio.spec.data_check import ColumnSummary, DataSummary, Finding, Role
from studio.zoo.datasets.table import Choices, Rows, chosen_rows, feature_columns
from studio.zoo.files import tables
from studio.zoo.files.columns import Column, as_texts, check_values, encoded
from studio.zoo.files.errors import DataError, nearest_name
from studio.zoo.files.tables import TableFile

PREVIEW_ROWS = 50
_CELL = 60
_WORDS = {
    "number": "number",
    "flag": "yes or no",
    "category": "category",
    "date": "date",
    "text": "text",
    "constant": "constant",
    "id": "row number",
    "empty": "empty",
}
_REASONS = {
    "text": "text with too many different values",
    "constant": "the same in every row",
    "id": "it only numbers the rows",
    "empty": "it has no values",
}


def check_table(data: Mapping[str, Any], task: str, number: int) -> tuple[DataSummary, list[Finding]]:
    """Look at a table as the specification's table `data` says it.

    Raises:
        DataError: the file itself cannot be read.
    """
    table = open_data(data)
    columns = columns_of(table, int(data.get("categories", 20)))
    frame = pd.concat(table.frames(table.names))
    choices = Choices(**{one.name: data[one.name] for one in fields(Choices) if one.name in data})
    findings = _unknown_columns(table, data)
    if findings:
        return _summary(table, columns, frame, (dict(data), task, number)), findings
    features: list[Column] = []
    rows: Rows | None = None
    keys = choices.keys(str(data["target"]))
    try:
        features = feature_columns(
            table, keys, data.get("columns", ()), data.get("leave_out", ()), int(data.get("categories", 20))
        )
        findings += _flawed(table, features, choices, data)
        # What is wrong with the features is said by now; the target and the split are looked at without it.
        lenient = "drop" if choices.missing == "drop" else "median"
        rows = chosen_rows(table, features, keys[0], task, replace(choices, missing=lenient, stray_text="missing"))
    except DataError as error:
        findings.append(from_error(error, features, data))
    findings += about_columns(columns, features, data, table.path.name)
    findings += about_gaps(frame[keys[0]], data, table.path.name)
    findings += about_target(frame[keys[0]], task, data, {one.name for one in findings})
    if rows is not None and len(frame) >= rows.count:
        inputs = _inputs(frame, features)
        findings += about_duplicates(inputs, rows, task, table.path.name)
        findings += about_leaks(inputs, features, rows, task, data)
        findings += about_outliers(frame, features, table.path.name)
    if looks_at_part(table):
        what = f"The first {len(frame):,} rows were looked at; training reads all."
        findings.append(Finding("data.looked_at", "info", what))
    return _summary(table, columns, frame, (dict(data), task, number), rows), findings


def _unknown_columns(table: TableFile, data: Mapping[str, Any]) -> list[Finding]:
    """What names a column that is not there: each with the nearest name as its fix."""
    found = []
    for key in ("target", "split_by", "group_by", "time_by"):
        name = str(data.get(key, ""))
        if not name or name in table.names:
            continue
        near = nearest_name(name, table.names)
        close = next((one for one in table.names if near.startswith("Did") and repr(one) in near), None)
        fix = {key: close} if close else None
        title = f"Use {close}" if close else ""
        what = f"{table.path.name} has no column {name!r}."
        found.append(Finding("data.no_such_column", "bad", what, near, fix=fix, fix_title=title))
    return found


def looks_at_part(table: TableFile) -> bool:
    """Whether the file is so large that only its first rows are looked at."""
    return table.path.suffix.lower() not in (".xlsx", ".xlsm") and table.path.stat().st_size > tables.BYTES_AT_ONCE


def _flawed(
    table: TableFile, features: Sequence[Column], choices: Choices, data: Mapping[str, Any]
) -> list[Finding]:
    """What is wrong with the values of the features, once for each kind of flaw."""
    found: dict[str, Finding] = {}
    for column in features:
        try:
            check_values(table.path.name, column, choices.missing, choices.stray_text)
        except DataError as error:
            found.setdefault(error.name, from_error(error, features, data))
    return [*found.values()]


def _inputs(frame: pd.DataFrame, features: Sequence[Column]) -> NDArray[np.float32]:
    return np.concatenate([encoded(frame[one.name], one) for one in features], axis=1)


def _summary(
    table: TableFile,
    columns: Sequence[Column],
    frame: pd.DataFrame,
    asked: tuple[dict[str, Any], str, int],
    rows: Rows | None = None,
) -> DataSummary:
    data, task, number = asked
    is_part = looks_at_part(table)
    counts = f"{len(frame):,}{' or more' if is_part else ''} rows · {len(columns):,} columns"
    if rows is not None and not is_part:
        counts += f" · {len(rows.train):,} train · {len(rows.test):,} test"
    preview = frame.head(PREVIEW_ROWS)
    cells = [[_cell(value) for value in preview[name]] for name in table.names]
    if rows is not None and task != "classification" and "scale_target" not in data:
        told = rows.targets[rows.train]
        if not 0.1 < float(told.std()) < 10 or abs(float(told.mean())) > 10:
            data["scale_target"] = True
    return DataSummary(
        number,
        specification(data, task, len(frame)),
        table.path.name,
        counts,
        columns=tuple(_column(one, data, frame) for one in columns),
        classes=_classes(frame, str(data.get("target", "")), task, drops_rare=data.get("rare") == "drop"),
        header=tuple(table.names),
        rows=tuple(zip(*cells, strict=True)),
    )


def _classes(frame: pd.DataFrame, target: str, task: str, *, drops_rare: bool) -> tuple[tuple[str, int], ...]:
    """The classes with their counts; of numbers, ten equal steps from the least to the most."""
    if target not in frame:
        return ()
    known = frame[target].dropna()
    if task == "classification":
        counts = as_texts(known).value_counts()
        if drops_rare:
            counts = counts[counts > 1]
        return tuple((str(name), int(count)) for name, count in counts.head(200).items())
    numbers = pd.to_numeric(known, errors="coerce").dropna()
    if not len(numbers):
        return ()
    counted, edges = np.histogram(numbers.to_numpy(np.float64), bins=10)
    pairs = zip(counted, edges[:-1], edges[1:], strict=True)
    return tuple((f"{low:.4g} to {high:.4g}", int(count)) for count, low, high in pairs)


def _column(column: Column, data: Mapping[str, Any], frame: pd.DataFrame) -> ColumnSummary:
    role, reason = role_of(column, data)
    kind = _WORDS[column.kind]
    return ColumnSummary(column.name, role, kind, detail_of(column, frame[column.name]), column.missing, reason)


def role_of(column: Column, data: Mapping[str, Any]) -> tuple[Role, str]:
    """What a column is used for, and why it is left out where it is."""
    keys: dict[str, Role] = {"target": "target", "group_by": "group", "time_by": "time", "split_by": "split"}
    for key, role in keys.items():
        if data.get(key) == column.name:
            return role, ""
    if column.name in data.get("leave_out", ()):
        return "left out", "as you chose"
    chosen = data.get("columns", ())
    if chosen:
        return ("feature", "") if column.name in chosen else ("left out", "as you chose")
    return ("feature", "") if column.is_feature else ("left out", _REASONS[column.kind])


def detail_of(column: Column, series: pd.Series) -> str:
    """What a column holds, in a few words."""
    known = series.dropna()
    if not len(known):
        return ""
    if column.kind == "number" and pd.api.types.is_numeric_dtype(known.dtype):
        return f"{known.min():.4g} to {known.max():.4g}, mean {known.mean():.4g}"
    if column.kind == "date":
        return f"{known.min()} to {known.max()}"
    different = known.nunique()
    if column.kind == "constant" or different == 1:
        return f"always {_cell(known.iloc[0])}"
    shown = ", ".join(_cell(one) for one in known.value_counts().head(3).index)
    return f"{different:,} values: {shown}{' …' if different > 3 else ''}"


def _cell(value: Any) -> str:
    if pd.isna(value):
        return ""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"
