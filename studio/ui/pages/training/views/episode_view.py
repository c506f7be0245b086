"""The agent at play: a cart and its pole, at the speed at which they move."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPen, QPolygonF, QShowEvent
from PySide6.QtWidgets import QSlider, QStyle, QVBoxLayout, QWidget

from studio.ui.pages.training.views.canvas import Canvas
from studio.ui.pages.training.views.view import TaskView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.naming import named

FRAME_MS = 20
"""A step of the game takes 0.02 s."""

_PATIENCE = 150
"""Frames after which a game gives way to a newer one, which the agent played when it had learnt more."""

_HALF_TRACK = 2.4
_POLE = 1.0
_FALLEN = 12 * math.pi / 180


class EpisodeView(TaskView):
    """Draws the picture "episode": keys position and angle (T,), return, returns (100,) and epoch.

    It plays by itself while it is seen, where the system does not ask for less motion.
    """

    title = "Episode"
    pictures = ("episode",)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        empty = "The agent at play, after every epoch."
        self._stage = _Stage(theme, "train.episode", "A game of the agent", empty)
        self._game: dict[str, Any] = {}
        self._newer: dict[str, Any] = {}
        self._played = 0
        self._wants_to_play = self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_frame)
        self._play = Button(theme, "Pause", "train.episode.play", icon="pause")
        self._play.clicked.connect(self._on_play_clicked)
        self._slider = named(QSlider(Qt.Orientation.Horizontal), "train.episode.step", "Step of the game")
        self._slider.valueChanged.connect(self._on_step)
        self._slider.sliderPressed.connect(self._on_slider_pressed)
        self._words = label("", "muted")
        self._words.setMinimumWidth(250)
        self._below = row(self._play, self._slider, self._words)
        self._below.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._stage, 1)
        column.addWidget(self._below)

    @property
    def is_playing(self) -> bool:
        """Whether the game moves."""
        return self._timer.isActive()

    def clear(self) -> None:
        self._timer.stop()
        self._game, self._newer, self._played = {}, {}, 0
        self._below.hide()
        self._stage.show_step(None, "")

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        self._newer = data
        is_at_rest = not self.is_playing and (self._wants_to_play or self._slider.value() == self._last)
        if not self._game or is_at_rest:
            self._take_newer()
        self._run()

    @property
    def _last(self) -> int:
        return len(self._game.get("position", ())) - 1

    def _take_newer(self) -> None:
        """Show the newest game from its first step."""
        self._game, self._newer, self._played = self._newer, {}, 0
        self._slider.blockSignals(True)
        self._slider.setRange(0, self._last)
        self._slider.setValue(0 if self._wants_to_play else self._last)
        self._slider.blockSignals(False)
        self._below.show()
        self._on_step(self._slider.value())

    def _run(self) -> None:
        """Let the game move where it is seen, wanted, and not at its end, or a newer one waits there."""
        goes_on = bool(self._game) and (self._slider.value() < self._last or bool(self._newer))
        runs = self._wants_to_play and self.isVisible() and goes_on
        if runs != self.is_playing:
            self._timer.start() if runs else self._timer.stop()
        self._play.set_face("Pause" if runs else "Play", "pause" if runs else "play")

    def _on_frame(self) -> None:
        self._played += 1
        if self._newer and (self._slider.value() >= self._last or self._played > _PATIENCE):
            self._take_newer()
            return
        self._slider.setValue(self._slider.value() + 1)
        self._run()

    def _on_step(self, step: int) -> None:
        if not self._game:
            return
        words = f"epoch {self._game['epoch']} · return {self._game['return']:.0f}"
        self._words.setText(f"{words} · {step * FRAME_MS / 1000:.2f} s of {self._last * FRAME_MS / 1000:.2f} s")
        self._stage.show_step((self._game["position"][step], self._game["angle"][step]), words)

    def _on_play_clicked(self) -> None:
        self._wants_to_play = not self.is_playing
        if self._wants_to_play and self._newer:
            self._take_newer()
        elif self._wants_to_play and self._slider.value() >= self._last:
            self._slider.setValue(0)
        self._run()

    def _on_slider_pressed(self) -> None:
        self._wants_to_play = False
        self._run()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._run()


class _Stage(Canvas):
    """Paints the track, the cart and the pole; dashed lines say where the game is lost."""

    _step: tuple[float, float] | None = None

    def show_step(self, step: tuple[float, float] | None, words: str) -> None:
        """Show the cart's position in metres and the pole's angle in radians."""
        self._step = step
        self.tell(f"A game of the agent, {words}" if step is not None else "")

    def paint(self, painter: QPainter) -> None:
        if self._step is None:
            return
        position, angle = self._step
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = min((self.width() - 40) / (2 * _HALF_TRACK), (self.height() - 44) / (_POLE + 0.35))
        middle, track = self.width() / 2, self.height() - 30.0
        self._paint_track(painter, middle, track, scale)
        cart = QRectF(0, 0, 0.5 * scale, 0.24 * scale)
        cart.moveCenter(QPointF(middle + position * scale, track - cart.height() / 2 - 4))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("muted"))
        for side in (-0.3, 0.3):
            painter.drawEllipse(QPointF(cart.center().x() + side * cart.width(), track - 4), 4, 4)
        painter.setBrush(self.theme.color("series1"))
        painter.drawRoundedRect(cart, 4, 4)
        hinge = QPointF(cart.center().x(), cart.top() + cart.height() * 0.25)
        tip = hinge + QPointF(math.sin(angle), -math.cos(angle)) * _POLE * scale
        is_lost = abs(angle) > _FALLEN or abs(position) > _HALF_TRACK
        pen = QPen(self.theme.color("bad" if is_lost else "series2"), max(5.0, 0.07 * scale))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(hinge, tip)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("text"))
        painter.drawEllipse(hinge, 3.5, 3.5)

    def _paint_track(self, painter: QPainter, middle: float, track: float, scale: float) -> None:
        ends = [middle - _HALF_TRACK * scale, middle + _HALF_TRACK * scale]
        painter.setPen(QPen(self.theme.color("field_line"), 2))
        painter.drawPolyline(QPolygonF([QPointF(ends[0], track), QPointF(ends[1], track)]))
        painter.setPen(QPen(self.theme.color("faint"), 1, Qt.PenStyle.DashLine))
        for end in ends:
            painter.drawLine(QPointF(end, track - _POLE * scale), QPointF(end, track + 4))
        painter.setPen(self.theme.color("faint"))
        for place, text in ((ends[0], "−2.4 m"), (middle, "0"), (ends[1], "2.4 m")):
            below = QRectF(place - 40, track + 8, 80, 18)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)
