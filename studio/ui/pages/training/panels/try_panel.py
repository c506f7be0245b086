"""Trying the run's model: a line to type in, and what the model makes of it at once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDoubleSpinBox, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from studio.ui.pages.training.trying import WAITS, TryPresenter
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import Section, label, row
from studio.ui.widgets.naming import named
from studio.ui.widgets.probability_bars import Bar, ProbabilityBars

_BARS = 4
_HEIGHT = 190


class TryPanel(Section):
    """For classes a line and bars; for language a beginning, a temperature, and the text that grows."""

    def __init__(self, theme: Theme, presenter: TryPresenter, parent: QWidget | None = None) -> None:
        super().__init__("Try it", parent=parent)
        self.setObjectName("train.try")
        self._presenter = presenter
        self._state = label("", "faint", wrap=True)
        self._state.setObjectName("train.try.state")
        self._text = named(QLineEdit(), "train.try.text", "A text to classify")
        self._text.setPlaceholderText("Type a text…")
        self._text.textChanged.connect(presenter.ask)
        self._bars = ProbabilityBars(theme, "train.try.bars", "Classes and their probabilities", _BARS)
        self._prompt = named(QLineEdit(), "train.try.prompt", "The beginning of the text")
        self._prompt.setPlaceholderText("Begin a text…")
        self._prompt.returnPressed.connect(self._on_generate)
        self._temperature = named(
            QDoubleSpinBox(), "train.try.temperature", "Temperature", "Low: the likeliest text. High: surprises."
        )
        self._temperature.setRange(0.1, 2.0)
        self._temperature.setSingleStep(0.1)
        self._temperature.setDecimals(1)
        self._temperature.setValue(0.8)
        self._temperature.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._generate = Button(theme, "Generate", "train.try.generate", icon="play")
        self._generate.clicked.connect(self._on_generate)
        self._output = named(QPlainTextEdit(), "train.try.output", "What the model wrote")
        self._output.setReadOnly(True)
        self._output.setFixedHeight(_HEIGHT)
        self._output.setPlaceholderText("The model goes on from there, character by character.")
        self._classes, self._language = QWidget(), QWidget()
        word = label("Temperature", "muted")
        word.setBuddy(self._temperature)
        for holder, parts in (
            (self._classes, (self._text, self._bars)),
            (self._language, (self._prompt, row(word, None, self._temperature), self._generate, self._output)),
        ):
            column = QVBoxLayout(holder)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(8)
            for part in parts:
                column.addWidget(part)
            self.add(holder)
        self.add(self._state)
        presenter.changed.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        presenter = self._presenter
        self.setVisible(bool(presenter.task))
        self._classes.setVisible(presenter.task == "classification")
        self._language.setVisible(presenter.task == "language")
        if not presenter.task:
            self._text.clear()
        self._generate.setEnabled(presenter.can_try)
        face = ("Stop", "square") if presenter.is_writing else ("Generate", "play")
        if self._generate.text() != face[0]:
            self._generate.set_face(*face)
        shown = presenter.labels[:_BARS]
        self._bars.set_bars(
            tuple(Bar(one.name, one.probability, f"{one.probability * 100:.1f} %") for one in shown)
        )
        self._show_written(presenter.written)
        self.set_summary("" if presenter.step is None else f"step {presenter.step:,}")
        words = presenter.problem or ("" if presenter.can_try else WAITS)
        self._state.setText(words)
        self._state.setVisible(bool(words))

    def _show_written(self, text: str) -> None:
        """Show a text; one that has only grown is added to, so that a selection and the place stay."""
        before = self._output.toPlainText()
        if text == before:
            return
        if before and text.startswith(before):
            self._output.moveCursor(self._output.textCursor().MoveOperation.End)
            self._output.insertPlainText(text[len(before) :])
        else:
            self._output.setPlainText(text)
        self._output.ensureCursorVisible()

    def _on_generate(self) -> None:
        if self._presenter.is_writing:
            self._presenter.stop_writing()
        else:
            self._presenter.write(self._prompt.text(), self._temperature.value())
