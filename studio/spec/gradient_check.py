"""What checking a snippet's gradients by finite differences found."""

from __future__ import annotations

from dataclasses import dataclass

from studio.spec.events import Event


@dataclass(frozen=True)
class GradientCheck:
    """One element of a leaf: its gradient by backward, and by central differences.

    `element` is the index of the element, empty for a scalar; `tolerance` is the difference that is
    allowed at this number type.
    """

    leaf: str
    element: tuple[int, ...]
    dtype: str
    by_backward: float
    by_differences: float
    tolerance: float

    @property
    def difference(self) -> float:
        """How far the two are apart."""
        return abs(self.by_backward - self.by_differences)

    @property
    def agrees(self) -> bool:
        """Whether that is no more than rounding and the method explain."""
        return self.difference <= self.tolerance

    @property
    def name(self) -> str:
        """The leaf, and which element of it: ``w[0, 2]``."""
        return f"{self.leaf}[{', '.join(map(str, self.element))}]" if self.element else self.leaf


@dataclass(frozen=True)
class Checked(Event):
    """The gradients were checked. `output` names what was differentiated; `left_out` counts elements not checked.

    Where the snippet cannot be checked there are no checks, and `reason` says why.
    """

    checks: tuple[GradientCheck, ...]
    output: str = ""
    left_out: int = 0
    reason: str = ""
