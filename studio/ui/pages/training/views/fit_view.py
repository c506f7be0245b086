"""Points of the test data, and the line that the model draws through them."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.pages.training.views.view import TaskView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.curve_plot import CurvePlot


class FitView(TaskView):
    """Draws the picture "fit": keys x, y, line (each (N,), x in order) and x_label."""

    title = "Fit"
    pictures = ("fit",)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot = CurvePlot(theme, "Fit")
        self._plot.setObjectName("train.fit_plot")
        self._plot.set_across("x", from_zero=False)
        self._plot.set_controls(log=False, smooth=False)
        self._plot.set_empty_text("The line that the model draws through the data.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)

    def clear(self) -> None:
        self._plot.clear()

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        label_text = str(data.get("x_label", "x"))
        self._plot.set_across(label_text, from_zero=False)
        self._plot.set_note(f"along {label_text}")
        self._plot.set_points("test data", data["x"], data["y"], 0)
        self._plot.set_curve("model", data["x"], data["line"], 1)
