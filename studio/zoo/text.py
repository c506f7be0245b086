"""From text to numbers that a model takes, and back. Plain PyTorch: a script shows it word for word."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

PADDING = ""
"""The token of a place where a shorter text has ended already."""
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
"""The token of everything that no training text has."""


def pieces(text: str, kind: str = "character", lowercase: bool = False) -> list[str]:
    """The characters of a text; or its words, where each sign that is no letter and no digit is one of its own."""
    text = text.lower() if lowercase else text
    return re.findall(r"\w+|[^\w\s]", text) if kind == "word" else list(text)


def vocabulary_of(
    texts: Sequence[str],
    length: int,
    kind: str = "character",
    lowercase: bool = False,
    most: int = 10_000,
) -> tuple[str, ...]:
    """The tokens of training texts, by their numbers: padding is 0, unknown 1, then the most frequent ones.

    Args:
        texts: the training texts, and no others: test texts must be as unknown as those of later users.
        length: pieces of a text that are read.
        kind: "character" or "word".
        lowercase: whether capitals are read as small letters.
        most: how many tokens there are at most; the rarest are unknown.
    """
    counts = Counter(piece for text in texts for piece in pieces(text, kind, lowercase)[:length])
    ordered = sorted(counts, key=lambda piece: (-counts[piece], piece))
    return (PADDING, UNKNOWN, *ordered[: max(0, most - 2)])


def numbers_of(text: str, tokens: Sequence[str], kind: str = "character", lowercase: bool = False) -> list[int]:
    """A text as numbers, one a piece; an unknown piece is left out where there is no token for it."""
    return known_numbers(pieces(text, kind, lowercase), {token: number for number, token in enumerate(tokens)})


def known_numbers(found: Sequence[str], known: Mapping[str, int]) -> list[int]:
    """The numbers of pieces; an unknown one is left out where there is no token for it."""
    numbers = [known.get(piece, known.get(UNKNOWN)) for piece in found]
    return [number for number in numbers if number is not None]


def encode(
    texts: Sequence[str], tokens: Sequence[str], length: int, kind: str = "character", lowercase: bool = False
) -> Tensor:
    """Texts as numbers (N, length), int64: cut off at `length`, or filled up with padding (0) at the end."""
    encoded = torch.zeros(len(texts), length, dtype=torch.int64)
    known = {token: number for number, token in enumerate(tokens)}  # made once: there may be ten thousand words
    for row, text in enumerate(texts):
        numbers = known_numbers(pieces(text, kind, lowercase), known)[:length]
        encoded[row, : len(numbers)] = torch.tensor(numbers, dtype=torch.int64)
    return encoded


def decode(numbers: Tensor, tokens: Sequence[str], kind: str = "character") -> str:
    """The text that numbers (L,) stand for; padding is left out."""
    return (" " if kind == "word" else "").join(tokens[number] for number in numbers.tolist() if tokens[number])
