"""Dates as people write them, and the same dates in digits, as ISO 8601 has them."""

import calendar
import datetime
import random

import torch
from torch import Tensor

from studio.spec.model_input import InputSpec
from studio.zoo.text import encode

FACTORY = "dates"
TASKS = ("translation",)
GIVES = "tokens"
SHAPE = (50,)
CHARACTERS = ("", *" ,.-0123456789abcdefghijklmnopqrstuvwxyz")
DIGITS = ("", *"-0123456789")
GIVEN = {"vocabulary": 41, "source_length": 40, "target_vocabulary": 12}
INPUT = InputSpec(kind="text", shape=SHAPE, dtype="int64", tokens=CHARACTERS, lowercase=True)
LABELS = ("", "-", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
ONES = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
TEENS = "fifteenth sixteenth seventeenth eighteenth nineteenth"


def dates(count: int = 6000, test_count: int = 1000, split_seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Written-out dates of the years 1900 to 2049, each in one of ten forms; no day is in both parts.

    A sample holds 40 characters of the date as it is written, padded at the end, then the answer shifted by one:
    the model tells each character of the answer from the ones before it.

    Args:
        count: dates to learn from.
        test_count: other dates, to test on.
        split_seed: decides which dates those are, and how each is written.

    Returns:
        Training samples (N, 40 + 10) and answers (N, 10), both numbers of characters; the same for testing.
    """
    chance = random.Random(split_seed)
    first = datetime.date(1900, 1, 1).toordinal()
    days = chance.sample(range(first, datetime.date(2050, 1, 1).toordinal()), count + test_count)
    chosen = [datetime.date.fromordinal(day) for day in days]
    written = encode([chance.choice(forms_of(day)) for day in chosen], CHARACTERS, 40, lowercase=True)
    answers = encode([day.isoformat() for day in chosen], DIGITS, 10)
    x = torch.cat([written, torch.zeros(len(answers), 1, dtype=torch.int64), answers[:, :-1]], 1)
    return x[:count], answers[:count], x[count:], answers[count:]


def forms_of(day: datetime.date) -> list[str]:
    """The ways in which a day is written."""
    month, weekday = calendar.month_name[day.month], calendar.day_name[day.weekday()]
    short, year, number = month[:3], day.year, day.day
    ending = "th" if 10 <= number <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return [
        f"{number} {month} {year}",
        f"{month} {number}, {year}",
        f"{weekday}, {number} {month} {year}",
        f"{weekday[:3]} {number}. {short} {year}",
        f"{number}{ending} of {month} {year}",
        f"{month} {number}{ending}, {year}",
        f"{short}. {number}, {year}",
        f"{number}-{short}-{year}",
        f"{year}, {number} {month}",
        f"the {ordinal(number)} of {month} {year}",
    ]


def ordinal(number: int) -> str:
    """A number from 1 to 31 in words: ``third``, ``twenty-first``."""
    words = f"{ONES} {TEENS}".split()
    if number < 20:
        return words[number - 1]
    tens = {2: "twent", 3: "thirt"}[number // 10]
    return f"{tens}ieth" if number % 10 == 0 else f"{tens}y-{words[number % 10 - 1]}"
