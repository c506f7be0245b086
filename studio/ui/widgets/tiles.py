"""Tiles: one number each, with what it is and what it compares to."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from studio.ui.widgets.layout import label
from studio.ui.widgets.naming import set_role

NOTHING = "–"
_LEFT, _TOP, _GAP, _RIGHT = 12, 9, 2, 8
_DIGIT_WIDTH = 10.5
"""Pixels of a character of a value, on average."""


class NumberTile(QFrame):
    """A label, a large number in tabular figures, and a comparison: best so far, change, time left.

    It places its texts itself. In a layout each new number would have the whole window laid out and
    painted again, at every frame of a run.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._title = label(title, "muted", parent=self)
        self._value = label(NOTHING, "tile", parent=self)
        self._comparison = label("", "faint", parent=self)
        self._beside: QWidget | None = None
        self._value_height = 0
        self.show_value(NOTHING)

    def show_value(self, value: str, comparison: str = "", role: str = "faint", *, tool_tip: str = "") -> None:
        """Show a number with its comparison; `role` colours that (faint, good, warn, bad)."""
        if value != self._value.text():
            self._value.setText(value)
            self._fit()
        if comparison != self._comparison.text():
            self._comparison.setText(comparison)
        set_role(self._comparison, role)
        self.setToolTip(tool_tip)
        self.setAccessibleName(", ".join(part for part in (self._title.text(), value, comparison) if part))

    def set_title(self, title: str) -> None:
        """Say what the number is."""
        self._title.setText(title)

    @property
    def value(self) -> str:
        """The number as it is shown."""
        return self._value.text()

    @property
    def comparison(self) -> str:
        """The comparison as it is shown."""
        return self._comparison.text()

    def add(self, widget: QWidget) -> None:
        """Put a small control where the comparison stands."""
        widget.setParent(self)
        self._beside = widget
        self._place()

    def _lines(self) -> tuple[int, int, int]:
        # A value in smaller letters takes the same room, so that tiles beside each other stay aligned.
        self._value_height = max(self._value_height, self._value.sizeHint().height())
        return self._title.sizeHint().height(), self._value_height, self._title.sizeHint().height()

    def _fit(self) -> None:
        """Write a long value in smaller letters rather than cut it off."""
        is_long = len(self._value.text()) * _DIGIT_WIDTH > self.width() - _LEFT - _RIGHT
        set_role(self._value, "small-tile" if is_long else "tile")

    def _place(self) -> None:
        wide, top = self.width() - _LEFT - _RIGHT, _TOP
        for part, high in zip((self._title, self._value, self._comparison), self._lines(), strict=True):
            part.setGeometry(_LEFT, top, wide, high)
            if part is self._comparison and self._beside is not None:
                self._beside.setGeometry(_LEFT - 5, top, wide + 4, high + 2)
            top += high + _GAP

    def sizeHint(self) -> QSize:
        return QSize(120, sum(self._lines()) + 2 * _GAP + 2 * _TOP)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        self._place()
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        self._place()
        super().showEvent(event)
