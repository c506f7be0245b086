"""Every action by typing a part of its name: Ctrl+K."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.ui.shell.action_table import ActionTable
from studio.ui.widgets.naming import named, set_role

_ROWS = 9


def score(query: str, title: str) -> int:
    """How well a title answers a query: 0 not at all; whole words first, then letters in order."""
    query, title = query.lower().strip(), title.lower()
    if not query:
        return 1
    if query in title:
        return 1000 - title.index(query)
    position = 0
    for letter in query:
        position = title.find(letter, position) + 1
        if position == 0:
            return 0
    return 1


class CommandPalette(QDialog):
    """A field and a list; Enter does what is selected."""

    def __init__(self, table: ActionTable, parent: QWidget):
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._table = table
        named(self, "palette", "Command palette")
        self._field = named(QLineEdit(), "palette.search", "Search actions")
        set_role(self._field, "palette")
        self._field.setPlaceholderText("Type what you want to do")
        self._list = named(QListWidget(), "palette.results", "Matching actions")
        set_role(self._list, "plain")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addWidget(self._field)
        layout.addWidget(self._list)
        self._field.textChanged.connect(self._on_text)
        self._field.returnPressed.connect(self._on_return)
        self._list.itemClicked.connect(self._on_return)
        self._field.installEventFilter(self)

    def open_at_top(self) -> None:
        """Show it over the window, empty and ready to type."""
        window = self.parentWidget()
        self.resize(min(560, window.width() - 80), 380)
        corner = window.mapToGlobal(window.rect().topLeft())
        self.move(corner.x() + (window.width() - self.width()) // 2, corner.y() + 84)
        self._table.refresh()
        self._field.clear()
        self._on_text("")
        self.show()
        self._field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self._list.count():
                self._list.setCurrentRow((self._list.currentRow() + step) % self._list.count())
                return True
        return super().eventFilter(watched, event)

    def _on_text(self, text: str) -> None:
        found: list[tuple[int, int, QAction, str]] = []
        for order, (action, made) in enumerate(self._table.actions):
            points = score(text, action.title)
            if points and made.isEnabled():
                found.append((-points, order, made, action.menu))
        self._list.clear()
        for _, _, made, menu in sorted(found, key=lambda entry: entry[:2]):
            keys = made.shortcut().toString()
            item = QListWidgetItem(made.icon(), f"{made.text()}    {menu}{'  ·  ' + keys if keys else ''}")
            item.setData(Qt.ItemDataRole.UserRole, made)
            self._list.addItem(item)
        if not self._list.count():
            item = QListWidgetItem("Nothing by that name can be done here.")
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _on_return(self) -> None:
        item = self._list.currentItem()
        made = item.data(Qt.ItemDataRole.UserRole) if item else None
        self.hide()
        if isinstance(made, QAction):
            made.trigger()
