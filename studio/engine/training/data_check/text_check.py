"""What texts with classes are, and what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.engine.training.data_check.guessing import columns_of, open_data, specification
from studio.engine.training.data_check.shares import about_balance, named
from studio.engine.training.data_check.table_check import detail_of
from studio.spec.data_check import ColumnSummary, DataSummary, Finding
from studio.zoo.datasets.text import labelled_texts
from studio.zoo.files.columns import ordered
from studio.zoo.files.errors import DataError
from studio.zoo.files.splitting import check_classes

_PREVIEW = 50
_CELL = 120


def check_text(data: Mapping[str, Any], task: str, number: int) -> tuple[DataSummary, list[Finding]]:
    """Look at texts as the specification's table `data` says it.

    Raises:
        DataError: they cannot be read.
    """
    data, findings = dict(data), []
    written = (str(data.get("encoding", "auto")), str(data.get("delimiter", "auto")))
    out = data.get("leave_out", ())
    target, column = str(data.get("target", "")), str(data.get("text_column", ""))
    texts, labels, _ = labelled_texts(data["path"], target, column, out, written)
    classes = [str(label) for label in labels]
    counts = Counter(classes)
    names = ordered([*counts])
    try:
        check_classes(names, [counts[name] for name in names], "target", "refuse")
    except DataError as error:
        small = [name for name in names if counts[name] == 1] if error.name == "data.class_of_one" else []
        fix = {"leave_out": [*out, *small]} if small else None
        findings.append(Finding(error.name, "bad", error.what, error.why, "", fix, "Leave it out" if fix else ""))
    findings += about_balance(counts.most_common(), "texts")
    empty = [index for index, text in enumerate(texts) if not text.strip()]
    if empty:
        findings.append(Finding("data.empty_text", "warn", f"{len(empty):,} texts are empty."))
    twice = len(texts) - len(set(texts))
    if twice:
        what = f"{twice:,} texts are there more than once."
        findings.append(Finding("data.duplicates", "info", what, "Some may be in training and test alike."))
    by_text: dict[str, set[str]] = {}
    for text, label in zip(texts, classes, strict=True):
        by_text.setdefault(text, set()).add(label)
    torn = [text[:40] for text, told in by_text.items() if len(told) > 1]
    if torn:
        what = f"{len(torn):,} texts are in more than one class: {named([repr(one) for one in torn])}."
        findings.append(Finding("data.contradictions", "warn", what, "No model can tell both."))
    pairs = list(zip(texts, classes, strict=True))[:_PREVIEW]
    summary = DataSummary(
        number,
        specification(data, task, len(texts)),
        Path(data["path"]).name,
        f"{len(texts):,} texts · {len(names):,} classes",
        columns=_columns(data),
        classes=tuple(counts.most_common(200)),
        header=("text", "class"),
        rows=tuple((_short(text), label) for text, label in pairs),
    )
    return summary, findings


def _columns(data: Mapping[str, Any]) -> tuple[ColumnSummary, ...]:
    if Path(data["path"]).is_dir():
        return ()
    table = open_data(data)
    roles: dict[str, Any] = {str(data.get("target")): "target", str(data.get("text_column")): "text"}
    first = next(iter(table.frames(table.names)))
    return tuple(
        ColumnSummary(
            one.name, roles.get(one.name, "left out"), one.kind, detail_of(one, first[one.name]), one.missing
        )
        for one in columns_of(table)
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _CELL else line[: _CELL - 1] + "…"
