"""Texts of the Hugging Face hub, by name, or of a folder in its format."""

from typing import Literal

import numpy
import torch
from torch import Tensor

from studio.spec.model_input import InputSpec
from studio.zoo.files.hub import hub_rows
from studio.zoo.files.splitting import split_by_words, split_rows
from studio.zoo.files.targets import as_targets, class_names
from studio.zoo.files.words import as_tokens, known_pieces, pieces_of

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
    texts, labels, words = hub_rows(dataset, subset, column, target)
    told, classes = as_targets(numpy.array(labels), "classification", f"data set {dataset}")
    if words:
        rows = split_by_words(numpy.array(words), "split")
    else:
        rows = split_rows(len(labels), test_fraction, split_seed, classes=classes)
    train, test = ([pieces_of(str(texts[row]), level, lower, max_length) for row in part] for part in rows)
    known = known_pieces(train, vocabulary_size)
    train_y, test_y = (told[torch.from_numpy(part)] for part in rows)
    return as_tokens(train, known, max_length), train_y, as_tokens(test, known, max_length), test_y


def describe(
    dataset: str, *, subset: str = "", column: str = "text", target: str = "", max_length: int = 64, **_: object
) -> tuple[InputSpec, tuple[str, ...]]:
    """What a text becomes, and the names of the classes."""
    labels = hub_rows(dataset, subset, column, target)[1]
    return InputSpec(kind="tensor", shape=(max_length,), dtype="int64"), tuple(class_names(numpy.array(labels)))
