"""What the Export tab shows before there is a file: what would be here, and the click that fills it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label
from studio.ui.widgets.naming import set_role

_STEPS = (
    ("package", "Written", "Each format goes to a file of its own, with class names and input size inside."),
    ("refresh-cw", "Loaded back", "ONNX Runtime, TorchScript or torch.export opens it, as its users will."),
    ("check", "Proven", "Both answer the same samples; a file that differs is not kept."),
    ("gauge", "Measured", "One sample, one thread, in turns with the model itself."),
)


class EmptyState(QFrame):
    """Four steps in pictures and words, and the verb."""

    def __init__(self, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        set_role(self, "card")
        self._theme = theme
        self._icons = []
        column = QVBoxLayout(self)
        column.setContentsMargins(40, 32, 40, 32)
        column.setSpacing(16)
        column.addStretch(1)
        title = label("Export a model, with proof", "title")
        column.addWidget(title)
        column.addWidget(
            label("Nothing has been exported here yet. This is what will happen:", "muted", wrap=True)
        )
        for icon, name, text in _STEPS:
            column.addLayout(self._step(icon, name, text))
        self.start = Button(theme, "Export this model to ONNX", "export.start_onnx", icon="arrow-right")
        line = QHBoxLayout()
        line.addWidget(self.start)
        line.addStretch(1)
        column.addSpacing(4)
        column.addLayout(line)
        column.addStretch(2)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def _step(self, icon: str, name: str, text: str) -> QHBoxLayout:
        picture = label("")
        picture.setFixedSize(22, 22)
        self._icons.append((picture, icon))
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(label(name, "strong"))
        words.addWidget(label(text, "muted", wrap=True))
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        return line

    def _on_theme_changed(self) -> None:
        for picture, icon in self._icons:
            picture.setPixmap(self._theme.icon(icon, "series1").pixmap(18, 18))
