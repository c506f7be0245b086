"""Points of the test data, and the line that the model draws through them."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from studio.ui.pages.training.views.plot_view import PlotView
from studio.ui.theme.theme import Theme


class FitView(PlotView):
    """Draws the picture "fit": keys x, y, line (each (N,), x in order) and x_label."""

    title = "Fit"
    pictures = ("fit",)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "x", "The line that the model draws through the data.", parent)

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        label_text = str(data.get("x_label", "x"))
        self.plot.set_across(label_text, from_zero=False)
        self.plot.set_note(f"along {label_text}")
        self.plot.set_points("test data", data["x"], data["y"], 0)
        self.plot.set_curve("model", data["x"], data["line"], 1)
