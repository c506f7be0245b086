"""From actions as data to menus, with shortcuts that hold only where they make sense."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from studio.ui.shell.actions import MENUS, Action
from studio.ui.theme.theme import Theme


class ActionTable(QObject):
    """Builds a QAction for each `Action`.

    What can be done changes at any moment. Menus and the palette ask when they open (`refresh`); while none is
    open every action of the page in front is enabled, so that its shortcut asks when it is pressed.
    """

    def __init__(self, theme: Theme, parent: QObject):
        super().__init__(parent)
        self._theme = theme
        self._actions: list[tuple[Action, QAction]] = []
        self._page = ""
        theme.changed.connect(self._on_theme_changed)

    @property
    def actions(self) -> list[tuple[Action, QAction]]:
        """All actions with what Qt has of them."""
        return list(self._actions)

    def add(self, actions: Iterable[Action], page: str = "") -> None:
        """Take in actions; those of a page work only while that page is in front."""
        for action in actions:
            made = QAction(action.title, self.parent())
            made.setObjectName(f"action.{action.id}")
            if action.shortcut:
                made.setShortcut(QKeySequence(action.shortcut))
            made.setCheckable(action.is_checked is not None)
            made.triggered.connect(self._on_triggered)
            self._actions.append((action, made))
            made.setProperty("page", action.page or page)
        self._on_theme_changed()

    def fill(self, bar: QMenuBar) -> None:
        """Build the menus."""
        for name in MENUS:
            menu = QMenu(name, bar)
            menu.setObjectName(f"menu.{name.lower()}")
            last_page: str | None = None
            for action, made in self._actions:
                if action.menu != name:
                    continue
                page = made.property("page")
                if last_page is not None and page != last_page:
                    menu.addSeparator()
                last_page = page
                menu.addAction(made)
            menu.aboutToShow.connect(self.refresh)
            menu.aboutToHide.connect(self.release)
            bar.addMenu(menu)

    def set_page(self, page: str) -> None:
        """Say which page is in front."""
        self._page = page
        self.release()

    def release(self) -> None:
        """Let the shortcuts of the page in front ask for themselves."""
        for action, made in self._actions:
            is_here = self._is_here(made)
            made.setVisible(is_here)
            made.setEnabled(is_here)
            if action.is_checked is not None:
                made.setChecked(action.is_checked())

    def refresh(self) -> None:
        """Ask each action whether it can be done now and whether it is on."""
        for action, made in self._actions:
            made.setEnabled(self._is_here(made) and _is_possible(action))
            if action.is_checked is not None:
                made.setChecked(action.is_checked())

    def _is_here(self, made: QAction) -> bool:
        page = made.property("page")
        return not page or page == self._page

    def _on_triggered(self) -> None:
        sender = self.sender()
        for action, made in self._actions:
            if made is sender and _is_possible(action):
                action.slot()

    def _on_theme_changed(self) -> None:
        for action, made in self._actions:
            if action.icon:
                made.setIcon(self._theme.icon(action.icon))


def _is_possible(action: Action) -> bool:
    return action.is_enabled is None or action.is_enabled()
