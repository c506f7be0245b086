"""Actions as data: one table builds the menus, the command palette and the page of shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MENUS = ("File", "Edit", "View", "Run", "Tools", "Help")


@dataclass(frozen=True)
class Action:
    """Something that a person can do.

    Args:
        id: dotted name; the QAction's object name is ``action.`` and this.
        title: what the menu and the palette say.
        menu: one of `MENUS`.
        slot: what it does, a bound method.
        shortcut: keys such as ``"Ctrl+Return"``; every action of a menu should have one.
        icon: a Lucide name.
        page: the page that it belongs to; its shortcut then works only while that page is in front.
        is_enabled: asked when a menu or the palette opens, or the shortcut is pressed; None means always.
        is_checked: for an action that is on or off.
    """

    id: str
    title: str
    menu: str
    slot: Callable[[], None]
    shortcut: str = ""
    icon: str = ""
    page: str = ""
    is_enabled: Callable[[], bool] | None = None
    is_checked: Callable[[], bool] | None = None
