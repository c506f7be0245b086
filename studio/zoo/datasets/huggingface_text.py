"""Texts of the Hugging Face hub, by name, or of a folder in its format."""

from typing import Literal

import numpy
import torch
from torch import Tensor

from studio.spec.model_input import InputSpec
from studio.zoo.files.hub import hub_rows
from studio.zoo.files.splitting import split_by_words, split_rows
from studio.zoo.files.targets import as_targets, class_names
from studio.zoo.text import encode, vocabulary_of

FACTORY = "huggingface_text"
TASKS = ("classification",)
GIVES = "tokens"


def huggingface_text(
    dataset: str,
    *,
    subset: str = "",
    column: str = "text",
    target: str = "",
    level: Literal["words", "characters"] = "words",
    max_length: int = 64,
    vocabulary_size: int = 10_000,
    lower: bool = True,
    test_fraction: float = 0.2,
    split_seed: int = 0,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Texts of a data set of the Hugging Face hub, or of a folder in its format; needs the library datasets.

    Args:
        dataset: its name on the hub, or the folder.
        subset: its configuration, where it has several.
        column: the column of texts.
        target: the column of classes; the usual names are found.
        level: whether a text is cut into words or characters.
        max_length: how many words or characters of a text are read; shorter ones are filled up.
        vocabulary_size: how many different ones are known at most; the most frequent of the training texts.
        lower: whether capital letters count as small ones.
        test_fraction: share of the texts that is kept for testing, where the data set has no split of its own.
        split_seed: decides which texts those are.

    Returns:
        Training tokens (N, max_length) and classes (N,); the same for testing.
    """
    train, train_y, test, test_y = parted(dataset, (subset, column, target), test_fraction, split_seed)
    kind = level.removesuffix("s")
    known = vocabulary_of(train, max_length, kind, lower, vocabulary_size)
    train_x, test_x = (encode(texts, known, max_length, kind, lower) for texts in (train, test))
    return train_x, train_y, test_x, test_y


def parted(
    dataset: str, names: tuple[str, str, str], test_fraction: float, split_seed: int
) -> tuple[list[str], Tensor, list[str], Tensor]:
    """Training texts and their classes (N,), the same for testing; `names` are of subset, texts and classes."""
    texts, labels, words = hub_rows(dataset, *names)
    told, classes = as_targets(numpy.array(labels), "classification", f"data set {dataset}")
    if words:
        rows = split_by_words(numpy.array(words), "split")
    else:
        rows = split_rows(len(labels), test_fraction, split_seed, classes=classes)
    train, test = ([str(texts[row]) for row in part] for part in rows)
    train_y, test_y = (told[torch.from_numpy(part)] for part in rows)
    return train, train_y, test, test_y


def describe(
    dataset: str,
    *,
    subset: str = "",
    column: str = "text",
    target: str = "",
    level: Literal["words", "characters"] = "words",
    max_length: int = 64,
    vocabulary_size: int = 10_000,
    lower: bool = True,
    test_fraction: float = 0.2,
    split_seed: int = 0,
) -> tuple[InputSpec, tuple[str, ...]]:
    """How a text is told to a model, and the names of the classes."""
    labels = hub_rows(dataset, subset, column, target)[1]
    train = parted(dataset, (subset, column, target), test_fraction, split_seed)[0]
    kind: Literal["word", "character"] = "word" if level == "words" else "character"
    known = vocabulary_of(train, max_length, kind, lower, vocabulary_size)
    spec = InputSpec(
        kind="text", shape=(max_length,), dtype="int64", tokens=known, token_kind=kind, lowercase=lower
    )
    return spec, tuple(class_names(numpy.array(labels)))
