"""A group that folds: its title at the left, its summary at the right, its body below."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label


class Fold(QWidget):
    """A heading that shows and hides what is below it; the summary stays in sight."""

    def __init__(self, theme: Theme, title: str, object_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heading = Button(
            theme, title, object_name, role="fold", icon="chevron-down", accessible_name=f"{title}, folds"
        )
        self._heading.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._title = title
        self._summary = label("", "heading")
        self.body = QWidget()
        self._column = QVBoxLayout(self.body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self._heading)
        top.addStretch(1)
        top.addWidget(self._summary)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self.body)
        self._heading.clicked.connect(self._on_clicked)

    def add(self, widget: QWidget) -> None:
        """Add a widget to the body."""
        self._column.addWidget(widget)

    def set_summary(self, text: str) -> None:
        """What the group amounts to, in a few words."""
        self._summary.setText(text)

    @property
    def is_open(self) -> bool:
        """Whether the body is shown."""
        return not self.body.isHidden()

    def set_open(self, is_open: bool) -> None:
        """Show or hide the body."""
        self.body.setVisible(is_open)
        self._heading.set_face(
            self._title,
            "chevron-down" if is_open else "chevron-right",
            accessible_name=f"{self._title}, {'open' if is_open else 'folded'}",
        )

    def _on_clicked(self) -> None:
        self.set_open(not self.is_open)
