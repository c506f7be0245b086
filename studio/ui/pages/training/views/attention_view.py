"""What a translator read, what it wrote, and where it looked for each character."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from studio.ui.pages.training.views.view import TaskView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.attention_map import AttentionMap
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.naming import named, set_role

_EMPTY = "Where the model looks for each character of its answer, once an epoch is done."


class AttentionView(TaskView):
    """Shows the picture "attention": samples with source, answer, true and shares, one of them at a time."""

    title = "Attention"
    pictures = ("attention",)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples: list[dict[str, Any]] = []
        self._number = 0
        self._verdict = label("", "strong")
        self._verdict.setObjectName("train.attention.verdict")
        self._count = label("", "faint")
        self._back = Button(
            theme,
            "",
            "train.attention.previous",
            role="quiet",
            icon="chevron-left",
            accessible_name="Previous sample",
        )
        self._on = Button(
            theme, "", "train.attention.next", role="quiet", icon="chevron-right", accessible_name="Next sample"
        )
        self._back.clicked.connect(self._on_previous)
        self._on.clicked.connect(self._on_next)
        self._empty = label(_EMPTY, "faint", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._map = AttentionMap(theme)
        named(self._map, "train.attention.map", self._map.accessibleName())
        self._said = label("", "faint")
        self._map.pointed.connect(self._said.setText)
        card = set_role(QFrame(), "card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(12, 4, 6, 6)
        inside.setSpacing(4)
        inside.addWidget(
            row(label("Attention", "strong"), 8, self._verdict, None, self._count, self._back, self._on, spacing=4)
        )
        inside.addWidget(self._empty, 1)
        inside.addWidget(self._map, 1)
        inside.addWidget(self._said)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)
        self.clear()

    def clear(self) -> None:
        self._samples = []
        self._show()

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        self._samples = data["samples"]
        self._show()

    def _on_previous(self) -> None:
        self._step(-1)

    def _on_next(self) -> None:
        self._step(1)

    def _step(self, by: int) -> None:
        if self._samples:
            self._number = (self._number + by) % len(self._samples)
            self._show()

    def _show(self) -> None:
        there = bool(self._samples)
        for part in (self._map, self._verdict, self._count, self._said):
            part.setVisible(there)
        for button in (self._back, self._on):
            button.setEnabled(there)
        self._empty.setVisible(not there)
        if not there:
            return
        self._number %= len(self._samples)
        one = self._samples[self._number]
        answer = "".join(one["answer"])
        right = answer == one["true"]
        self._verdict.setText(f"✓ {answer}" if right else f"✗ {answer}, right is {one['true']}")
        set_role(self._verdict, "good" if right else "bad")
        wrong = sum("".join(sample["answer"]) != sample["true"] for sample in self._samples)
        self._count.setText(f"{self._number + 1} of {len(self._samples)}, {wrong or 'none'} wrong")
        self._map.show_shares(one["source"], one["answer"], one["shares"])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if Qt.Key(event.key()) in moves:
            self._step(moves[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)
