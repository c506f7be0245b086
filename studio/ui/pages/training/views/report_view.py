"""Further measures on the test data, once a run has finished."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.pages.training.views.view import TaskView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.layout import KeyValues, Section, label
from studio.ui.widgets.naming import named
from studio.ui.widgets.plot_axis import number_text


class ReportView(TaskView):
    """Shows the picture "report": rows with name, value, unit ("%" for a share) and help."""

    title = "Report"
    pictures = ("report",)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("train.view.report_on_test")
        self._section = Section("Report")
        self._empty = label(
            "More measures on the test data, when a run of a second or more has finished.", "faint", wrap=True
        )
        self._values = named(KeyValues(), "train.report", "Report on the test data")
        self._section.add(self._empty)
        self._section.add(self._values)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._section)
        self.clear()

    def clear(self) -> None:
        self._values.set_facts([])
        self._values.hide()
        self._empty.show()

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        rows = data["rows"]
        self._values.set_facts([(row["name"], _text(row["value"], row["unit"])) for row in rows])
        self._values.setToolTip("\n".join(f"{row['name']}: {row['help']}" for row in rows))
        self._values.show()
        self._empty.hide()


def _text(value: float, unit: str) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{value * 100:.1f} %" if unit == "%" else number_text(value)
