"""The tabs with their icons; at their right the search of actions and the device."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTabWidget, QWidget

from studio.bridge.jobs import JobHost
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import row
from studio.ui.widgets.naming import named

STRIP_HEIGHT = 44


class Tabs(QTabWidget):
    """The pages, one in front. `page_changed` says which, by name."""

    page_changed = Signal(str)
    search_clicked = Signal()
    device_clicked = Signal()

    def __init__(self, host: JobHost, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self._host = host
        self._theme = theme
        self._names: list[str] = []
        self._icons: list[str] = []
        named(self, "tabs", "Tabs")
        named(self.tabBar(), "tabs.bar", "Tabs")
        # A click shows a page; only the keyboard means the tabs themselves.
        self.tabBar().setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIconSize(QSize(16, 16))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._search = Button(theme, "Search actions   Ctrl+K", "tabs.search", role="chip", icon="search")
        self._device = Button(theme, "", "tabs.device", role="chip")
        # Not Qt's corner widget: a style sheet moves that below the strip.
        self._corner = row(self._search, self._device, spacing=8, margins=(0, 0, 12, 0))
        self._corner.setParent(self)
        self._search.clicked.connect(self.search_clicked)
        self._device.clicked.connect(self.device_clicked)
        self.currentChanged.connect(self._on_current)
        host.torch_changed.connect(self._on_torch)
        theme.changed.connect(self._on_theme_changed)
        self._on_torch()

    def add(self, name: str, page: QWidget, title: str, icon: str) -> None:
        """Add a page as the last tab."""
        self._names.append(name)
        self._icons.append(icon)
        self.addTab(page, self._theme.icon(icon, "muted"), title)
        self._on_theme_changed()

    def show_page(self, name: str) -> None:
        """Bring a page to the front."""
        if name in self._names:
            self.setCurrentIndex(self._names.index(name))

    @property
    def page_name(self) -> str:
        """The name of the page in front."""
        index = self.currentIndex()
        return self._names[index] if index >= 0 else ""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_corner()

    def _place_corner(self) -> None:
        self._corner.resize(self._corner.sizeHint().width(), STRIP_HEIGHT)
        self._corner.move(self.width() - self._corner.width(), 0)
        self._corner.raise_()

    def _on_current(self, index: int) -> None:
        self._on_theme_changed()
        if 0 <= index < len(self._names):
            self.page_changed.emit(self._names[index])

    def _on_torch(self) -> None:
        state = self._host.torch_state
        about = self._host.torch_about
        if state == "loading":
            text, icon, tip = (
                "Loading PyTorch…",
                "loader-circle",
                "The tabs can be used; work starts once it is there.",
            )
        elif state == "missing":
            text, icon = "PyTorch is missing", "circle-alert"
            tip = self._host.torch_error.line() if self._host.torch_error else ""
        else:
            cores = about.get("cores")
            gpus = [name for name in about.get("devices", ["cpu"]) if name != "cpu"]
            text = (
                " · ".join(["CPU", *([f"{cores} cores"] if cores else []), *gpus]) if not gpus else gpus[0].upper()
            )
            icon, tip = "cpu", f"PyTorch {about['torch']}" if "torch" in about else "PyTorch"
        self._device.set_face(text, icon, accessible_name=f"Device: {text}")
        self._device.setToolTip(tip)
        self._place_corner()

    def _on_theme_changed(self) -> None:
        for index, icon in enumerate(self._icons):
            color = "text" if index == self.currentIndex() else "muted"
            self.setTabIcon(index, self._theme.icon(icon, color))
