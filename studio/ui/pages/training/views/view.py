"""What every picture of a run has in common."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QFrame


class TaskView(QFrame):
    """Shows pictures of some names as they come; cleared when another run begins.

    A view never asks the engine for anything: what it needs to answer the mouse is in its picture.
    """

    title: ClassVar[str]
    """What the view is called on its button, in one or two words."""
    pictures: ClassVar[tuple[str, ...]]
    """Names of the pictures that it shows."""
    waits: ClassVar[bool] = False
    """Whether it is offered only once there is a picture, because not every run of its kind of problem has one."""

    def leads(self) -> bool:
        """Whether what it shows now is worth being in front, where the user has not chosen."""
        return True

    def clear(self) -> None:
        """Take away what is left of the run before."""

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        """Show a picture by name; `data` is as the engine's task says it."""
