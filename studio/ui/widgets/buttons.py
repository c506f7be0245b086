"""Buttons with an icon that follows the theme."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QWidget

from studio.ui.theme.theme import Theme
from studio.ui.widgets.naming import named, set_role

ICON_PIXELS = 16
_GAP = 4


class Button(QPushButton):
    """A push button: primary (orange, one a page), secondary, quiet or link, with an icon of the theme."""

    def __init__(
        self,
        theme: Theme,
        text: str,
        object_name: str,
        *,
        role: str = "secondary",
        icon: str = "",
        accessible_name: str = "",
        tool_tip: str = "",
        parent: QWidget | None = None,
    ):
        super().__init__(text, parent)
        self._theme = theme
        self._icon = icon
        named(self, object_name, accessible_name or text, tool_tip)
        set_role(self, role)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def set_face(self, text: str, icon: str = "", *, accessible_name: str = "") -> None:
        """Change what the button says, because it now does something else."""
        self.setText(text)
        self.setAccessibleName(accessible_name or text)
        self._icon = icon
        self._on_theme_changed()

    def set_role(self, role: str) -> None:
        """Change the button's weight."""
        set_role(self, role)
        self._on_theme_changed()

    def _on_theme_changed(self) -> None:
        self.setIconSize(QSize(ICON_PIXELS + (_GAP if self.text() else 0), ICON_PIXELS))
        if self._icon:
            color = {"primary": "on_accent", "quiet": "muted"}.get(self.property("role"), "text")
            self.setIcon(self._theme.icon(self._icon, color))
