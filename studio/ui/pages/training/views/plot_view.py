"""A view that is one plot."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.pages.training.views.view import TaskView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.curve_plot import CurvePlot


class PlotView(TaskView):
    """Shows `plot`, titled and named after the view, along what is no training step.

    Args:
        theme: the window's theme.
        across: what the plot goes along until a picture says it.
        empty: what stands there until the first picture.
    """

    def __init__(self, theme: Theme, across: str, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = CurvePlot(theme, self.title)
        self.plot.setObjectName(f"train.{self.title.lower()}_plot")
        self.plot.set_across(across, from_zero=False)
        self.plot.set_controls(log=False, smooth=False)
        self.plot.set_empty_text(empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)

    def clear(self) -> None:
        self.plot.clear()
