"""From texts to numbers: which words or characters are known, and the number of each."""

import re
from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

PADDING = 0
UNKNOWN = 1
WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")


def pieces_of(text: str, level: str, lower: bool, length: int) -> list[str]:
    """The first words, or characters, of a text."""
    text = text.lower() if lower else text
    return (WORD.findall(text) if level == "words" else list(text))[:length]


def known_pieces(texts: Sequence[Sequence[str]], most: int) -> dict[str, int]:
    """The number of each piece, the most frequent first; 0 fills short texts up and 1 is any other piece."""
    counted = Counter(piece for text in texts for piece in text)
    often = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[: most - 2]
    return {piece: number for number, (piece, _) in enumerate(often, start=2)}


def as_tokens(texts: Sequence[Sequence[str]], known: dict[str, int], length: int) -> Tensor:
    """Texts as numbers (N, length), int64."""
    tokens = torch.full((len(texts), length), PADDING, dtype=torch.int64)
    for row, text in enumerate(texts):
        for place, piece in enumerate(text):
            tokens[row, place] = known.get(piece, UNKNOWN)
    return tokens
