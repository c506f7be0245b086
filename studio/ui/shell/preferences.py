"""Preferences: each applies at once, so there is nothing to confirm."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFormLayout, QVBoxLayout, QWidget

from studio.ui.services import Services
from studio.ui.theme.theme import MODES
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.naming import named
from studio.ui.widgets.notice import Notice

_THEME_NAMES = {"system": "As the system", "light": "Light", "dark": "Dark"}


class PreferencesDialog(QDialog):
    """A short form over the preferences' file."""

    def __init__(self, services: Services, parent: QWidget):
        super().__init__(parent)
        self._services = services
        settings = services.settings.value
        named(self, "preferences", "Preferences")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Preferences")
        self.setMinimumWidth(560)
        self._theme = named(QComboBox(), "preferences.theme", "Theme")
        for mode in MODES:
            self._theme.addItem(_THEME_NAMES[mode], mode)
        self._theme.setCurrentIndex(MODES.index(settings.theme))
        self._confirm = named(QCheckBox("Ask before closing while work runs"), "preferences.confirm_close", "Ask")
        self._confirm.setChecked(settings.confirm_close)
        self._confirm.setAccessibleName("Ask before closing while work runs")
        self._single = named(
            QCheckBox("Run all work in the window's own process"),
            "preferences.single_process",
            "Run all work in the window's own process",
        )
        self._single.setChecked(settings.single_process)
        why = label("For debugging: training slows the window down, and a crash takes it along.", "faint")
        when = label("Takes effect at the next start.", "faint")
        place = label(str(services.settings.path), "faint", wrap=True)
        self._notice = Notice(services.theme, "preferences.notice")
        close = Button(services.theme, "Close", "preferences.close")
        form = QFormLayout()
        form.setHorizontalSpacing(20)
        form.setVerticalSpacing(12)
        form.addRow(label("Theme", "muted"), self._theme)
        form.addRow(label("Closing", "muted"), self._confirm)
        form.addRow(label("Process", "muted"), self._single)
        form.addRow(None, why)
        form.addRow(None, when)
        form.addRow(label("Kept in", "muted"), place)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(14)
        layout.addWidget(label("Preferences", "title"))
        layout.addLayout(form)
        layout.addWidget(self._notice)
        layout.addWidget(row(None, close))
        self._theme.activated.connect(self._on_theme)
        self._confirm.toggled.connect(self._on_confirm)
        self._single.toggled.connect(self._on_single)
        close.clicked.connect(self.accept)

    def _on_theme(self, index: int) -> None:
        self._services.theme.set_mode(MODES[index])
        self._change(theme=MODES[index])

    def _on_confirm(self, is_on: bool) -> None:
        self._change(confirm_close=is_on)

    def _on_single(self, is_on: bool) -> None:
        self._change(single_process=is_on)

    def _change(self, **changes: object) -> None:
        self._services.settings.change(**changes)
        if self._services.settings.notice:
            self._notice.show_message("warn", "The change could not be saved.", self._services.settings.notice)
