"""Tiles: one number each, with what it is and what it compares to."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.ui.widgets.layout import label
from studio.ui.widgets.naming import set_role

NOTHING = "–"


class NumberTile(QFrame):
    """A label, a large number in tabular figures, and a comparison: best so far, change, time left."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self._title = label(title, "muted")
        self._value = label(NOTHING, "tile")
        self._comparison = label("", "faint")
        for part in (self._title, self._value, self._comparison):
            # A tile is as wide as its share of the row: a longer number must not push the others.
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 9, 8, 9)
        column.setSpacing(2)
        for part in (self._title, self._value, self._comparison):
            column.addWidget(part)
        self.show_value(NOTHING)

    def show_value(self, value: str, comparison: str = "", role: str = "faint", *, tool_tip: str = "") -> None:
        """Show a number with its comparison; `role` colours that (faint, good, warn, bad)."""
        if value != self._value.text():
            self._value.setText(value)
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
        """Put a small control beside the comparison."""
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self._comparison, 1)
        line.addWidget(widget)
        column.addLayout(line)
