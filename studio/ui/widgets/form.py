"""Fields drawn from parameters: label, control, and what is wrong with the value, right below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QSizePolicy, QSpinBox, QWidget

from studio.catalog.entries import Parameter
from studio.ui.widgets.field_text import UNSET, text_of, title_of, value_of
from studio.ui.widgets.layout import label
from studio.ui.widgets.naming import named, set_flag

LABEL_WIDTH = 104


class ChoiceBox(QComboBox):
    """A list to choose from that lets the wheel scroll the panel, not change a value in passing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(6)
        self.setMaxVisibleItems(16)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class NumberBox(QSpinBox):
    """A whole number that the wheel changes only while it has the focus, not in passing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Field(QWidget):
    """One value: what it is called, where it is edited, why it is wrong."""

    edited = Signal(str, object)

    def __init__(
        self,
        table: str,
        parameter: Parameter,
        *,
        prefix: str,
        title: str,
        left_out: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self._left_out = left_out
        self._label = label(title, "muted")
        self._label.setFixedWidth(LABEL_WIDTH)
        self._error = label("", "small-bad", wrap=True)
        self._error.hide()
        self._control = self._make_control()
        named(self._control, f"{prefix}.{table}.{parameter.name}", title, self._hint(table))
        self._label.setToolTip(self._control.toolTip())
        self._label.setBuddy(self._control)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        grid.addWidget(self._label, 0, 0)
        grid.addWidget(self._control, 0, 1)
        grid.addWidget(self._error, 1, 0, 1, 2)
        grid.setColumnStretch(1, 1)

    def show_value(self, value: Any) -> None:
        """Show a value, or the default where it is UNSET; a text that already means it stays as typed."""
        control = self._control
        blocker = QSignalBlocker(control)
        if isinstance(control, QCheckBox):
            control.setChecked(bool(self.parameter.default if value is UNSET else value))
        elif isinstance(control, QComboBox):
            shown = self.parameter.default if value is UNSET else value
            if control.findData(shown) < 0:
                control.addItem(text_of(shown), shown)
            control.setCurrentIndex(control.findData(shown))
        elif isinstance(control, QLineEdit) and not self._means(control.text(), value):
            control.setText("" if value is UNSET else text_of(value))
        del blocker

    def show_error(self, text: str) -> None:
        """Say what is wrong with the value; "" when nothing is."""
        if text == self._error.text() and bool(text) != self._error.isHidden():
            return
        self._error.setText(text)
        self._error.setVisible(bool(text))
        set_flag(self._control, "invalid", bool(text))
        self._control.setAccessibleDescription(text or self.parameter.help)

    def put_before(self, other: Field) -> None:
        """Let the Tab key go from here to another field."""
        QWidget.setTabOrder(self._control, other._control)

    def set_enabled(self, enabled: bool) -> None:
        """Whether the value may be changed now."""
        self._control.setEnabled(enabled)

    @property
    def error(self) -> str:
        """What is said to be wrong; "" when nothing is."""
        return self._error.text()

    def _means(self, text: str, value: Any) -> bool:
        typed = value_of(self.parameter, text)
        if isinstance(value, tuple):
            value = list(value)
        return typed is value if value is UNSET or typed is UNSET else bool(typed == value)

    def _make_control(self) -> QWidget:
        parameter = self.parameter
        if parameter.base == "bool" and not parameter.is_optional:
            box = QCheckBox()
            box.toggled.connect(self._on_toggled)
            return box
        if parameter.choices or parameter.base == "bool":
            choices = ChoiceBox()
            if parameter.is_optional:
                choices.addItem(self._left_out, None)
            for choice in parameter.choices or (True, False):
                choices.addItem(text_of(choice), choice)
            choices.currentIndexChanged.connect(self._on_chosen)
            return choices
        line = QLineEdit()
        line.setPlaceholderText(text_of(parameter.default) or ("" if parameter.required else self._left_out))
        # Not only what is typed: pasted, spoken and automated text counts as well.
        line.textChanged.connect(self._on_typed)
        return line

    def _hint(self, table: str) -> str:
        parameter = self.parameter
        lines = [f"{table}.{parameter.name}", parameter.help.strip().rstrip(".")]
        if allowed := parameter.allowed():
            lines.append(f"Must be {allowed}".replace("`", ""))
        if not parameter.required:
            lines.append(f"Default: {text_of(parameter.default) or self._left_out}")
        return "\n".join(line for line in lines if line)

    def _on_toggled(self, checked: bool) -> None:
        self.edited.emit(self.parameter.name, checked)

    def _on_chosen(self) -> None:
        assert isinstance(self._control, QComboBox)
        chosen = self._control.currentData()
        self.edited.emit(self.parameter.name, UNSET if chosen is None else chosen)

    def _on_typed(self, text: str) -> None:
        self.edited.emit(self.parameter.name, value_of(self.parameter, text))


class Form(QWidget):
    """The parameters of one table of a specification, as fields named ``<prefix>.<table>.<key>``.

    `titles` gives the labels of keys that should not be called after themselves; `left_out` is what
    an optional value says when there is none.
    """

    changed = Signal(str, str, object)
    """Table, key and the new value; UNSET where the field was emptied."""

    def __init__(
        self,
        table: str,
        prefix: str,
        titles: Mapping[str, str] | None = None,
        left_out: str = "automatic",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.table = table
        self._prefix = prefix
        self._titles = dict(titles or {})
        self._left_out = left_out
        self._parameters: tuple[Parameter, ...] = ()
        self._fields: dict[str, Field] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(6)

    def set_parameters(self, parameters: Sequence[Parameter]) -> None:
        """Show these parameters; fields of those that stay are kept, and with them the keyboard's place."""
        if tuple(parameters) == self._parameters:
            return
        self._parameters = tuple(parameters)
        kept = {key: field for key, field in self._fields.items() if field.parameter in self._parameters}
        for key, field in self._fields.items():
            self._grid.removeWidget(field)
            if key not in kept:
                field.setParent(None)
                field.deleteLater()
        self._fields = {one.name: kept.get(one.name) or self._make_field(one) for one in parameters}
        for row, field in enumerate(self._fields.values()):
            self._grid.addWidget(field, row, 0)
        for above, below in pairwise(self._fields.values()):
            above.put_before(below)
        self.setVisible(bool(self._fields))

    def show_values(self, values: Mapping[str, Any], errors: Mapping[str, str]) -> None:
        """Show values by key (those that are missing show their default) and what is wrong with them."""
        for key, field in self._fields.items():
            field.show_value(values.get(key, UNSET))
            field.show_error(errors.get(key, ""))

    def set_enabled(self, enabled: bool) -> None:
        """Whether values may be changed now."""
        for field in self._fields.values():
            field.set_enabled(enabled)

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields by key."""
        return self._fields

    def _make_field(self, parameter: Parameter) -> Field:
        title = self._titles.get(parameter.name) or title_of(parameter.name)
        field = Field(
            self.table, parameter, prefix=self._prefix, title=title, left_out=self._left_out, parent=self
        )
        field.edited.connect(self._on_edited)
        return field

    def _on_edited(self, key: str, value: object) -> None:
        self.changed.emit(self.table, key, value)
