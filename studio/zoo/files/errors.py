"""What is said of data that cannot be trained on."""

import difflib
from collections.abc import Sequence


class DataError(ValueError):
    """Data that cannot be trained on: what is wrong, why, and what to do about it."""

    def __init__(self, name: str, what: str, why: str = "", remedy: str = "") -> None:
        super().__init__(" ".join(part for part in (what, why, remedy) if part))
        self.name, self.what, self.why, self.remedy = name, what, why, remedy


def nearest_name(name: str, names: Sequence[str]) -> str:
    """A sentence that suggests the closest of `names`, or lists the first few."""
    folded = {one.strip().casefold(): one for one in names}
    close = difflib.get_close_matches(name.strip().casefold(), [*folded], n=1, cutoff=0.5)
    if close:
        return f"Did you mean {folded[close[0]]!r}?"
    shown = ", ".join(repr(one) for one in names[:8])
    return f"It has {shown}{' and more' if len(names) > 8 else ''}." if shown else ""
