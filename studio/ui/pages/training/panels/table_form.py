"""The form of one table: the fields that matter in sight, the others behind "more"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.pages.training.fields import TableFields
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.form import Field, Form

PREFIX = "train.form"


class TableForm(QWidget):
    """Fields of one or more tables; those behind "more" come into sight when something is wrong there."""

    changed = Signal(str, str, object)

    def __init__(
        self, theme: Theme, table: str, title: str = "", left_out: str = "automatic", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.table = table
        titles = {"name": title}
        self._main = Form(table, PREFIX, titles, left_out)
        self._more = Form(table, PREFIX, titles)
        self._button = Button(
            theme,
            "",
            f"{PREFIX}.{table}.more",
            role="quiet",
            icon="chevron-right",
            accessible_name=f"More of {table}",
        )
        self._button.clicked.connect(self._on_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._main)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self._more)
        for form in (self._main, self._more):
            form.changed.connect(self.changed)
        self._is_open = False

    def show_fields(self, fields: TableFields) -> None:
        """Show the fields of the ingredient that the table names."""
        self._main.set_parameters(fields.main)
        self._more.set_parameters(fields.more)
        self._show()

    def show_values(self, values: Mapping[str, Any], errors: Mapping[str, str]) -> None:
        """Show values by key and what is wrong with them."""
        self._main.show_values(values, errors)
        self._more.show_values(values, errors)
        if any(key in self._more.fields for key in errors):
            self._is_open = True
        self._show()

    def set_enabled(self, enabled: bool) -> None:
        """Whether values may be changed now."""
        self._main.set_enabled(enabled)
        self._more.set_enabled(enabled)

    def field(self, key: str) -> Field | None:
        """One field by its key."""
        return self._main.fields.get(key) or self._more.fields.get(key)

    def _on_clicked(self) -> None:
        self._is_open = not self._is_open
        self._show()

    def _show(self) -> None:
        count = len(self._more.fields)
        self._button.setVisible(count > 0)
        self._more.setVisible(self._is_open and count > 0)
        text = "less" if self._is_open else f"{count} more"
        if self._button.text() != text:
            self._button.set_face(
                text,
                "chevron-down" if self._is_open else "chevron-right",
                accessible_name=f"{'Fewer' if self._is_open else 'More'} fields of {self.table}",
            )
