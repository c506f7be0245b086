"""The lower middle of the Train tab: one view of the task at a time, and buttons to choose it."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.ui.pages.training.views.registry import views_for
from studio.ui.pages.training.views.view import TaskView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button


class ViewsPanel(QWidget):
    """Shows the views of one kind of problem; those that are the same for all stand last and stay.

    Args:
        theme: the window's theme.
        empty: what is shown until the first run.
        lasting: more views with their titles, which every kind of problem has.
    """

    def __init__(
        self, theme: Theme, empty: QWidget, lasting: dict[QWidget, str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._task = ""
        self._lasting = lasting
        self._views: list[TaskView] = []
        self._buttons: dict[QWidget, Button] = {}
        self._is_chosen = False
        self._stack = QStackedWidget()
        self._stack.addWidget(empty)
        self._empty: QWidget | None = empty
        for widget in lasting:
            self._stack.addWidget(widget)
        self._group = QButtonGroup(self)
        self._row_of_buttons = QWidget()
        self._row = QHBoxLayout(self._row_of_buttons)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._row.addStretch(1)
        self._row_of_buttons.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._row_of_buttons)
        column.addWidget(self._stack, 1)
        self._group.buttonClicked.connect(self._on_chosen)

    @property
    def views(self) -> list[TaskView]:
        """The views of the present kind of problem."""
        return list(self._views)

    def begin(self, task: str) -> None:
        """A run begins: its kind of problem brings its views, empty."""
        if task == self._task:
            self._begin_again()
            return
        self._task = task
        for view in self._views:
            self._stack.removeWidget(view)
            view.deleteLater()
        self._views = views_for(task, self._theme)
        self._is_chosen = False
        for view in self._views:
            self._stack.addWidget(view)
        self._lay_out_buttons()
        if self._empty is not None:
            # It would go on asking for its height, which the curves above can use.
            self._stack.removeWidget(self._empty)
            self._empty.deleteLater()
            self._empty = None
        self._bring_to_front(next(widget for widget, button in self._buttons.items() if not button.isHidden()))

    def _begin_again(self) -> None:
        for view in self._views:
            view.clear()
            self._buttons[view].setVisible(not view.waits)
        self._row_of_buttons.setVisible(sum(not one.isHidden() for one in self._buttons.values()) > 1)
        front = self._stack.currentWidget()
        if front is not None and self._buttons[front].isHidden():
            self._is_chosen = False
            self._bring_to_front(next(widget for widget, button in self._buttons.items() if not button.isHidden()))

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        """Show a picture in the views that are for it; one that waited for it is offered from now on."""
        for view in self._views:
            if name not in view.pictures:
                continue
            view.show_picture(name, data)
            button = self._buttons[view]
            if button.isHidden():
                button.show()
                self._row_of_buttons.show()
                if not self._is_chosen and view.leads():
                    self._bring_to_front(view)

    def _lay_out_buttons(self) -> None:
        for button in self._buttons.values():
            self._group.removeButton(button)
            button.deleteLater()
        self._buttons = {}
        for widget, title in [*((view, view.title) for view in self._views), *self._lasting.items()]:
            button = Button(self._theme, title, f"train.view.{_word(title)}", accessible_name=f"Show: {title}")
            button.setCheckable(True)
            self._group.addButton(button)
            self._row.insertWidget(self._row.count() - 1, button)  # before the stretch
            button.setVisible(not (isinstance(widget, TaskView) and widget.waits))
            self._buttons[widget] = button
        self._row_of_buttons.setVisible(sum(not one.isHidden() for one in self._buttons.values()) > 1)

    def _bring_to_front(self, widget: QWidget) -> None:
        self._stack.setCurrentWidget(widget)
        self._buttons[widget].setChecked(True)

    def _on_chosen(self, chosen: Button) -> None:
        self._is_chosen = True
        self._bring_to_front(next(widget for widget, button in self._buttons.items() if button is chosen))


def _word(title: str) -> str:
    return title.lower().replace(" ", "_")
