"""How a classifier of one class against the rest does at every threshold. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Counts:
    """What comes out at one threshold: right and wrong, of the class and of the rest."""

    found: int
    missed: int
    false_alarms: int
    rightly_left: int

    @property
    def recall(self) -> float:
        """The share of the class that is found."""
        return self.found / max(1, self.found + self.missed)

    @property
    def fall_out(self) -> float:
        """The share of the rest that is taken for the class."""
        return self.false_alarms / max(1, self.false_alarms + self.rightly_left)

    @property
    def precision(self) -> float:
        """The share of what is taken for the class that is of it; 0 where nothing is."""
        return self.found / max(1, self.found + self.false_alarms)


@dataclass(frozen=True)
class ReceiverCurve:
    """The receiver operating characteristic of scores: `points` are (fall-out, recall), both from 0 to 1.

    Fawcett 2006, An introduction to ROC analysis, https://doi.org/10.1016/j.patrec.2005.10.010.
    """

    points: tuple[tuple[float, float], ...]
    area: float
    _of_class: NDArray[np.float64]
    _of_rest: NDArray[np.float64]

    @staticmethod
    def of(scores: Sequence[float], belongs: Sequence[bool]) -> ReceiverCurve:
        """The curve of scores (N,); samples of the same score pass the threshold together."""
        import numpy as np  # late: the window starts without it

        values, is_of_class = np.asarray(scores, dtype=np.float64), np.asarray(belongs, dtype=bool)
        order = np.argsort(-values, kind="stable")
        values, is_of_class = values[order], is_of_class[order]
        lasts = np.flatnonzero(np.append(np.diff(values) != 0, True)) if len(values) else np.array([], dtype=int)
        found = np.append(0, np.cumsum(is_of_class)[lasts]) / max(1, int(is_of_class.sum()))
        alarms = np.append(0, np.cumsum(~is_of_class)[lasts]) / max(1, int((~is_of_class).sum()))
        points = tuple(zip(alarms.tolist(), found.tolist(), strict=True))
        area = float(np.trapezoid(found, alarms))
        return ReceiverCurve(points, area, np.sort(values[is_of_class]), np.sort(values[~is_of_class]))

    def at(self, threshold: float) -> Counts:
        """What comes out if everything with at least this score is taken for the class."""
        missed = int(self._of_class.searchsorted(threshold))
        left = int(self._of_rest.searchsorted(threshold))
        return Counts(len(self._of_class) - missed, missed, len(self._of_rest) - left, left)
