"""The form of one table: the fields that matter in sight, the others where all fields are wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.pages.training.fields import TableFields
from studio.ui.widgets.form import Field, Form

PREFIX = "train.form"


class TableForm(QWidget):
    """Fields of one or more tables; the lesser ones come into sight when something is wrong there."""

    changed = Signal(str, str, object)

    def __init__(
        self, table: str, title: str = "", left_out: str = "automatic", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.table = table
        titles = {"name": title}
        self._main = Form(table, PREFIX, titles, left_out)
        self._more = Form(table, PREFIX, titles, "none" if left_out == "none" else "automatic")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._main)
        layout.addWidget(self._more)
        for form in (self._main, self._more):
            form.changed.connect(self.changed)
        self._shows_all = False
        self._has_hidden_error = False

    def set_shows_all(self, shows_all: bool) -> None:
        """Whether the fields that matter less are in sight too."""
        self._shows_all = shows_all
        self._show()

    def show_fields(self, fields: TableFields) -> None:
        """Show the fields of the ingredient that the table names."""
        self._main.set_parameters(fields.main)
        self._more.set_parameters(fields.more)
        self._show()

    def show_values(self, values: Mapping[str, Any], errors: Mapping[str, str]) -> None:
        """Show values by key and what is wrong with them."""
        self._main.show_values(values, errors)
        self._more.show_values(values, errors)
        self._has_hidden_error = any(key in self._more.fields for key in errors)
        self._show()

    def set_enabled(self, enabled: bool) -> None:
        """Whether values may be changed now."""
        self._main.set_enabled(enabled)
        self._more.set_enabled(enabled)

    def field(self, key: str) -> Field | None:
        """One field by its key."""
        return self._main.fields.get(key) or self._more.fields.get(key)

    def _show(self) -> None:
        self._main.setVisible(bool(self._main.fields))
        self._more.setVisible(bool(self._more.fields) and (self._shows_all or self._has_hidden_error))
        self.setVisible(bool(self._main.fields) or not self._more.isHidden())
