"""A list of ingredients to edit: layers of a model, or what is done to training images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.catalog.entries import Entry, Parameter
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice_popup import ChoicePopup
from studio.ui.widgets.field_text import UNSET, text_of
from studio.ui.widgets.form import Form
from studio.ui.widgets.ingredient_rows import Row, RowsView
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.naming import named

Item = dict[str, Any]
_UNDO_LIMIT = 100
_BUTTON_WIDTH = 30


class IngredientList(QWidget):
    """Shows what it is given, and tells the whole list anew whenever it is edited.

    Args:
        name: its object name, such as ``"train.layers"``; its controls' names begin with it.
        words: what one item is called, such as ``"layer"``.
        entries: what can be added, in the order in which it is offered; asked when it is first needed.
        start: the values with which an ingredient is added.
    """

    edited = Signal(list)

    def __init__(
        self,
        theme: Theme,
        name: str,
        *,
        words: str,
        entries: Callable[[], Sequence[Entry]],
        start: Callable[[Entry], Item],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(f"{words.capitalize()}s")
        self._name, self._words, self._entries, self._start = name, words, entries, start
        self._items: list[Item] = []
        self._rows: list[Row] = []
        self._past: list[list[Item]] = []
        self._shows_all = False
        self._edited_form: tuple[int, str] | None = None
        hint = "Alt and an arrow key move one, Delete takes it out, Ctrl+Z undoes"
        self._view = named(RowsView(theme), f"{name}.list", f"{words.capitalize()}s, first one first", "")
        self._view.setAccessibleDescription(hint)
        self._make_buttons(theme)
        self._error = label("", "small-bad", wrap=True)
        self._error.setObjectName(f"{name}.error")
        prefix, _, table = name.rpartition(".")
        self._form = Form(table, prefix)
        self._form.changed.connect(self._on_value)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        buttons = row(self.add_button, None, self._up, self._down, self._remove, self._undo, spacing=2)
        for part in (self._view, buttons, self._error, self._form):
            layout.addWidget(part)
        self._view.currentRowChanged.connect(self._show_selected)
        self._view.moved.connect(self._move)
        self._view.remove_asked.connect(self._on_remove)
        self._view.undo_asked.connect(self._on_undo)
        self._show_selected()

    def _make_buttons(self, theme: Theme) -> None:
        name, words = self._name, self._words

        def button(key: str, icon: str, what: str, slot: Callable[[], None]) -> Button:
            made = Button(theme, "", f"{name}.{key}", role="quiet", icon=icon, accessible_name=what, tool_tip=what)
            made.setFixedWidth(_BUTTON_WIDTH)
            made.clicked.connect(slot)
            return made

        self.add_button = Button(theme, f"Add {words}", f"{name}.add", role="quiet", icon="plus")
        self.add_button.clicked.connect(self._on_add)
        self._up = button("up", "chevron-up", f"Move the {words} up (Alt+Up)", lambda: self._move_by(-1))
        self._down = button("down", "chevron-down", f"Move the {words} down (Alt+Down)", lambda: self._move_by(1))
        self._remove = button("remove", "trash-2", f"Take the {words} out (Delete)", self._on_remove)
        self._undo = button(
            "undo", "undo-2", f"Undo adding, moving or taking out a {words} (Ctrl+Z)", self._on_undo
        )

    @property
    def items(self) -> list[Item]:
        """The list as it is shown."""
        return [dict(item) for item in self._items]

    @property
    def selected(self) -> int:
        """The place of the item that is edited; -1 for none."""
        return self._view.currentRow() if self._items else -1

    def select(self, index: int) -> None:
        """Edit the item of that place."""
        self._view.setCurrentRow(index)

    def set_shows_all(self, shows_all: bool) -> None:
        """Whether every value of the selected item is in sight, or those that matter."""
        self._shows_all = shows_all
        self._show_selected()

    def show_items(self, items: Sequence[Mapping[str, Any]], rows: Sequence[Row]) -> None:
        """Show these items, each with its row."""
        self._items = [dict(item) for item in items]
        self._rows = list(rows)
        self._view.show_rows(self._rows)
        self._show_selected()

    def forget(self) -> None:
        """There is another list now: what was done before cannot be undone any more."""
        self._past.clear()
        self._edited_form = None

    def _show_selected(self) -> None:
        index = self.selected
        is_any = 0 <= index < len(self._items)
        self._up.setEnabled(is_any and index > 0)
        self._down.setEnabled(is_any and index < len(self._items) - 1)
        self._remove.setEnabled(is_any)
        self._undo.setEnabled(bool(self._past))
        wrong = next((place for place, one in enumerate(self._rows) if one.error), None)
        self._error.setText(self._rows[wrong].error if wrong is not None else "")
        self._error.setVisible(wrong is not None)
        item = self._items[index] if is_any else None
        known = self._known(str(item["name"])) if item else None
        self._form.setVisible(known is not None)
        if item is None or known is None:
            return
        self._form.set_parameters(self._shown(index, item, known))
        self._form.show_values(item, self._rows[index].errors if index < len(self._rows) else {})

    def _shown(self, index: int, item: Item, known: Entry) -> list[Parameter]:
        """The fields of an item as it was selected: a field does not go while it is emptied."""
        key = (index, known.name)
        before = set(self._form.fields) if self._edited_form == key else set()
        self._edited_form = key
        errors = self._rows[index].errors if index < len(self._rows) else {}
        return [
            one
            for one in known.parameters
            if self._shows_all
            or one.required
            or one.name in item
            or one.name in errors
            or one.name in before
            or (one.name, known.name) in _ALWAYS
        ]

    def _known(self, name: str) -> Entry | None:
        return next((one for one in self._entries() if one.name == name), None)

    def _tell(self, items: list[Item], selected: int) -> None:
        """Tell a list that is put together otherwise; it can be undone."""
        self._past = [*self._past[-_UNDO_LIMIT + 1 :], self.items]
        self._edited_form = None
        self._put(items, selected)

    def _put(self, items: list[Item], selected: int) -> None:
        self.edited.emit(items)
        self._view.setCurrentRow(max(0, min(selected, len(items) - 1)))
        self._show_selected()

    def _on_add(self) -> None:
        choices = [(one.name, one.summary) for one in self._entries()]
        popup = ChoicePopup(self._name, self._words, choices, self.window())
        popup.chosen.connect(self.add)
        popup.open_below(self.add_button)

    def add(self, name: str) -> None:
        """Add an ingredient behind the selected one."""
        known = self._known(name)
        if known is None:
            return
        place = self.selected + 1
        items = self.items
        items.insert(place, {"name": name, **self._start(known)})
        self._tell(items, place)
        self._view.setFocus()

    def _on_remove(self) -> None:
        index = self.selected
        if index >= 0:
            self._tell([one for place, one in enumerate(self.items) if place != index], index)

    def _move_by(self, by: int) -> None:
        self._move(self.selected, self.selected + by)

    def _move(self, index: int, other: int) -> None:
        items = self.items
        items.insert(other, items.pop(index))
        self._tell(items, other)

    def _on_undo(self) -> None:
        if self._past:
            self._edited_form = None
            self._put(self._past.pop(), self.selected)

    def _on_value(self, _table: str, key: str, value: object) -> None:
        items, index = self.items, self.selected
        if value is UNSET:
            items[index].pop(key, None)
        else:
            items[index][key] = value
        self.edited.emit(items)


_ALWAYS = {
    ("out_features", "Linear"),
    ("p", "Dropout"),
    ("brightness", "ColorJitter"),
    ("contrast", "ColorJitter"),
}
"""What is not required, and still what one looks for first."""


def short_note(item: Mapping[str, Any]) -> str:
    """What an item is told, in a few words: ``16, 3, padding 1``."""
    plain = ("out_channels", "out_features", "kernel_size", "output_size", "p", "degrees", "num_groups", "size")
    parts = [text_of(item[key]) for key in plain if key in item]
    parts += [
        f"{key.replace('_', ' ')} {text_of(value)}" for key, value in item.items() if key not in ("name", *plain)
    ]
    return ", ".join(parts)
