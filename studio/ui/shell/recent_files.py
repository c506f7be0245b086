"""File ▸ Open recent: what was opened lately, handed to the page that takes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from studio.ui.services import Services
from studio.ui.shell.page import Page

_OPENERS = ("autograd", "vision", "train")


class RecentMenu(QMenu):
    """Filled anew each time it opens; files that are gone are left out."""

    def __init__(self, services: Services, pages: Mapping[str, Page], parent: QWidget):
        super().__init__("Open recent", parent)
        self.setObjectName("menu.file.recent")
        self._services = services
        self._pages = pages
        services.opened.connect(self._on_opened)
        self.aboutToShow.connect(self.refresh)
        self.triggered.connect(self._on_triggered)

    def refresh(self) -> None:
        """List the files that are still there, newest first."""
        self.clear()
        for text in self._services.settings.value.recent_files:
            path = Path(text)
            if path.exists():
                # An ampersand would become a mnemonic.
                action = self.addAction(f"{path.name}   {path.parent}".replace("&", "&&"))
                action.setData(text)
        if self.isEmpty():
            self.addAction("Nothing was opened yet").setEnabled(False)

    def _on_opened(self, path: str) -> None:
        settings = self._services.settings
        settings.change(recent_files=settings.value.with_recent(str(Path(path).resolve())))

    def _on_triggered(self, action: QAction) -> None:
        path = Path(str(action.data()))
        for name in _OPENERS:
            page = self._pages[name]
            if page.drop_hint([path]):
                self._services.show_page.emit(name)
                page.take_drop([path])
                return
