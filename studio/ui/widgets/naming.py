"""The name by which tests, screen readers and automation find a control."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

W = TypeVar("W", bound=QWidget)


def named(widget: W, object_name: str, accessible_name: str, tool_tip: str = "") -> W:
    """Give a control its object name (``"train.start"``) and its accessible name, and return it."""
    widget.setObjectName(object_name)
    widget.setAccessibleName(accessible_name)
    if tool_tip:
        widget.setToolTip(tool_tip)
    return widget


def set_role(widget: W, role: str) -> W:
    """Give a widget a role of the style sheet, and dress it anew where it already had another."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):  # else it is dressed when first shown
            widget.style().unpolish(widget)
            widget.style().polish(widget)
    return widget


def set_flag(widget: W, flag: str, value: bool) -> W:
    """Set a true-or-false property that the style sheet looks at, such as ``invalid``."""
    if bool(widget.property(flag)) != value:
        widget.setProperty(flag, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
    return widget
