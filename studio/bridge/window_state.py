"""Where the window was and how it was divided, kept between sessions. Preferences are elsewhere, in TOML."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings


class WindowState:
    """Bytes by name, in a file of the user's configuration folder."""

    def __init__(self, folder: Path):
        self._settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)

    def save(self, name: str, value: QByteArray) -> None:
        """Keep a state such as a splitter's."""
        self._settings.setValue(name, value)

    def load(self, name: str) -> QByteArray | None:
        """The state of that name; None where there is none or the file is damaged."""
        value = self._settings.value(name)
        return value if isinstance(value, QByteArray) else None

    def save_text(self, name: str, value: str) -> None:
        """Keep a word such as the name of the tab in front."""
        self._settings.setValue(name, value)

    def load_text(self, name: str) -> str:
        """The word of that name; empty where there is none."""
        value = self._settings.value(name)
        return value if isinstance(value, str) else ""

    def sync(self) -> None:
        """Write to disk now."""
        self._settings.sync()
