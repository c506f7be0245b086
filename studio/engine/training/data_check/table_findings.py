"""What is wrong with a table, or doubtful: one function a kind of flaw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from studio.engine.training.data_check.shares import about_balance
from studio.spec.data_check import Finding
from studio.zoo.datasets.table import Rows
from studio.zoo.files.columns import Column, as_texts
from studio.zoo.files.errors import DataError

_TREE_ROWS = 4000
_TREE_COLUMNS = 300
_GIVEN_AWAY = 0.985
_FAR = 12.0
"""Times the middle half of the values that one lies away from it."""
_NAMED = 3

_FIXES: dict[str, tuple[dict[str, Any], str]] = {
    "data.target_missing": ({"missing": "median"}, "Leave those rows out, fill in other gaps"),
    "data.all_dropped": ({"missing": "median"}, "Fill in the median"),
    "data.class_of_one": ({"rare": "drop"}, "Leave those rows out"),
    "data.target_no_number": ({"task": "classification"}, "Train for classification"),
    "data.bad_split": ({"split_by": ""}, "Draw the split instead"),
    "data.bad_time": ({"time_by": ""}, "Draw the split instead"),
    "data.one_group": ({"group_by": ""}, "Split without groups"),
    "data.text_among_numbers": (
        {"stray_text": "missing", "missing": "median"},
        "Count them as missing, fill in the median",
    ),
    "data.missing": ({"missing": "median"}, "Fill in the median"),
    "data.infinite": ({"missing": "median"}, "Fill in the median"),
    "data.encoding": ({"encoding": "auto"}, "Find the encoding"),
    "data.ragged": ({"delimiter": "auto"}, "Find the delimiter"),
}


def from_error(error: DataError, features: Sequence[Column], data: Mapping[str, Any]) -> Finding:
    """An error that would keep the data from being trained on, with the change that mends it."""
    fix, title = _FIXES.get(error.name, (None, ""))
    if fix and all(data.get(key, "auto") == value for key, value in fix.items()):
        fix, title = None, ""
    if error.name == "data.missing":
        gaps = [one for one in features if one.missing]
        if len(gaps) > 1:
            named = _named([f"{one.name} ({one.missing:,})" for one in gaps])
            what = f"{len(gaps)} columns have missing values: {named}."
            rows = f"{error.what.partition(':')[0]}, and others"
            return Finding(error.name, "bad", what, "A model takes only numbers.", rows, fix, title)
    why = error.why if fix else " ".join(filter(None, (error.why, error.remedy)))
    return Finding(error.name, "bad", error.what, why, "", fix, title)


def about_columns(
    columns: Sequence[Column], features: Sequence[Column], data: Mapping[str, Any], file: str
) -> list[Finding]:
    """Columns that are not used by themselves, values that are filled in, and a header that is none."""
    found = []
    wordings = {
        "constant": ("data.constant", "the same in every row", "There is nothing to learn from it."),
        "empty": ("data.empty_column", "empty", "There is nothing to learn from it."),
        "id": ("data.id_column", "only a number of the row", "A model would learn the rows by heart."),
        "text": ("data.free_text", "text with too many values", "Such text cannot become numbers as it is."),
    }
    used = {data.get(key) for key in ("target", "group_by", "time_by", "split_by", "text_column")}
    for kind, (name, words, why) in wordings.items():
        out = [one.name for one in columns if one.kind == kind and one.name not in used]
        out = [one for one in out if one not in data.get("leave_out", ())]
        if out:
            verb = "is" if len(out) == 1 else "are"
            what = f"{_named([repr(one) for one in out])} {verb} {words}, and {verb} left out."
            found.append(Finding(name, "info", what, why))
    filled = [one for one in features if (one.missing or one.infinite or one.strays)]
    if filled and data.get("missing") in ("median", "drop"):
        named = _named([f"{one.name} ({one.missing + one.infinite + one.strays:,})" for one in filled])
        how = "filled in with the median" if data["missing"] == "median" else "left out with their rows"
        found.append(Finding("data.filled", "info", f"Missing values are {how}: {named}."))
    if len(columns) > 1 and _looks_like_data([one.name for one in columns]):
        what = "The first line looks like data, not like names of columns."
        fix, title = {"header": False}, "Read it as data"
        where = f"{file}, line 1"
        found.append(Finding("data.no_header", "warn", what, "It is read as names.", where, fix, title))
    return found


def about_gaps(series: pd.Series, data: Mapping[str, Any], file: str) -> list[Finding]:
    """Rows without a target, where nothing was said about them."""
    gaps = np.flatnonzero(series.isna().to_numpy())
    if not len(gaps) or data.get("missing", "refuse") != "refuse":
        return []
    what = f"{file}, row {gaps[0] + 2}: the target {series.name!r} has no value there."
    why = f"{len(gaps):,} of {len(series):,} values are missing."
    name = "data.target_missing"
    return [Finding(name, "bad", what, why, _places(file, gaps), *_FIXES[name])]


def about_target(series: pd.Series, task: str, data: Mapping[str, Any], known: set[str]) -> list[Finding]:
    """Classes that are far from balanced, and a target that looks like numbers."""
    values = series.dropna()
    if task != "classification" or not len(values) or known & {"data.one_class", "data.no_such_column"}:
        return []
    counts = as_texts(values).value_counts()
    if data.get("rare") == "drop":
        counts = counts[counts > 1]
    found = about_balance([(str(name), int(count)) for name, count in counts.items()], "rows")
    numeric = pd.to_numeric(values, errors="coerce")
    if len(counts) > 30 and numeric.notna().all():
        what = f"The target {series.name!r} has {len(counts):,} different numbers."
        fix = {"task": "regression"}
        found.append(
            Finding("data.many_classes", "warn", what, "They look like no classes.", "", fix, "Tell a number")
        )
    return found


def about_duplicates(inputs: NDArray[np.float32], rows: Rows, task: str, file: str) -> list[Finding]:
    """Rows that are there twice, in both parts of the split, nearly alike, or with different targets."""
    targets = rows.targets.astype(np.float64)[:, None]
    used = np.concatenate([rows.train, rows.test])
    whole = np.concatenate([np.nan_to_num(inputs), targets], axis=1)
    exact = _groups(whole[used])
    fix, title = {"duplicates": "drop"}, "Keep each row once"
    found = []
    place = _across(exact, rows, used)
    first = np.unique(exact, return_index=True)[1]
    count = len(exact) - len(first)
    if len(place):
        what = f"{len(place):,} test rows are in the training rows too."
        why = "The test then measures what was learnt by heart."
        found.append(Finding("data.duplicates_across", "warn", what, why, _places(file, place), fix, title))
    elif count:
        doubled = np.setdiff1d(np.arange(len(exact)), first)
        what = f"{count:,} rows are there more than once."
        found.append(Finding("data.duplicates", "info", what, "", _places(file, used[doubled]), fix, title))
    scale = np.nanstd(inputs[used], axis=0)
    near = _groups(np.round(np.nan_to_num(inputs[used] / np.where(scale > 0, scale, 1)), 2))
    close = np.setdiff1d(_across(near, rows, used), place)
    if len(close) and len(close) < 0.5 * len(rows.test):
        what = f"{len(close):,} test rows are nearly the same as training rows."
        why = "They differ by less than a hundredth of the usual spread."
        found.append(Finding("data.near_duplicates", "info", what, why, _places(file, close)))
    if task == "classification":
        alike = _groups(np.nan_to_num(inputs[used]))
        by_row = pd.DataFrame({"group": alike, "target": rows.targets[used]})
        several = by_row.groupby("group")["target"].nunique()
        torn = by_row["group"].isin(several.index[several > 1]).to_numpy()
        if torn.any() and torn.mean() < 0.5:
            what = f"{int(torn.sum()):,} rows have the same features but different targets."
            why = "No model can tell all of them."
            found.append(Finding("data.contradictions", "warn", what, why, _places(file, used[torn])))
    return found


def about_leaks(
    inputs: NDArray[np.float32], features: Sequence[Column], rows: Rows, task: str, data: Mapping[str, Any]
) -> list[Finding]:
    """Features of which one alone tells the target, as it does when it was written down afterwards."""
    if len(features) < 2:
        return []
    step = max(1, (len(rows.train) + len(rows.test)) // _TREE_ROWS)
    used = np.concatenate([rows.train, rows.test])[::step]
    learn, test = used[::2], used[1::2]
    targets = rows.targets
    if len(test) < 20:
        return []
    most = np.bincount(targets[used]).max() / len(used) if task == "classification" else 0.0
    if most > 0.95:
        return []
    leaks, at = [], 0
    for column in features[:_TREE_COLUMNS]:
        part = np.nan_to_num(inputs[:, at : at + column.width])
        at += column.width
        tree: Any = DecisionTreeRegressor(max_leaf_nodes=64, min_samples_leaf=3, random_state=0)
        if task == "classification":
            leaves = max(4, 2 * len(rows.labels))
            tree = DecisionTreeClassifier(max_leaf_nodes=leaves, min_samples_leaf=2, random_state=0)
        if tree.fit(part[learn], targets[learn]).score(part[test], targets[test]) >= _GIVEN_AWAY:
            leaks.append(column.name)
    out = list(data.get("leave_out", ()))
    return [
        Finding(
            "data.gives_away",
            "warn",
            f"The column {name!r} alone tells the target almost perfectly.",
            "If it is not known before the target is, the model will be of no use.",
            "",
            {"leave_out": [*out, name]},
            f"Leave {name} out",
        )
        for name in leaks[:_NAMED]
    ]


def about_outliers(frame: pd.DataFrame, features: Sequence[Column], file: str) -> list[Finding]:
    """Numbers that lie far outside of all others."""
    found = []
    for column in features:
        series = frame[column.name]
        if column.kind != "number" or not pd.api.types.is_numeric_dtype(series.dtype):
            continue
        numbers = series.to_numpy(np.float64, na_value=np.nan)
        known = numbers[np.isfinite(numbers)]
        low, middle, high = np.percentile(known, [25, 50, 75]) if len(known) else (0.0, 0.0, 0.0)
        if high <= low:
            continue
        far = np.abs(numbers - middle) > _FAR * (high - low)
        if far.any() and far.sum() <= max(3, 0.01 * len(known)):
            worst = numbers[np.nanargmax(np.where(far, np.abs(numbers - middle), -1))]
            count = int(far.sum())
            many = f"{count:,} values of {column.name!r} lie" if count > 1 else f"One of {column.name!r} lies"
            what = f"{many} far outside of the others{', such as' if count > 1 else ':'} {worst:.4g}."
            why = f"Half of the values are between {low:.4g} and {high:.4g}."
            found.append(Finding("data.outliers", "info", what, why, _places(file, np.flatnonzero(far))))
    return found[:_NAMED]


def _groups(rows: NDArray[Any]) -> NDArray[np.int64]:
    """The same number for rows that are equal."""
    hashed = pd.util.hash_pandas_object(pd.DataFrame(rows + 0.0), index=False).to_numpy()
    return np.asarray(np.unique(hashed, return_inverse=True)[1], np.int64)


def _across(groups: NDArray[np.int64], rows: Rows, used: NDArray[Any]) -> NDArray[Any]:
    """The test rows whose group is among the training rows."""
    count = len(rows.train)
    return np.sort(used[count:][np.isin(groups[count:], groups[:count])])


def _places(file: str, rows: NDArray[Any]) -> str:
    shown = ", ".join(f"{row + 2:,}" for row in sorted(rows.tolist())[:5])
    more = f" and {len(rows) - 5:,} more" if len(rows) > 5 else ""
    return f"{file}, row{'s' if len(rows) > 1 else ''} {shown}{more}"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _looks_like_data(names: Sequence[str]) -> bool:
    """Whether names of columns are numbers, all but one perhaps: that would be the class."""
    return sum(map(_is_number, names)) >= max(2, len(names) - 1)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
