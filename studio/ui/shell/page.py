"""What the window asks of a page."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from studio.ui.shell.actions import Action


class Page(Protocol):
    """A tab's widget. It gets the window's services and never reaches for another page."""

    title: str
    icon_name: str

    def actions(self) -> list[Action]:
        """What can be done on this page, for menus and palette."""
        ...

    def drop_hint(self, paths: list[Path]) -> str:
        """What a drop of these would do here, as a sentence; empty where it would do nothing."""
        ...

    def take_drop(self, paths: list[Path]) -> None:
        """Do it."""
        ...
