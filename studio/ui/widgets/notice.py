"""A message where the user is looking: what, why, what to do; details folded, with a copy button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from studio.spec.errors import ErrorReport
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.naming import named, set_role

_ICONS = {"bad": "circle-alert", "warn": "triangle-alert", "good": "circle-check", "info": "info"}


class Notice(QFrame):
    """One message in a page; hidden until there is one. `name` is the shown message's name, for tests."""

    action_chosen = Signal(str)

    def __init__(self, theme: Theme, object_name: str, parent: QWidget | None = None):
        super().__init__(parent)
        self._theme = theme
        self._kind = "info"
        self._action = ""
        self.name = ""
        named(self, object_name, "Message")
        self._icon = label("")
        self._icon.setFixedSize(18, 20)
        self._title = label("", "strong", wrap=True)
        self._text = label("", "", wrap=True)
        for part in (self._title, self._text):
            part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._act = Button(theme, "", f"{object_name}.act")
        self._unfold = Button(theme, "Details", f"{object_name}.details", role="quiet", icon="chevron-right")
        self._copy = Button(theme, "Copy", f"{object_name}.copy", role="quiet", icon="copy")
        self._close = Button(theme, "", f"{object_name}.close", role="quiet", icon="x", accessible_name="Dismiss")
        self._details = QPlainTextEdit()
        named(self._details, f"{object_name}.text", "Details of the message")
        self._details.setReadOnly(True)
        set_role(self._details, "code")
        self._details.setFixedHeight(150)
        self._verbs = row(self._act, self._unfold, self._copy, None)
        column = QVBoxLayout()
        column.setSpacing(4)
        for part in (self._title, self._text, self._verbs, self._details):
            column.addWidget(part)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 10, 8, 10)
        layout.setSpacing(8)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(column, 1)
        layout.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._act.clicked.connect(self._on_act)
        self._unfold.clicked.connect(self._on_unfold)
        self._copy.clicked.connect(self._on_copy)
        self._close.clicked.connect(self.clear)
        theme.changed.connect(self._on_theme_changed)
        self.clear()

    def show_report(self, report: ErrorReport, action_title: str = "") -> None:
        """Show an error's three parts; `action_title` is the text of its remedy's button."""
        text = " ".join(part for part in (report.why, report.remedy) if part)
        self._show(
            "bad",
            report.what,
            text,
            name=report.name,
            details=report.details,
            action=report.action or "",
            action_title=action_title,
        )

    def show_message(
        self, kind: str, title: str, text: str = "", *, name: str = "", action: str = "", action_title: str = ""
    ) -> None:
        """Show a message of a kind: good, info, warn or bad."""
        self._show(kind, title, text, name=name, details="", action=action, action_title=action_title)

    def clear(self) -> None:
        """Take the message away."""
        self.name = ""
        self.hide()

    @property
    def text(self) -> str:
        """What is shown now, without the details."""
        return f"{self._title.text()} {self._text.text()}".strip() if self.name else ""

    def _show(
        self, kind: str, title: str, text: str, *, name: str, details: str, action: str, action_title: str
    ) -> None:
        self._kind, self._action, self.name = kind, action, name or kind
        set_role(self, f"notice-{kind}")
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._details.setPlainText(details)
        self._details.hide()
        self._unfold.set_face("Details", "chevron-right")
        self._act.setText(action_title)
        self._act.setAccessibleName(action_title)
        has_action = bool(action and action_title)
        self._act.setVisible(has_action)
        self._unfold.setVisible(bool(details))
        self._copy.setVisible(bool(details))
        self._verbs.setVisible(has_action or bool(details))
        self.setAccessibleName(f"{title} {text}".strip())
        self._on_theme_changed()
        self.show()

    def _on_act(self) -> None:
        self.action_chosen.emit(self._action)

    def _on_unfold(self) -> None:
        self._details.setVisible(self._details.isHidden())
        self._unfold.set_face("Details", "chevron-right" if self._details.isHidden() else "chevron-down")

    def _on_copy(self) -> None:
        parts = (self._title.text(), self._text.text(), self._details.toPlainText())
        QGuiApplication.clipboard().setText("\n\n".join(part for part in parts if part))

    def _on_theme_changed(self) -> None:
        token = self._kind if self._kind != "info" else "series1"
        self._icon.setPixmap(self._theme.icon(_ICONS[self._kind], token).pixmap(16, 16))
