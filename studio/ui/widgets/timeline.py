"""A scrubber over moments in phases: forward in blue, backward in orange, with buttons to step and play."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractSlider, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label
from studio.ui.widgets.naming import named

_PLAY_MILLISECONDS = 900
_GAP = 3.0
_HEIGHT = 8.0
_COLORS = {"forward": "series1", "backward": "accent", "update": "series3"}


class Scrubber(QAbstractSlider):
    """One segment a moment; those up to the value are filled."""

    def __init__(
        self, theme: Theme, object_name: str, accessible_name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._phases: list[str] = []
        named(self, object_name, accessible_name)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setPageStep(5)
        self.valueChanged.connect(self._on_value_changed)
        theme.changed.connect(self.update)

    def set_phases(self, phases: Sequence[str]) -> None:
        """Show moments of these phases."""
        self._phases = list(phases)
        self.setRange(0, max(len(phases) - 1, 0))
        self.setEnabled(bool(phases))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        count = len(self._phases)
        if count:
            each = self.width() / count
            gap = _GAP if each > 4 * _GAP else 0.0
            for index, phase in enumerate(self._phases):
                color = _COLORS[phase] if index <= self.value() else "line"
                painter.setBrush(self._theme.color(color))
                area = QRectF(index * each, self.height() / 2 - _HEIGHT / 2, max(each - gap, 1.0), _HEIGHT)
                painter.drawRoundedRect(area, 3 if gap else 0, 3 if gap else 0)
            if self.hasFocus():
                painter.setBrush(self._theme.color("text"))
                middle = (self.value() + 0.5) * each
                painter.drawRoundedRect(QRectF(middle - 2, self.height() / 2 - 8, 4, 16), 2, 2)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go_to(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go_to(event)

    def _go_to(self, event: QMouseEvent) -> None:
        if self._phases and self.width():
            share = event.position().x() / self.width()
            self.setValue(int(share * len(self._phases)))

    def _on_value_changed(self) -> None:
        self.update()


class Timeline(QWidget):
    """Steps through moments; `moved` tells the position that the user chose."""

    moved = Signal(int)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._phases: list[str] = []
        self.scrubber = Scrubber(theme, name, "Timeline of forward and backward")
        self._first = self._button("first", "skip-back", "To the start")
        self._back = self._button("back", "step-back", "One step back")
        self._play = self._button("play", "play", "Play")
        self._forward = self._button("forward", "step-forward", "One step on")
        self._last = self._button("last", "skip-forward", "To the end")
        self._where = label("", "muted")
        self._where.setMinimumWidth(112)
        self.sentence = label("", "", wrap=True)
        self.sentence.setObjectName(f"{name}.sentence")
        self.sentence.setFixedHeight(36)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        self._left_legend = label("", "faint")
        self._right_legend = label("", "faint")
        self._timer = QTimer(self)
        self._timer.setInterval(_PLAY_MILLISECONDS)
        self._timer.timeout.connect(self._on_tick)
        self._build()
        self._first.clicked.connect(self._on_first)
        self._back.clicked.connect(self._on_back)
        self._play.clicked.connect(self._on_play)
        self._forward.clicked.connect(self._on_forward)
        self._last.clicked.connect(self._on_last)
        self.scrubber.valueChanged.connect(self._on_scrubbed)
        self.set_moments([], [])

    def set_moments(self, phases: Sequence[str], labels: Sequence[str]) -> None:
        """Show other moments: the phase and a short label of each."""
        self._timer.stop()
        self._show_playing()
        self._phases = list(phases)
        blocked = self.scrubber.blockSignals(True)
        self.scrubber.set_phases(phases)
        self.scrubber.blockSignals(blocked)
        pairs = list(zip(phases, labels, strict=True))
        self._left_legend.setText(_legend("forward", [text for phase, text in pairs if phase == "forward"]))
        back = _legend("backward", [text for phase, text in pairs if phase == "backward"])
        self._right_legend.setText(back)
        for button in (self._first, self._back, self._play, self._forward, self._last):
            button.setEnabled(bool(phases))

    def set_position(self, position: int, sentence: str) -> None:
        """Show a position and what happens there; emits nothing."""
        blocked = self.scrubber.blockSignals(True)
        self.scrubber.setValue(position)
        self.scrubber.blockSignals(blocked)
        self.scrubber.update()
        self.sentence.setText(sentence)
        self.scrubber.setAccessibleDescription(sentence)
        if not self._phases:
            self._where.setText("")
            return
        phase = self._phases[position]
        inside = self._phases[: position + 1].count(phase)
        self._where.setText(f"{phase.capitalize()} {inside} of {self._phases.count(phase)}")

    @property
    def where(self) -> str:
        """Which step of which phase is shown, in words."""
        return self._where.text()

    def _button(self, name: str, icon: str, text: str) -> Button:
        button = Button(
            self._theme,
            "",
            f"{self.scrubber.objectName()}.{name}",
            icon=icon,
            accessible_name=text,
            tool_tip=text,
        )
        button.setFixedWidth(40)
        return button

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(6)
        for button in (self._first, self._back, self._play, self._forward, self._last):
            top.addWidget(button)
        top.addSpacing(8)
        top.addWidget(self._where)
        top.addStretch(1)
        legend = QHBoxLayout()
        legend.addWidget(_shrinking(self._left_legend), 1)
        legend.addWidget(_shrinking(self._right_legend), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self.sentence)
        layout.addWidget(self.scrubber)
        layout.addLayout(legend)

    def _show_playing(self) -> None:
        is_playing = self._timer.isActive()
        self._play.set_face(
            "", "pause" if is_playing else "play", accessible_name="Pause" if is_playing else "Play"
        )

    def _on_scrubbed(self, position: int) -> None:
        self.moved.emit(position)

    def _on_first(self) -> None:
        self.scrubber.setValue(0)

    def _on_back(self) -> None:
        self.scrubber.setValue(self.scrubber.value() - 1)

    def _on_forward(self) -> None:
        self.scrubber.setValue(self.scrubber.value() + 1)

    def _on_last(self) -> None:
        self.scrubber.setValue(self.scrubber.maximum())

    def _on_play(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
        else:
            if self.scrubber.value() == self.scrubber.maximum():
                self.scrubber.setValue(0)
            self._timer.start()
        self._show_playing()

    def _on_tick(self) -> None:
        if self.scrubber.value() >= self.scrubber.maximum():
            self._timer.stop()
            self._show_playing()
        else:
            self.scrubber.setValue(self.scrubber.value() + 1)


def _legend(phase: str, labels: list[str]) -> str:
    names = list(dict.fromkeys(labels))
    return f"{phase}: {', '.join(names)}" if names else ""


def _shrinking(text: QLabel) -> QLabel:
    text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return text
