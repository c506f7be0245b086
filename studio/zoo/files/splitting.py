"""Which samples are learnt from and which are kept for testing."""

from collections.abc import Sequence
from typing import Any

import numpy
from numpy.typing import NDArray
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from studio.zoo.files.errors import DataError

TRAIN_WORDS = ("train", "training", "fit", "0", "false")
TEST_WORDS = ("test", "testing", "val", "valid", "validation", "holdout", "1", "true")


def split_rows(
    count: int,
    test_fraction: float,
    split_seed: int,
    *,
    classes: NDArray[Any] | None = None,
    groups: NDArray[Any] | None = None,
    times: NDArray[Any] | None = None,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Numbers of the training samples and of the test samples.

    Args:
        count: how many samples there are.
        test_fraction: share of them that is kept for testing.
        split_seed: decides which ones.
        classes: (N,) of each sample; each class then keeps its share.
        groups: (N,) of each sample; samples of a group stay together.
        times: (N,) of each sample; the latest are kept for testing, and nothing is drawn.

    Raises:
        DataError: there are too few samples, or a class has only one.
    """
    if count < 2:
        raise DataError(
            "data.too_few_rows", f"There {'is 1 sample' if count else 'are 0 samples'} to train and test on."
        )
    if times is not None:
        order = numpy.argsort(times, kind="stable")
        first = min(max(round(count * (1 - test_fraction)), 1), count - 1)
        return numpy.sort(order[:first]), numpy.sort(order[first:])
    if groups is not None:
        if len(numpy.unique(groups)) < 2:
            raise DataError(
                "data.one_group", "All rows are of one group.", "", "Choose another column for groups."
            )
        splitter = GroupShuffleSplit(1, test_size=test_fraction, random_state=split_seed)
        train, test = next(splitter.split(numpy.arange(count), groups=groups))
        return train, test
    try:
        train, test = train_test_split(
            numpy.arange(count), test_size=test_fraction, random_state=split_seed, stratify=classes
        )
    except ValueError as error:
        raise DataError(
            "data.too_few_rows",
            f"{count:,} samples are too few for this split.",
            f"{str(error).rstrip('.')}.",
            "Use more data or another test_fraction.",
        ) from None
    return train, test


def split_by_words(
    words: NDArray[Any], column: str, rows: Sequence[int] = ()
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Numbers of the rows that a column says are for training and for testing.

    Args:
        words: (N,) what the column says.
        column: its name.
        rows: (N,) where they stand in the file, where some were left out.

    Raises:
        DataError: it says something else, or only one of both.
    """
    folded = numpy.array([str(word).strip().lower() for word in words])
    is_train, is_test = numpy.isin(folded, TRAIN_WORDS), numpy.isin(folded, TEST_WORDS)
    neither = ~(is_train | is_test)
    if neither.any():
        row = int(neither.argmax())
        raise DataError(
            "data.bad_split",
            f"Row {(rows[row] if len(rows) else row) + 2} of the column {column!r} says {str(words[row])!r}.",
            'It should say "train" or "test".',
            "Choose another column for split_by, or none.",
        )
    if not is_train.any() or not is_test.any():
        missing = "test" if is_train.any() else "train"
        raise DataError("data.bad_split", f"No row of the column {column!r} says {missing!r}.")
    return numpy.flatnonzero(is_train), numpy.flatnonzero(is_test)


def check_classes(names: list[str], counts: list[int], what: str, rare: str) -> None:
    """Whether there are classes to tell apart, each with two samples or more.

    Raises:
        DataError: there are not.
    """
    if len(names) < 2:
        raise DataError(
            "data.one_class",
            f"The {what} has only one class{f', {names[0]!r}' if names else ''}.",
            "There is nothing to tell apart.",
            "Choose another target, or add samples of another class.",
        )
    single = [name for name, count in zip(names, counts, strict=True) if count == 1]
    if single and rare == "refuse":
        more = f" (and {len(single) - 1:,} more)" if len(single) > 1 else ""
        raise DataError(
            "data.class_of_one",
            f"The class {single[0]!r}{more} of the {what} has a single sample.",
            "It cannot be learnt and tested at once.",
            'Add samples of it, set rare to "drop", or train for regression if these are numbers.',
        )
