"""What is said alike of every kind of data."""

from __future__ import annotations

from collections.abc import Sequence

from studio.spec.data_check import Finding

_RARE_SHARE = 0.1
_NAMED = 3


def about_balance(counts: Sequence[tuple[str, int]], what: str) -> list[Finding]:
    """Classes that are far from balanced; the largest comes first."""
    if len(counts) < 2 or counts[-1][1] >= _RARE_SHARE * counts[0][1]:
        return []
    (most, many), (least, few) = counts[0], counts[-1]
    said = f"The classes are unbalanced: {most!r} has {many:,} {what}, {least!r} {few:,}."
    share = many / sum(count for _, count in counts)
    return [
        Finding("data.imbalance", "warn", said, f"Always saying {most!r} would be right {share:.0%} of the time.")
    ]


def named(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(map(str, names[:_NAMED])) + more
