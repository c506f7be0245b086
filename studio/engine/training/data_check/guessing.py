"""What a file or folder that is dropped probably is, and a specification that trains on it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from studio.catalog.shelf import entry, models_for
from studio.spec.data_check import CheckData
from studio.zoo.files.arrays import read_arrays
from studio.zoo.files.columns import Column, look_at
from studio.zoo.files.errors import DataError
from studio.zoo.files.folders import files_below
from studio.zoo.files.pictures import SUFFIXES
from studio.zoo.files.tables import TableFile, open_table

_TARGET_NAMES = re.compile(
    r"target|label|class|y|outcome|response|species|diagnosis|survived|churn|default|category|sentiment|price|"
    r"quality|medv|salary|kauft?|klasse|ziel",
    re.IGNORECASE,
)
_MODELS = {"tensor": ("mlp",), "image": ("cnn",), "tokens": ("recurrent", "transformer")}
_MOST_CLASSES = 20
_WORDS_OF_A_TEXT = 3
_STEPS = 1500
_OTHERS = ("toml", "py", "pt", "pth", "onnx", "zip", "gz", "pdf", "docx", "mp4", "mp3", "wav")
PIECES_LOOKED_AT = 2
"""Pieces of a hundred thousand rows each; the rest of a larger file looks alike."""


def guess(asked: CheckData) -> tuple[dict[str, Any], str]:
    """The complete table `data`, and the task.

    Raises:
        DataError: the file cannot be read, or is of no kind that is known.
    """
    data = dict(asked.data)
    if "name" not in data:
        data = {**_kind_of(Path(str(data["path"])).expanduser()), **data}
    if data["name"] == "table":
        table = open_data(data)
        columns = columns_of(table)
        if not data.get("target"):
            data |= _roles(table, columns)
        if data["name"] == "table":
            found = next((one for one in columns if one.name == data["target"]), None)
            return data, asked.task or _task_for(found, data["target"], table)
    if data["name"] == "arrays" and not asked.task:
        values = read_arrays(str(data["path"]), targets=str(data.get("targets", "")))[1]
        is_class = values.dtype.kind in "iubUS" and values.size == len(values)
        return data, "classification" if is_class else "regression"
    return data, asked.task or entry("dataset", data["name"]).tags[0]


def open_data(data: Mapping[str, Any]) -> TableFile:
    """The table's file that a table `data` names; of a large one only the first rows are looked at."""
    said = {key: data[key] for key in ("encoding", "delimiter", "decimal", "sheet", "header") if key in data}
    table = open_table(str(data["path"]), **said)
    if not table.is_small:
        pieces = zip(range(PIECES_LOOKED_AT), table.frames(table.names), strict=False)
        table.kept = [pd.concat([piece for _, piece in pieces])]
    return table


def columns_of(table: TableFile, categories: int = 20) -> list[Column]:
    """What the columns hold."""
    return look_at(table.frames(table.names), table.names, table.dialect, categories)


def specification(data: Mapping[str, Any], task: str, samples: int) -> dict[str, Any]:
    """Tables of a specification that suit the data, so that it can be trained at once."""
    known = entry("dataset", data["name"])
    fitting = [one.name for one in models_for(known.name, task)]
    model = next(
        (name for name in _MODELS.get(known.gives, ()) if name in fitting), fitting[0] if fitting else "mlp"
    )
    batch_size = 32 if samples < 2000 else 64 if samples < 20_000 else 256
    epochs = min(max(round(_STEPS * batch_size / max(samples, 1)), 5), 60)
    return {
        "task": task,
        "data": dict(data),
        "model": {"name": model},
        "loss": {"name": "CrossEntropyLoss" if task == "classification" else "MSELoss"},
        "optimizer": {"name": "AdamW", "lr": 0.001},
        "training": {"epochs": epochs, "batch_size": batch_size},
    }


def _kind_of(path: Path) -> dict[str, Any]:
    suffix = path.suffix.lower()
    if path.is_dir():
        has_images = bool(files_below(path, SUFFIXES))
        if not has_images and files_below(path, ("txt",)):
            return {"name": "text"}
        beside = [one for one in sorted(path.glob("*.csv")) if has_images]
        has_folders = any(one.is_dir() and not one.name.startswith(".") for one in path.iterdir())
        if beside and not has_folders:
            return {"name": "images", "labels_csv": str(beside[0])}
        return {"name": "images"}
    if suffix in (".npz", ".npy"):
        inputs = read_arrays(str(path), targets=str(_beside(path)))[0]
        is_image = inputs.ndim == 4 or (inputs.ndim == 3 and inputs.dtype.kind in "iu")
        targets = {"targets": str(_beside(path))} if suffix == ".npy" else {}
        return {"name": "image_arrays" if is_image else "arrays", **targets}
    if suffix in (
        ".toml",
        ".py",
        ".pt",
        ".pth",
        ".onnx",
        ".zip",
        ".gz",
        ".pdf",
        ".docx",
        *(f".{one}" for one in SUFFIXES),
    ):
        raise DataError(
            "data.unsupported",
            f"{path.name} is not data to train on.",
            "",
            "Choose a CSV, TSV, Parquet, Excel, .npz or .npy file, or a folder with a folder a class.",
        )
    return {"name": "table"}


def _beside(path: Path) -> Path:
    """The file of targets that belongs to a file of inputs, by its name."""
    if path.suffix.lower() != ".npy":
        return Path()
    for old, new in (("x", "y"), ("X", "y"), ("data", "labels"), ("images", "labels"), ("inputs", "targets")):
        other = path.with_name(path.name.replace(old, new, 1))
        if other != path and other.is_file():
            return other
    return Path()


def _roles(table: TableFile, columns: Sequence[Column]) -> dict[str, Any]:
    """Which column is the target, and which say the split; a column of sentences makes it a data set of texts."""
    by_name = {one.name: one for one in columns}
    split = next((one.name for one in columns if _says_split(one)), "")
    can_be_told = [one for one in columns if one.is_feature and one.kind != "date" and one.name != split]
    if not can_be_told:
        raise DataError(
            "data.no_target",
            f"No column of {table.path.name} can be a target.",
            "They are constant, empty, or different in every row.",
            "Choose another file.",
        )
    # One that is the same in every row is kept by its name: it is then said that there is nothing to tell.
    named = [one for one in columns if one.is_feature or one.kind == "constant"]
    named = [one for one in named if _TARGET_NAMES.fullmatch(one.name.strip())]
    target = (named or [can_be_told[-1]])[-1].name
    roles: dict[str, Any] = {"target": target}
    texts = [one for one in columns if one.kind == "text" and _is_prose(table, one.name)]
    others = [one for one in can_be_told if one.name != target]
    if texts and not others and by_name[target].kind in ("category", "flag", "number"):
        return {"name": "text", "text_column": texts[0].name, **roles}
    if split and split != target:
        roles["split_by"] = split
    return roles


def _says_split(column: Column) -> bool:
    return column.kind == "category" and set(map(str.lower, column.values)) in (
        {"train", "test"},
        {"train", "val"},
        {"train", "validation"},
        {"training", "test"},
    )


def _is_prose(table: TableFile, name: str) -> bool:
    first = next(iter(table.frames([name])))[name].dropna().astype(str).head(200)
    words = [len(text.split()) for text in first]
    return bool(words) and sum(words) / len(words) >= _WORDS_OF_A_TEXT


def _task_for(column: Column | None, target: str, table: TableFile) -> str:
    if column is None or column.kind != "number":
        return "classification"
    first = next(iter(table.frames([target])))[target]
    different = first.nunique()
    is_whole = bool((first.dropna() == first.dropna().round()).all()) if first.dtype.kind in "fiu" else False
    return (
        "classification" if is_whole and different <= min(_MOST_CLASSES, max(2, len(first) // 5)) else "regression"
    )
