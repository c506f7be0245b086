"""What a language model writes while it learns: the newest text, and below it the earlier ones."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from studio.ui.pages.training.views.view import TaskView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.layout import label
from studio.ui.widgets.naming import named, set_role

_EMPTY = "What the model writes after each epoch: noise first, then letters, words and sentences."


class WrittenView(TaskView):
    """Shows the picture "written": prompt, and samples with step, epoch, bits and text, the oldest first."""

    title = "Samples"
    pictures = ("written",)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._head = label("Samples", "strong")
        self._prompt = label("", "faint", wrap=True)
        self._empty = label(_EMPTY, "faint", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        holder = set_role(QWidget(), "panel")
        self._grid = QGridLayout(holder)
        self._grid.setContentsMargins(0, 4, 8, 4)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnMinimumWidth(0, 76)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._scroll = named(QScrollArea(), "train.written", "Samples that the model wrote, the newest first")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._scroll.setWidget(holder)
        card = set_role(QFrame(), "card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(12, 8, 6, 6)
        inside.setSpacing(4)
        for part in (self._head, self._prompt, self._empty):
            inside.addWidget(part, 1 if part is self._empty else 0)
        inside.addWidget(self._scroll, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)
        self.clear()

    def clear(self) -> None:
        self._show([], "")

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        self._show([*reversed(data["samples"])], str(data["prompt"]))

    def _show(self, samples: list[dict[str, Any]], prompt: str) -> None:
        self._prompt.setText(f"Each goes on from “{_one_line(prompt)}”." if samples else "")
        self._prompt.setVisible(bool(samples))
        self._empty.setVisible(not samples)
        self._scroll.setVisible(bool(samples))
        while len(self._rows) < len(samples):
            self._add_row()
        for index, (when, text) in enumerate(self._rows):
            is_used = index < len(samples)
            if is_used:
                one = samples[index]
                when.setText(f"step {one['step']:,}\n{one['bits']:.2f} bits")
                text.setText(_one_line(one["text"]))
                set_role(text, "" if index == 0 else "muted")
            when.setVisible(is_used)
            text.setVisible(is_used)
        said = "; ".join(f"step {one['step']}: {_one_line(one['text'])}" for one in samples[:1])
        self._scroll.setAccessibleDescription(said or _EMPTY)

    def _add_row(self) -> None:
        when, text = label("", "faint"), label("", wrap=True)
        when.setAlignment(Qt.AlignmentFlag.AlignTop)
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = len(self._rows)
        self._grid.setRowStretch(row, 0)
        self._grid.addWidget(when, row, 0)
        self._grid.addWidget(text, row, 1)
        self._grid.setRowStretch(row + 1, 1)
        self._rows.append((when, text))


def _one_line(text: str) -> str:
    """A text with its line ends shown as a sign, so that each sample stays one paragraph."""
    return text.replace("\n", " ¶ ").strip()
