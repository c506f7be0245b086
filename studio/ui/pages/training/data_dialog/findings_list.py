"""What is wrong with the data, each with a button that mends it where the studio can."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from studio.spec.data_check import Finding
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.naming import named, set_role
from studio.ui.widgets.value_label import ValueLabel

_ICONS = {"bad": "circle-alert", "warn": "triangle-alert", "info": "info", "good": "circle-check"}
_WORDS = {"bad": "To be mended", "warn": "Doubtful", "info": "Good to know"}


class FindingsList(QWidget):
    """Findings from the worst to the least; says so where there are none."""

    fix_asked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "train.data.findings", "What was found")
        self._theme = theme
        self._shown: tuple[Finding, ...] | None = None
        self._cards: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show these instead of those before."""
        if tuple(findings) == self._shown:
            return
        self._shown = tuple(findings)
        for card in self._cards:
            self._column.removeWidget(card)
            card.setParent(None)
            card.deleteLater()
        self._cards = [self._card(index, one) for index, one in enumerate(findings)]
        if not findings:
            good = Finding(
                "data.good", "info", "Nothing wrong was found.", "The data can be trained on as they are."
            )
            self._cards = [FindingCard(self._theme, good, 0, kind="good")]
        for card in self._cards:
            self._column.addWidget(card)
        texts = [f"{_WORDS[one.severity]}: {one.what}" for one in findings]
        self.setAccessibleDescription(" ".join(texts) or "Nothing wrong was found.")

    def _card(self, index: int, finding: Finding) -> FindingCard:
        card = FindingCard(self._theme, finding, index, kind=finding.severity)
        card.fix_asked.connect(self.fix_asked)
        return card


class FindingCard(QFrame):
    """One finding: what, why, where, and the button that mends it."""

    fix_asked = Signal(int)

    def __init__(
        self, theme: Theme, finding: Finding, index: int, *, kind: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._kind, self._index = theme, kind, index
        set_role(self, f"notice-{kind}")
        self._icon = label("")
        self._icon.setFixedSize(18, 20)
        self._icon.setAccessibleName(_WORDS.get(kind, ""))
        column = QVBoxLayout()
        column.setSpacing(3)
        title = ValueLabel()
        title.setText(finding.what)
        column.addWidget(title)
        for text in (finding.why, finding.place):
            if text:
                line = ValueLabel("muted")
                line.setText(text)
                column.addWidget(line)
        if finding.fix:
            fix = Button(theme, finding.fix_title, f"train.data.fix.{index}")
            fix.setAccessibleName(f"{finding.fix_title}: {finding.what}")
            fix.setAutoDefault(False)
            fix.setToolTip("Changes the specification; your files stay as they are.")
            fix.clicked.connect(self._on_fix)
            column.addWidget(row(fix, None, margins=(0, 4, 0, 2)))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(8)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(column, 1)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def _on_fix(self) -> None:
        self.fix_asked.emit(self._index)

    def _on_theme_changed(self) -> None:
        token = "series1" if self._kind == "info" else self._kind
        self._icon.setPixmap(self._theme.icon(_ICONS[self._kind], token).pixmap(16, 16))
