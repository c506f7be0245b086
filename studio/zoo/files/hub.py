"""Data sets of the Hugging Face hub, or of a folder in its format."""

import importlib
from pathlib import Path
from typing import Any

from studio.zoo.files.errors import DataError, nearest_name

TARGETS = ("label", "labels", "fine_label", "target", "class")


def hub_rows(source: str, subset: str, text_or_image: str, target: str) -> tuple[list[Any], list[str], list[str]]:
    """Samples, their classes as text, and train or test of each (nothing where it has one part only).

    Args:
        source: name of a data set on the hub, or a folder.
        subset: its configuration; "" for the usual one.
        text_or_image: the column of samples.
        target: the column of classes; "" for the usual one.

    Raises:
        DataError: the library is missing, or there is no such data set or column.
    """
    try:
        library = importlib.import_module("datasets")
    except ImportError:
        raise DataError(
            "data.not_installed",
            "Data sets of Hugging Face need the library datasets, which is not installed.",
            "",
            'Run: pip install "pytorch-studio[huggingface]"',
        ) from None
    try:
        if Path(source).is_dir() and (Path(source) / "dataset_dict.json").is_file():
            parts = dict(library.load_from_disk(source))
        else:
            parts = dict(library.load_dataset(source, subset or None))
    except Exception as error:
        # The hub's library raises errors of many kinds: network, names, formats.
        text = " ".join(str(error).split())[:160].rstrip(".")
        raise DataError("data.no_such_set", f"The data set {source!r} could not be read.", f"{text}.") from error
    return gathered(parts, text_or_image, target)


def gathered(parts: dict[str, Any], sample: str, target: str) -> tuple[list[Any], list[str], list[str]]:
    """The samples of the part to learn from and of the one to test on."""
    names: list[str] = [name for name in ("train", "test") if name in parts]
    if "test" not in parts and "validation" in parts:
        names.append("validation")
    samples, classes, words = [], [], []
    for name in names or [*parts][:1]:
        rows = parts[name]
        column = target or next((one for one in TARGETS if one in rows.column_names), "")
        for wanted, key in ((sample, "column"), (column or "label", "target")):
            if wanted not in rows.column_names:
                near = nearest_name(wanted, rows.column_names)
                raise DataError("data.no_such_column", f"There is no column {wanted!r}.", near, f"Set {key}.")
        kind = rows.features[column]
        samples += list(rows[sample])
        classes += [kind.int2str(one) if hasattr(kind, "int2str") else str(one) for one in rows[column]]
        words += ["train" if name == "train" else "test"] * len(rows)
    return samples, classes, words if len(set(words)) == 2 else []
