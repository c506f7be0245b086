"""The actions that belong to the window and not to a page."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMainWindow

from studio.ui.services import Services
from studio.ui.shell.action_table import ActionTable
from studio.ui.shell.actions import Action
from studio.ui.shell.dialogs import TextDialog, about_text, help_page
from studio.ui.shell.log_dock import LogDock
from studio.ui.shell.preferences import PreferencesDialog
from studio.ui.shell.tabs import Tabs
from studio.ui.widgets.layout import PageFrame

_HELP = {
    "autograd": "autograd.md",
    "train": "train.md",
    "runs": "runs.md",
    "export": "export.md",
    "vision": "vision.md",
}


class WindowActions(QObject):
    """Lists them as data and does them."""

    palette_wanted = Signal()

    def __init__(self, services: Services, tabs: Tabs, log: LogDock, table: ActionTable, window: QMainWindow):
        super().__init__(window)
        self._services = services
        self._tabs = tabs
        self._log = log
        self._table = table
        self._window = window

    def first(self) -> list[Action]:
        """Those that stand before the pages' own."""
        show = self._services.show_page.emit
        tabs = [
            Action(f"view.{name}", f"Show {name.capitalize()}", "View", partial(show, name), f"Ctrl+{key}")
            for key, name in enumerate(_HELP, start=1)
        ]
        return [
            *tabs,
            Action("edit.preferences", "Preferences…", "Edit", self.show_preferences, "Ctrl+,", "settings"),
            Action("tools.palette", "Search actions…", "Tools", self.palette_wanted.emit, "Ctrl+K", "search"),
        ]

    def last(self) -> list[Action]:
        """Those that stand after them."""
        themes = [
            Action(
                f"view.theme.{mode}",
                title,
                "View",
                partial(self.set_theme, mode),
                f"Ctrl+Alt+{key}",
                icon,
                is_checked=partial(self._is_theme, mode),
            )
            for mode, title, key, icon in (
                ("system", "Theme: as the system", "0", "monitor"),
                ("light", "Theme: light", "1", "sun"),
                ("dark", "Theme: dark", "2", "moon"),
            )
        ]
        return [
            *themes,
            Action(
                "view.log", "Log", "View", self.toggle_log, "Ctrl+L", "terminal", is_checked=self._is_log_shown
            ),
            Action("view.left", "Left panel", "View", self.toggle_left, "Ctrl+B", "panel-left"),
            Action("view.right", "Right panel", "View", self.toggle_right, "Ctrl+Alt+B", "panel-right"),
            Action(
                "tools.workspace",
                "Open the workspace folder",
                "Tools",
                self.open_workspace,
                "Ctrl+Alt+W",
                "folder",
            ),
            Action("help.page", "Help on this tab", "Help", self.show_help, "F1", "circle-question-mark"),
            Action("help.index", "First steps", "Help", self.show_index, "Shift+F1", "book-open"),
            Action("help.keyboard", "Shortcuts", "Help", self.show_shortcuts, "Ctrl+/", "keyboard"),
            Action("help.about", "About PyTorch Studio", "Help", self.show_about, "Ctrl+F1", "info"),
            Action("file.quit", "Quit", "File", self._window.close, "Ctrl+Q", "log-out"),
        ]

    def set_theme(self, mode: str) -> None:
        """Use a theme from now on, and remember it."""
        self._services.settings.change(theme=mode)
        self._services.theme.set_mode(mode)

    def toggle_log(self) -> None:
        """Show or hide the log."""
        self._log.setVisible(self._log.isHidden())

    def toggle_left(self) -> None:
        """Fold or unfold the left panel of the page in front."""
        frame = self._frame()
        if frame is not None:
            frame.toggle_left()

    def toggle_right(self) -> None:
        """Fold or unfold the right panel of the page in front."""
        frame = self._frame()
        if frame is not None:
            frame.toggle_right()

    def open_workspace(self) -> None:
        """Show the workspace in the system's file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._services.workspace.root)))

    def show_preferences(self) -> None:
        """Open the preferences."""
        PreferencesDialog(self._services, self._window).open()

    def show_help(self) -> None:
        """Open the help page of the tab in front."""
        self._open_text("Help", help_page(_HELP.get(self._tabs.page_name, "index.md")))

    def show_index(self) -> None:
        """Open the first help page."""
        self._open_text("First steps", help_page("index.md"))

    def show_shortcuts(self) -> None:
        """List every shortcut."""
        lines = ["# Shortcuts", "", "| keys | what | where |", "|---|---|---|"]
        for action, made in self._table.actions:
            if action.shortcut:
                where = made.property("page") or "everywhere"
                lines.append(f"| {action.shortcut} | {action.title} | {where} |")
        self._open_text("Shortcuts", "\n".join(lines))

    def show_about(self) -> None:
        """Say what this is and which versions it runs on."""
        self._open_text("About PyTorch Studio", about_text())

    def do_remedy(self, action: str) -> None:
        """Do the remedy that a notice of the window offers."""
        remedies = {"preferences.open": self.show_preferences}
        if action in remedies:
            remedies[action]()

    def _frame(self) -> PageFrame | None:
        page = self._tabs.currentWidget()
        return page.findChild(PageFrame) if page is not None else None

    def _open_text(self, title: str, markdown: str) -> None:
        TextDialog(self._services.theme, title, markdown, self._window).open()

    def _is_theme(self, mode: str) -> bool:
        return self._services.theme.mode == mode

    def _is_log_shown(self) -> bool:
        return not self._log.isHidden()
