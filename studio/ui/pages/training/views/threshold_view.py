"""From which probability on a sample counts as of a class: what that finds, misses, and takes wrongly."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from studio.ui.pages.training.views.receiver_curve import Counts, ReceiverCurve
from studio.ui.pages.training.views.view import TaskView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.form import ChoiceBox
from studio.ui.widgets.layout import KeyValues, label, row
from studio.ui.widgets.naming import named, set_role

_STEPS = 1000


class CurveOfThresholds(QWidget):
    """Paints a receiver operating characteristic, and where the threshold stands on it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._curve: ReceiverCurve | None = None
        self._now = (0.0, 0.0)
        self.setMinimumSize(150, 120)
        theme.changed.connect(self.update)

    def show_curve(self, curve: ReceiverCurve | None, now: tuple[float, float]) -> None:
        """Show a curve, and the place (fall-out, recall) on it."""
        self._curve, self._now = curve, now
        text = f"area {curve.area:.3f}; now {now[1]:.1%} found at {now[0]:.1%} false alarms" if curve else ""
        self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(self.rect()).adjusted(46, 8, -8, -34)
        side = min(room.width(), room.height() * 1.6)
        place = QRectF(room.left(), room.top(), side, room.height())
        painter.setPen(QPen(self._theme.color("grid"), 1))
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            painter.drawLine(_on(place, 0, share), _on(place, 1, share))
            painter.drawLine(_on(place, share, 0), _on(place, share, 1))
        painter.setPen(QPen(self._theme.color("faint"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(_on(place, 0, 0), _on(place, 1, 1))
        painter.setPen(self._theme.color("faint"))
        for share in (0.0, 0.5, 1.0):
            text = f"{share * 100:.0f} %" if share else "0"
            up = QRectF(0, _on(place, 0, share).y() - 9, 42, 18)
            painter.drawText(up, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            across = QRectF(_on(place, share, 0).x() - 25, place.bottom() + 2, 50, 16)
            painter.drawText(across, Qt.AlignmentFlag.AlignCenter, text)
        below = QRectF(place.left() - 30, place.bottom() + 17, place.width() + 40, 16)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, "false alarms across, found up")
        if self._curve is not None:
            line = QPolygonF([_on(place, x, y) for x, y in self._curve.points])
            painter.setPen(QPen(self._theme.color("series1"), 1.6))
            painter.drawPolyline(line)
            painter.setPen(QPen(self._theme.color("surface"), 1.5))
            painter.setBrush(self._theme.color("accent"))
            painter.drawEllipse(_on(place, *self._now), 5, 5)
        painter.end()


class ThresholdView(TaskView):
    """Works on the picture "scores": labels (C,), values (N × C) row by row, true (N,)."""

    title = "Threshold"
    pictures = ("scores",)
    waits = True

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self._data: dict[str, Any] = {}
        self._labels: list[str] = []
        self._curve: ReceiverCurve | None = None
        self._plot = named(CurveOfThresholds(theme), "train.threshold.curve", "Found against false alarms (ROC)")
        self._class = named(ChoiceBox(), "train.threshold.class", "Class", "The class that is to be found")
        self._slider = named(
            QSlider(Qt.Orientation.Horizontal),
            "train.threshold.slider",
            "Threshold",
            "From which probability on a sample counts as of the class",
        )
        self._slider.setRange(0, _STEPS)
        self._slider.setValue(_STEPS // 2)
        self._slider.setPageStep(50)
        self._shown = label("", "muted")
        self._shown.setFixedWidth(44)
        self._values = named(KeyValues(), "train.threshold.values", "What the threshold does")
        self._area = label("", "faint")
        side = QWidget()
        side.setFixedWidth(250)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(row(label("To find", "muted"), self._class))
        column.addWidget(row(label("Threshold", "muted"), self._slider, self._shown))
        column.addWidget(self._values)
        column.addStretch(1)
        column.addWidget(self._area)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 8)
        layout.setSpacing(14)
        layout.addWidget(self._plot, 1)
        layout.addWidget(side)
        self._slider.valueChanged.connect(self._on_moved)
        self._class.currentIndexChanged.connect(self._on_class_chosen)

    def leads(self) -> bool:
        return len(self._labels) == 2

    def clear(self) -> None:
        self._data, self._curve = {}, None
        self._show()

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        self._data = data
        if data["labels"] != self._labels:
            self._labels = [str(one) for one in data["labels"]]
            blocked = QSignalBlocker(self._class)
            self._class.clear()
            self._class.addItems(self._labels)
            blocked.unblock()
        self._draw()

    def _draw(self) -> None:
        classes, chosen = len(self._labels), max(0, self._class.currentIndex())
        values, true = self._data["values"], self._data["true"]
        self._curve = ReceiverCurve.of(values[chosen::classes], [one == chosen for one in true])
        self._show()

    def _show(self) -> None:
        threshold = self._slider.value() / _STEPS
        self._shown.setText(f"{threshold:.3f}")
        counts = self._curve.at(threshold) if self._curve else None
        self._plot.show_curve(self._curve, (counts.fall_out, counts.recall) if counts else (0.0, 0.0))
        self._values.set_facts(_facts(counts, self._class.currentText()) if counts else [])
        self._area.setText(f"Area under the curve {self._curve.area:.4f}" if self._curve else "")

    def _on_moved(self) -> None:
        self._show()

    def _on_class_chosen(self) -> None:
        if self._data:
            self._draw()


def _facts(counts: Counts, name: str) -> list[tuple[str, str]]:
    of, rest = counts.found + counts.missed, counts.false_alarms + counts.rightly_left
    return [
        ("Found", f"{counts.found:,} of {of:,} {name} ({counts.recall:.1%})".replace("%", " %")),
        ("Missed", f"{counts.missed:,}"),
        ("False alarms", f"{counts.false_alarms:,} of {rest:,} ({counts.fall_out:.1%})".replace("%", " %")),
        ("Precision", f"{counts.precision:.1%}".replace("%", " %")),
    ]


def _on(place: QRectF, x: float, y: float) -> QPointF:
    return QPointF(place.left() + x * place.width(), place.bottom() - y * place.height())
