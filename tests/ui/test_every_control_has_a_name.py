"""The whole window, walked: whatever a person can use has an object name and an accessible name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QMainWindow,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QScrollBar,
    QStackedWidget,
    QTabBar,
    QTextEdit,
    QWidget,
)

_CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
)
_STEERED_FROM_ELSEWHERE = {"palette.results"}
"""Not in the order of Tab on purpose: the arrow keys of the field above walk it."""
_PARTS = (QScrollBar, QHeaderView, QMenu, QMenuBar)
"""Parts that Qt makes of other controls, or that are reached through the actions in them."""

PROMISED = {
    "train.start",
    "train.stop",
    "train.pause",
    "train.recipe",
    "train.loss_plot",
    "autograd.editor",
    "autograd.run",
    "autograd.graph",
    "autograd.timeline",
    "export.model",
    "export.formats",
    "export.start",
    "export.results",
    "vision.drop_zone",
    "vision.model",
    "vision.task",
    "vision.results",
    "runs.table",
    "runs.compare",
    "status.progress",
    "status.cancel",
    "log.view",
}


def controls_of(window: QWidget) -> Iterator[QWidget]:
    """Everything in `window` that a person can use, visible now or not."""
    for widget in window.findChildren(QWidget):
        if isinstance(widget, _PARTS) or _is_made_by_qt(widget):
            continue
        takes_focus = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if isinstance(widget, _CONTROLS) or takes_focus:
            yield widget


def _is_made_by_qt(widget: QWidget) -> bool:
    """Whether Qt made it inside another control: the field of a spin box, a search field's cross, a viewport."""
    parent = widget.parentWidget()
    while parent is not None:
        inside = isinstance(
            parent, QLineEdit | QAbstractSpinBox | QComboBox | QHeaderView | QTabBar | QMenu | QMenuBar
        )
        table_corner = isinstance(parent, QAbstractItemView) and isinstance(widget, QAbstractButton)
        if inside or (table_corner and not widget.objectName()):
            return True
        parent = parent.parentWidget()
    is_viewport = isinstance(widget.parentWidget(), QAbstractScrollArea) and not isinstance(widget, _CONTROLS)
    return widget.objectName().startswith("qt_") or (is_viewport and not widget.objectName())


def _place(widget: QWidget) -> str:
    names = []
    at: QWidget | None = widget
    while at is not None:
        names.append(f"{at.metaObject().className()}[{at.objectName()}]")
        at = at.parentWidget()
    return " < ".join(names[:5])


def _waits_for_its_text(widget: QWidget) -> bool:
    """Whether it is a button of a hidden notice: it gets its text, and so its name, when that is shown."""
    at: QWidget | None = widget
    while at is not None and not isinstance(at.parentWidget(), QStackedWidget):
        if at.isHidden():
            return isinstance(widget, QAbstractButton) and not widget.text()
        at = at.parentWidget()
    return False


def _accessible_name(widget: QWidget) -> str:
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name).strip()


def test_every_control_has_an_object_name(window: QMainWindow) -> None:
    assert not [_place(control) for control in controls_of(window) if not control.objectName()]


def test_every_control_has_an_accessible_name(window: QMainWindow) -> None:
    assert not [
        _place(control)
        for control in controls_of(window)
        if not (_accessible_name(control) or _waits_for_its_text(control))
    ]


def test_object_names_are_unique(window: QMainWindow) -> None:
    names = Counter(control.objectName() for control in controls_of(window))
    assert not [name for name, count in names.items() if count > 1]


def test_every_control_is_reached_with_the_keyboard(window: QMainWindow) -> None:
    unreachable = [
        _place(control)
        for control in controls_of(window)
        if not control.focusPolicy() & Qt.FocusPolicy.TabFocus
        and control.objectName() not in _STEERED_FROM_ELSEWHERE
    ]
    assert not unreachable


@pytest.mark.parametrize("page", ["autograd", "train", "runs", "export", "vision"])
def test_object_names_say_the_tab_first(window: QMainWindow, page: str) -> None:
    names = {control.objectName() for control in controls_of(window)}
    assert any(name.startswith(f"{page}.") for name in names)


def test_promised_names_are_there(window: QMainWindow) -> None:
    there = {widget.objectName() for widget in window.findChildren(QWidget)}
    assert not PROMISED - there


def test_walk_notices_a_nameless_control(qtbot: object) -> None:
    window = QWidget()
    QLineEdit(window)
    assert [type(control) for control in controls_of(window)] == [QLineEdit]
    window.deleteLater()
