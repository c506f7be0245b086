"""The right panel: the answer for the image that is looked at, and how it was come by."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from studio.spec.predictions import Prediction
from studio.ui.pages.vision.presenter import VisionPresenter
from studio.ui.theme.theme import Theme
from studio.ui.widgets.layout import RIGHT_WIDTH, KeyValues, Panel, Section, label
from studio.ui.widgets.probability_bars import Bar, ProbabilityBars

_SHOWN = 12


class AnswerPanel(Panel):
    """Bars of the classes, boxes or shares; then engine, time, input, licence; then notes of the reader."""

    def __init__(self, presenter: VisionPresenter, theme: Theme, parent: QWidget | None = None):
        super().__init__(220, RIGHT_WIDTH, parent)
        self._presenter = presenter
        self._answer = Section("Answer")
        self.bars = ProbabilityBars(theme, "vision.results", "Answer")
        self._nothing = label("", "muted", wrap=True)
        self._answer.add(self.bars)
        self._answer.add(self._nothing)
        self._how = Section("How")
        self._facts = KeyValues()
        self._how.add(self._facts)
        self._notes = Section("About this file")
        self._noted = label("", "muted", wrap=True)
        self._notes.add(self._noted)
        for section in (self._answer, self._how, self._notes):
            self.add(section)
        self.close_column()
        presenter.selection_changed.connect(self._on_changed)
        presenter.changed.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        item = self._presenter.current
        prediction = item.prediction if item else None
        self._answer.set_summary(self._summary(prediction))
        self.bars.set_bars(_bars(prediction))
        self._nothing.setText(self._sentence(prediction))
        self._nothing.setVisible(bool(self._nothing.text()))
        facts = self._list_facts(prediction)
        self._how.setVisible(bool(facts))
        self._facts.set_facts(facts)
        notes = "\n".join(prediction.notes) if prediction else ""
        self._notes.setVisible(bool(notes))
        self._noted.setText(notes)

    def _summary(self, prediction: Prediction | None) -> str:
        opened = self._presenter.opened
        if prediction is None or opened is None:
            return ""
        if opened.task == "detect":
            return f"{len(prediction.boxes)} found"
        if opened.task == "segment":
            return "share of the picture"
        return f"top {len(prediction.labels)} of {max(opened.classes, len(prediction.labels)):,}"

    def _sentence(self, prediction: Prediction | None) -> str:
        if self._presenter.current is None:
            return "What the model holds the picture for stands here, with how sure it is."
        if prediction is None:
            return "" if self._presenter.state != "refused" else "No answer: the model could not be opened."
        if not prediction.labels and not prediction.boxes:
            return "Nothing that the model knows was found."
        extra = len(prediction.boxes) - _SHOWN
        return f"… and {extra} more" if extra > 0 else ""

    def _list_facts(self, prediction: Prediction | None) -> list[tuple[str, str]]:
        opened = self._presenter.opened
        if opened is None:
            return []
        facts = [("Model", opened.source), ("Engine", opened.engine)]
        if prediction is not None:
            facts.append(("Time", f"{prediction.model_ms:.1f} ms + {prediction.read_ms:.1f} ms to read"))
        facts.append(("Input", opened.input))
        if opened.parameters:
            facts.append(("Parameters", f"{opened.parameters:,}"))
        if opened.licence:
            facts.append(("Licence", opened.licence))
        return facts


def _bars(prediction: Prediction | None) -> tuple[Bar, ...]:
    if prediction is None:
        return ()
    if prediction.boxes:
        return tuple(Bar(box.name, box.score, f"{box.score:.3f}") for box in prediction.boxes[:_SHOWN])
    return tuple(Bar(one.name, one.probability, f"{one.probability:.3f}") for one in prediction.labels[:_SHOWN])
