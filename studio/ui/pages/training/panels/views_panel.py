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
        lasting: more views by their titles, which every kind of problem has.
    """

    def __init__(
        self, theme: Theme, empty: QWidget, lasting: dict[str, QWidget], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._task = ""
        self._lasting = lasting
        self._views: list[TaskView] = []
        self._stack = QStackedWidget()
        self._stack.addWidget(empty)
        for widget in lasting.values():
            self._stack.addWidget(widget)
        self._group = QButtonGroup(self)
        self._buttons = QWidget()
        self._row = QHBoxLayout(self._buttons)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._buttons.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._buttons)
        column.addWidget(self._stack, 1)
        self._group.buttonClicked.connect(self._on_chosen)

    @property
    def views(self) -> list[TaskView]:
        """The views of the present kind of problem."""
        return list(self._views)

    def begin(self, task: str) -> None:
        """A run begins: its kind of problem brings its views, empty."""
        if task == self._task:
            for view in self._views:
                view.clear()
            return
        self._task = task
        for view in self._views:
            self._stack.removeWidget(view)
            view.deleteLater()
        self._views = views_for(task, self._theme)
        for view in self._views:
            self._stack.addWidget(view)
        self._lay_out_buttons()
        self._show(self._titled()[0][1])

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        """Show a picture in the views that are for it."""
        for view in self._views:
            if name in view.pictures:
                view.show_picture(name, data)

    def _titled(self) -> list[tuple[str, QWidget]]:
        return [*((view.title, view) for view in self._views), *self._lasting.items()]

    def _lay_out_buttons(self) -> None:
        while (item := self._row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        titled = self._titled()
        for number, (title, _) in enumerate(titled):
            button = Button(self._theme, title, f"train.view.{_word(title)}", accessible_name=f"Show: {title}")
            button.setCheckable(True)
            button.setChecked(number == 0)
            button.setProperty("number", number)
            self._group.addButton(button)
            self._row.addWidget(button)
        self._row.addStretch(1)
        self._buttons.setVisible(len(titled) > 1)

    def _show(self, widget: QWidget) -> None:
        self._stack.setCurrentWidget(widget)

    def _on_chosen(self, button: Button) -> None:
        self._show(self._titled()[int(button.property("number"))][1])


def _word(title: str) -> str:
    return title.lower().replace(" ", "_")
