"""Surnames of ten languages, which the package Faker ships."""

import importlib

import torch
from faker.providers import person
from sklearn.model_selection import train_test_split
from torch import Tensor

from studio.spec.model_input import InputSpec
from studio.zoo.text import encode, vocabulary_of

FACTORY = "surnames"
TASKS = ("classification",)
GIVES = "tokens"
LANGUAGES = {
    "Croatian": "hr_HR",
    "Dutch": "nl_NL",
    "English": "en_US",
    "Finnish": "fi_FI",
    "French": "fr_FR",
    "German": "de_DE",
    "Irish": "ga_IE",
    "Italian": "it_IT",
    "Spanish": "es_ES",
    "Zulu": "zu_ZA",
}
LABELS = tuple(LANGUAGES)


def surnames(
    most: int = 800, length: int = 16, test_fraction: float = 0.2, split_seed: int = 0
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Surnames of ten languages, as characters; a name that several of them have belongs to none.

    Args:
        most: names of one language at most; some have only 300.
        length: characters of a name that are read; shorter names are filled up with padding.
        test_fraction: share of the names that is kept for testing; each language keeps its share.
        split_seed: decides which names those are, and which of a language that has more than `most`.

    Returns:
        Training names (N, length) as numbers of characters, and their languages (N,); the same for testing.
    """
    train, train_y, test, test_y = split_names(most, test_fraction, split_seed)
    tokens = vocabulary_of(train, length, lowercase=True)
    train_x = encode(train, tokens, length, lowercase=True)
    return train_x, torch.tensor(train_y), encode(test, tokens, length, lowercase=True), torch.tensor(test_y)


def split_names(
    most: int = 800, test_fraction: float = 0.2, split_seed: int = 0
) -> tuple[list[str], list[int], list[str], list[int]]:
    """Training names and the numbers of their languages; the same for testing."""
    names, targets = [], []
    lists = [names_of(locale) for locale in LANGUAGES.values()]
    chooser = torch.Generator().manual_seed(split_seed)
    for number, own in enumerate(lists):
        others = {name.lower() for index, other in enumerate(lists) if index != number for name in other}
        unique = [name for name in own if name.lower() not in others]
        kept = torch.randperm(len(unique), generator=chooser)[:most].sort().values.tolist()
        names += [unique[index] for index in kept]
        targets += [number] * len(kept)
    parts = train_test_split(names, targets, test_size=test_fraction, random_state=split_seed, stratify=targets)
    train, test, train_y, test_y = parts
    return train, train_y, test, test_y


def names_of(locale: str) -> list[str]:
    """The surnames of a locale of Faker's, each once, in alphabetical order."""
    provider = importlib.import_module(f"{person.__name__}.{locale}").Provider
    return sorted(set(provider.last_names))


def describe(
    most: int = 800, length: int = 16, test_fraction: float = 0.2, split_seed: int = 0
) -> tuple[InputSpec, tuple[str, ...]]:
    """What a model has to know to read a name, and the languages."""
    train, _, _, _ = split_names(most, test_fraction, split_seed)
    tokens = vocabulary_of(train, length, lowercase=True)
    spec = InputSpec(kind="text", shape=(length,), dtype="int64", tokens=tokens, lowercase=True)
    return spec, LABELS
