"""The main window: tabs, menus, status bar, log; what is dropped, what failed, how it closes."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QSplitter, QVBoxLayout, QWidget

from studio.bridge.jobs import Job
from studio.bridge.logs import Funnel
from studio.bridge.window_state import WindowState
from studio.spec.errors import ErrorReport
from studio.ui.services import Services
from studio.ui.shell.action_table import ActionTable
from studio.ui.shell.command_palette import CommandPalette
from studio.ui.shell.dialogs import CloseDialog, ErrorDialog
from studio.ui.shell.drop_overlay import DropOverlay, accept, local_paths
from studio.ui.shell.log_dock import LogDock
from studio.ui.shell.page import Page
from studio.ui.shell.recent_files import RecentMenu
from studio.ui.shell.status_bar import StatusBar
from studio.ui.shell.tabs import Tabs
from studio.ui.shell.window_actions import WindowActions
from studio.ui.widgets.naming import named
from studio.ui.widgets.notice import Notice


class MainWindow(QMainWindow):
    """Holds the pages and what is around them. Everything it needs is handed to it."""

    closed = Signal()
    """The window is gone, and so is every thread and child of it."""
    cannot_close = Signal()
    """The window is gone, but a job in a thread of this process does not end."""

    def __init__(self, services: Services, state: WindowState, funnel: Funnel, pages: dict[str, QWidget]):
        super().__init__()
        self._services = services
        self._state = state
        self._funnel = funnel
        self._is_closing = False
        self._is_closed = False
        self._error_dialog: ErrorDialog | None = None
        named(self, "window", "PyTorch Studio")
        self.setWindowTitle("PyTorch Studio")
        self.setMinimumSize(1000, 640)
        self.resize(1280, 800)
        self.setAcceptDrops(True)
        self._lay_out(pages)
        self._palette = CommandPalette(self.table, services.theme, self)
        self._connect()
        self._restore()
        self.table.set_page(self.tabs.page_name)
        # Else Qt would begin with the tabs, which look focused only for those who walk by keyboard.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocus()

    def _lay_out(self, pages: dict[str, QWidget]) -> None:
        services, theme = self._services, self._services.theme
        self.notice = Notice(theme, "window.notice")
        self.tabs = Tabs(services.host, theme)
        self._pages: dict[str, Page] = {}
        for name, page in pages.items():
            self._pages[name] = page  # type: ignore[assignment]  # a QWidget that is also a Page
            self.tabs.add(name, page, self._pages[name].title, self._pages[name].icon_name)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self.tabs, 1)
        self.setCentralWidget(centre)
        self.overlay = DropOverlay(centre)
        self.log = LogDock(self)
        self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.log)
        self.log.hide()
        self.status = StatusBar(services.host, theme, services.workspace.root.name, self)
        self.status.setToolTip(str(services.workspace.root))
        self.setStatusBar(self.status)
        self.table = ActionTable(theme, self)
        self.window_actions = WindowActions(services, self.tabs, self.log, self.table, self)
        self.table.add(self.window_actions.first())
        for name, page in self._pages.items():
            self.table.add(page.actions(), name)
        self.table.add(self.window_actions.last())
        self.menuBar().setNativeMenuBar(False)
        named(self.menuBar(), "menu", "Menus")
        self.table.fill(self.menuBar())
        file_menu = self.menuBar().actions()[0].menu()
        file_menu.insertMenu(file_menu.actions()[0], RecentMenu(services, self._pages, self))

    def _connect(self) -> None:
        services = self._services
        self.tabs.page_changed.connect(self.table.set_page)
        self.tabs.search_clicked.connect(self.open_palette)
        self.window_actions.palette_wanted.connect(self.open_palette)
        self.tabs.device_clicked.connect(self.window_actions.show_about)
        services.show_page.connect(self.tabs.show_page)
        services.open_in_export.connect(self._on_open_in_export)
        services.open_in_vision.connect(self._on_open_in_vision)
        services.open_run.connect(self._on_open_run)
        services.resume_run.connect(self._on_resume_run)
        services.reported.connect(self.show_error)
        services.logged.connect(self.log.add)
        services.said.connect(self.status.say)
        services.host.job_started.connect(self._on_job_started)
        services.host.torch_changed.connect(self._on_torch_changed)
        services.host.all_ended.connect(self._on_all_ended)
        services.host.cannot_end.connect(self.cannot_close)
        self._funnel.caught.connect(self.show_error)
        self._funnel.logged.connect(self.log.add)
        self.notice.action_chosen.connect(self.window_actions.do_remedy)

    def open_palette(self) -> None:
        """Show every action, to be found by typing."""
        self._palette.open_at_top()

    def current_page(self) -> Page | None:
        """The page in front."""
        return self._pages.get(self.tabs.page_name)

    def show_error(self, report: ErrorReport) -> None:
        """Show an error that belongs to no page; one dialog at a time, the rest goes to the log."""
        self.log.add(report.line())
        if self._error_dialog is not None:
            return
        self._error_dialog = ErrorDialog(self._services.theme, report, self)
        self._error_dialog.finished.connect(self._on_error_read)
        self._error_dialog.open()

    # What Qt calls stands last.

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # After the first paint: the child then loads torch while the window is already there.
        QTimer.singleShot(0, self._services.host.warm)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        page = self.current_page()
        hint = page.drop_hint(local_paths(event.mimeData())) if page else ""
        accept(event, bool(hint))
        if hint:
            self.overlay.show_hint(hint)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.overlay.hide()
        page, paths = self.current_page(), local_paths(event.mimeData())
        is_wanted = bool(page and page.drop_hint(paths))
        accept(event, is_wanted)
        if page and is_wanted:
            page.take_drop(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._is_closed:
            event.accept()
            return
        event.ignore()
        if self._is_closing:
            return
        host = self._services.host
        choice = "save"
        if host.running and self._services.settings.value.confirm_close and self.isVisible():
            titles = [job.title for job in host.running]
            saves = any(job.kind.saves for job in host.running)
            dialog = CloseDialog(self._services.theme, titles, saves=saves, parent=self)
            dialog.exec()
            choice = dialog.choice
            dialog.setParent(None)
            dialog.deleteLater()
        if choice != "keep":
            self._end(at_once=choice == "cancel")

    def close_politely(self) -> None:
        """Save and close without asking, because the system or the terminal says so."""
        if not self._is_closing:
            self._end(at_once=False)

    def _end(self, *, at_once: bool) -> None:
        host = self._services.host
        self._is_closing = True
        self._save()
        self.hide()
        if at_once:
            for job in host.running:
                job.kill()
        host.close()
        if host.has_ended_all:
            self._on_all_ended()

    def _on_all_ended(self) -> None:
        if self._is_closing and not self._is_closed:
            self._is_closed = True
            self._services.workspace.free_lock()
            self._funnel.uninstall()
            self.close()
            self.closed.emit()

    def _on_error_read(self) -> None:
        self._error_dialog = None

    def _on_job_started(self, job: Job) -> None:
        self.log.follow(job)

    def _on_torch_changed(self) -> None:
        host = self._services.host
        if host.torch_state == "missing" and host.torch_error is not None:
            self.notice.show_report(host.torch_error)
        elif self.notice.name == "torch.missing":
            self.notice.clear()

    def _on_open_in_export(self, _: str) -> None:
        self.tabs.show_page("export")

    def _on_open_in_vision(self, _: str) -> None:
        self.tabs.show_page("vision")

    def _on_open_run(self, _: str) -> None:
        self.tabs.show_page("runs")

    def _on_resume_run(self, _: str) -> None:
        self.tabs.show_page("train")

    def _splitters(self) -> list[QSplitter]:
        return [splitter for splitter in self.findChildren(QSplitter) if splitter.objectName()]

    def _save(self) -> None:
        self._state.save("geometry", self.saveGeometry())
        self._state.save("docks", self.saveState())
        self._state.save_text("page", self.tabs.page_name)
        for splitter in self._splitters():
            self._state.save(splitter.objectName(), splitter.saveState())
        self._state.sync()

    def _restore(self) -> None:
        if geometry := self._state.load("geometry"):
            self.restoreGeometry(geometry)
        if docks := self._state.load("docks"):
            self.restoreState(docks)
        for splitter in self._splitters():
            if divided := self._state.load(splitter.objectName()):
                splitter.restoreState(divided)
        if page := self._state.load_text("page"):
            self.tabs.show_page(page)
