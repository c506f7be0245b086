"""Every action by typing a part of its name: Ctrl+K."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QHideEvent, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from studio.ui.shell.action_table import ActionTable
from studio.ui.theme.theme import Theme
from studio.ui.widgets.naming import named, set_role


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


class CommandPalette(QFrame):
    """A field and a list over the window; Enter does what is selected, Escape or a click elsewhere hides it."""

    def __init__(self, table: ActionTable, theme: Theme, parent: QWidget):
        super().__init__(parent)
        self._table = table
        self._theme = theme
        self._focused_before: QWidget | None = None
        named(self, "palette", "Command palette")
        set_role(self, "raised")
        self.hide()
        self._field = named(QLineEdit(), "palette.search", "Search actions")
        set_role(self._field, "palette")
        self._field.setPlaceholderText("Type what you want to do")
        self._list = named(QTreeWidget(), "palette.results", "Matching actions")
        set_role(self._list, "plain")
        self._list.setColumnCount(3)
        self._list.setHeaderHidden(True)
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.setIconSize(QSize(20, 16))
        self._list.header().setStretchLastSection(False)
        self._list.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
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
        if not self.isVisible():
            self._focused_before = QApplication.focusWidget()
        window = self.parentWidget()
        self.resize(min(560, window.width() - 80), 380)
        self.move((window.width() - self.width()) // 2, 84)
        self._table.refresh()
        self._field.clear()
        self._on_text("")
        self.show()
        self.raise_()
        self._field.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._table.release()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self._leave()
                return True
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self._list.topLevelItemCount():
                row = self._list.indexOfTopLevelItem(self._list.currentItem())
                self._select((row + step) % self._list.topLevelItemCount())
                return True
        if event.type() == QEvent.Type.FocusOut and not self._list.underMouse():
            self.hide()
        return super().eventFilter(watched, event)

    def _leave(self) -> None:
        """Hide, and give the focus back to what had it."""
        self.hide()
        if self._focused_before is not None and isValid(self._focused_before):
            self._focused_before.setFocus(Qt.FocusReason.OtherFocusReason)
        self._focused_before = None

    def _on_text(self, text: str) -> None:
        found: list[tuple[int, int, QAction, str]] = []
        for order, (action, made) in enumerate(self._table.actions):
            points = score(text, action.title)
            if points and made.isEnabled():
                found.append((-points, order, made, action.menu))
        self._list.clear()
        for _, _, made, menu in sorted(found, key=lambda entry: entry[:2]):
            item = QTreeWidgetItem([made.text(), menu, made.shortcut().toString()])
            item.setIcon(0, made.icon())
            for column in (1, 2):
                item.setForeground(column, self._theme.color("muted"))
            item.setData(0, Qt.ItemDataRole.UserRole, made)
            self._list.addTopLevelItem(item)
        if not found:
            item = QTreeWidgetItem(["Nothing by that name can be done here."])
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addTopLevelItem(item)
        self._select(0)

    def _select(self, row: int) -> None:
        self._list.setCurrentItem(self._list.topLevelItem(row))

    def _on_return(self) -> None:
        item = self._list.currentItem()
        made = item.data(0, Qt.ItemDataRole.UserRole) if item else None
        self._leave()
        if isinstance(made, QAction):
            made.trigger()
