"""A series with the forecasts of the part that was held out: the model's, and the one that anybody can make."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from studio.ui.pages.training.views.plot_view import PlotView
from studio.ui.theme.theme import Theme


class ForecastView(PlotView):
    """Draws the picture "forecast": keys word, what, begin, and series, forecast, naive as (times, values)."""

    title = "Forecast"
    pictures = ("forecast",)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        empty = "The series, and the forecasts of the part that the model has never seen."
        super().__init__(theme, "step", empty, parent)

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        self.plot.set_across(str(data["word"]), from_zero=False)
        self.plot.set_note(f"{data['what']}; held out from {data['begin']:.0f}")
        self.plot.set_points("true", *data["series"], 0)
        self.plot.set_curve("naive", *data["naive"], 1)
        self.plot.set_curve("forecast", *data["forecast"], 2, solid=True)
