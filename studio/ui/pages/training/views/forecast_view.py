"""A series with the forecasts of the part that was held out: the model's, and the one that anybody can make."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.pages.training.views.view import TaskView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.curve_plot import CurvePlot


class ForecastView(TaskView):
    """Draws the picture "forecast": keys word, what, begin, and series, forecast, naive as (times, values)."""

    title = "Forecast"
    pictures = ("forecast",)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot = CurvePlot(theme, "Forecast")
        self._plot.setObjectName("train.forecast_plot")
        self._plot.set_across("step", from_zero=False)
        self._plot.set_controls(log=False, smooth=False)
        self._plot.set_empty_text("The series, and the forecasts of the part that the model has never seen.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)

    def clear(self) -> None:
        self._plot.clear()

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        self._plot.set_across(str(data["word"]), from_zero=False)
        self._plot.set_note(f"{data['what']}; held out from {data['begin']:.0f}")
        self._plot.set_points("true", *data["series"], 0)
        self._plot.set_curve("naive", *data["naive"], 1)
        self._plot.set_curve("forecast", *data["forecast"], 2, solid=True)
