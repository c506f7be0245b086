"""The theme engine: light, dark or as the system says; one signal when it changes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTemporaryDir, Signal
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from studio.ui.theme import icons
from studio.ui.theme.fonts import body_font, load_fonts
from studio.ui.theme.stylesheet import stylesheet
from studio.ui.theme.tokens import DARK, LIGHT

MODES = ("system", "light", "dark")


class Theme(QObject):
    """Gives colours and icons by name and dresses the application.

    Widgets that paint themselves ask `color` when they paint and update on `changed`.
    """

    changed = Signal()

    def __init__(
        self,
        app: QApplication,
        mode: str = "system",
        parent: QObject | None = None,
        *,
        styles_now: bool = True,
    ):
        """Dress the application; with `styles_now` False its style sheet waits for `put_on_styles`."""
        super().__init__(parent)
        self._app = app
        self._files = QTemporaryDir()
        self.mode = mode if mode in MODES else "system"
        load_fonts()
        app.setStyle("Fusion")
        app.setFont(body_font())
        self._styles_now = styles_now
        self._dress()
        app.styleHints().colorSchemeChanged.connect(self._on_system_changed)

    def put_on_styles(self) -> None:
        """Set the style sheet that has waited until all widgets were made.

        Qt looks at the whole sheet anew whenever a widget moves into another one: a quarter of the
        window's start, where the sheet is there first.
        """
        if not self._styles_now:
            self._styles_now = True
            self._app.setStyleSheet(stylesheet(self._tokens, self._indicators()))

    def set_mode(self, mode: str) -> None:
        """Use ``"light"``, ``"dark"`` or ``"system"`` from now on."""
        if mode not in MODES or mode == self.mode:
            return
        self.mode = mode
        self._dress()
        self.changed.emit()

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        """A colour by its token's name."""
        color = QColor(self._tokens[name])
        color.setAlphaF(alpha)
        return color

    def name_of(self, token: str) -> str:
        """A token's colour as ``#rrggbb``."""
        return self._tokens[token]

    def icon(self, name: str, color: str = "muted", active: str | None = None) -> QIcon:
        """An icon in the colours of the theme; ask again after `changed`."""
        return icons.icon(
            name, self._tokens[color], self._tokens["field_line"], self._tokens[active] if active else None
        )

    def _dress(self) -> None:
        hints = self._app.styleHints()
        scheme = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(self.mode)
        hints.setColorScheme(scheme if scheme is not None else Qt.ColorScheme.Unknown)
        self._is_dark = (scheme or hints.colorScheme()) == Qt.ColorScheme.Dark
        self._tokens = DARK if self._is_dark else LIGHT
        self._app.setPalette(self._palette())
        # The sheet of another theme names pictures that went with it.
        self._app.setStyleSheet(stylesheet(self._tokens, self._indicators()) if self._styles_now else "")

    def _on_system_changed(self) -> None:
        if (
            self.mode == "system"
            and (self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark) != self._is_dark
        ):
            self._dress()
            self.changed.emit()

    def _indicators(self) -> dict[str, str]:
        # A style sheet takes pictures from files only, and these must have the theme's colours.
        folder = Path(self._files.path()) / ("dark" if self._is_dark else "light")
        folder.mkdir(exist_ok=True)
        wanted = {
            "down": ("chevron-down", "muted"),
            "up": ("chevron-up", "muted"),
            "right": ("chevron-right", "muted"),
            "check": ("check", "on_accent"),
            "dash": ("minus", "on_accent"),
            "close": ("x", "muted"),
        }
        paths = {}
        for key, (name, token) in wanted.items():
            path = folder / f"{key}.svg"
            if not path.exists():
                path.write_bytes(icons.svg(name, self._tokens[token]))
            paths[key] = path.as_posix()
        return paths

    def _palette(self) -> QPalette:
        palette = QPalette()
        roles = {
            QPalette.ColorRole.Window: "window",
            QPalette.ColorRole.WindowText: "text",
            QPalette.ColorRole.Base: "surface",
            QPalette.ColorRole.AlternateBase: "raised",
            QPalette.ColorRole.Text: "text",
            QPalette.ColorRole.Button: "raised",
            QPalette.ColorRole.ButtonText: "text",
            QPalette.ColorRole.Highlight: "selected",
            QPalette.ColorRole.HighlightedText: "text",
            QPalette.ColorRole.ToolTipBase: "raised",
            QPalette.ColorRole.ToolTipText: "text",
            QPalette.ColorRole.PlaceholderText: "faint",
            QPalette.ColorRole.Link: "accent",
            QPalette.ColorRole.Accent: "accent",
        }
        for role, token in roles.items():
            palette.setColor(role, self.color(token))
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.color("faint"))
        return palette
