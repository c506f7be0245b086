"""The Autograd tab: code at the left, its graph in the middle, what a card means at the right."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFileDialog, QMessageBox, QVBoxLayout, QWidget

from studio.ui.pages.autograd.panels.graph import GraphPanel
from studio.ui.pages.autograd.panels.inspector import InspectorPanel
from studio.ui.pages.autograd.panels.source import SourcePanel
from studio.ui.pages.autograd.presenter import AutogradPresenter
from studio.ui.services import Services
from studio.ui.shell.actions import Action
from studio.ui.widgets.layout import PageFrame

_FILTER = "Python files (*.py);;All files (*)"


class AutogradPage(QWidget):
    """Wires presenter and panels, and owns the dialogs for files."""

    title = "Autograd"
    icon_name = "share-2"

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self.presenter = AutogradPresenter(services.host, services.workspace.root / "autograd-draft.json", self)
        self.source = SourcePanel(self.presenter, services.theme)
        self.graph = GraphPanel(self.presenter, services.theme, services.host)
        self.inspector = InspectorPanel(self.presenter)
        self.frame = PageFrame(
            services.theme, "autograd", left=self.source, middle=self.graph, right=self.inspector
        )
        self.frame.splitter.setSizes([380, 616, 284])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.frame)
        self.source.lesson_asked.connect(self._on_lesson_asked)
        self.source.open.clicked.connect(self.ask_open)
        self.source.save.clicked.connect(self.save)
        self.presenter.opened.connect(services.opened)
        self.presenter.recorded.connect(self._on_recorded)

    def actions(self) -> list[Action]:
        """What can be done on this tab."""
        here = "autograd"
        presenter = self.presenter
        return [
            Action("autograd.open", "Open snippet…", "File", self.ask_open, "Ctrl+O", "folder-open", here),
            Action("autograd.save", "Save snippet", "File", self.save, "Ctrl+S", "save", here),
            Action(
                "autograd.save_as", "Save snippet as…", "File", self.ask_save, "Ctrl+Shift+S", "save-all", here
            ),
            Action(
                "autograd.run", "Run snippet", "Run", presenter.run, "Ctrl+Return", "play", here, self._is_idle
            ),
            Action(
                "autograd.stop", "Stop snippet", "Run", presenter.stop, "Ctrl+.", "square", here, self._is_busy
            ),
            Action(
                "autograd.check",
                "Check gradients",
                "Run",
                presenter.check,
                "Ctrl+Shift+G",
                "circle-check",
                here,
                self._can_check,
            ),
            Action("autograd.back", "Step back", "Run", self.step_back, "Alt+Left", "step-back", here),
            Action("autograd.forward", "Step on", "Run", self.step_on, "Alt+Right", "step-forward", here),
            Action(
                "autograd.fit", "Show the whole graph", "View", self.graph.graph.fit, "Ctrl+0", "maximize", here
            ),
        ]

    def drop_hint(self, paths: list[Path]) -> str:
        """What a drop of these would do here."""
        if len(paths) == 1 and paths[0].suffix.lower() == ".py":
            return f"Open {paths[0].name} in the editor"
        return ""

    def take_drop(self, paths: list[Path]) -> None:
        """Open the dropped snippet."""
        self._when_kept(partial(self.presenter.open_file, paths[0]))

    def step_back(self) -> None:
        """Go one moment back."""
        self.presenter.move_to(self.presenter.position - 1)

    def step_on(self) -> None:
        """Go one moment on."""
        self.presenter.move_to(self.presenter.position + 1)

    def ask_open(self) -> None:
        """Let the user choose a snippet."""
        self._when_kept(self._choose_file)

    def save(self) -> None:
        """Save into the snippet's own file; a lesson is saved as a new file."""
        if self.presenter.source is None:
            self.ask_save()
        else:
            self.presenter.save()

    def ask_save(self) -> None:
        """Let the user choose where to save."""
        dialog = self._dialog("Save snippet", QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("py")
        dialog.selectFile(self.presenter.source.path.name if self.presenter.source else "snippet.py")
        dialog.fileSelected.connect(self._on_save_chosen)
        dialog.open()

    def _choose_file(self) -> None:
        dialog = self._dialog("Open snippet", QFileDialog.AcceptMode.AcceptOpen)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._on_file_chosen)
        dialog.open()

    def _dialog(self, title: str, mode: QFileDialog.AcceptMode) -> QFileDialog:
        source = self.presenter.source
        dialog = QFileDialog(self, title, str(source.path.parent) if source else "", _FILTER)
        dialog.setAcceptMode(mode)
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _when_kept(self, proceed: Callable[[], None]) -> None:
        """Do something that replaces the text, once unsaved changes to a user's file are dealt with."""
        if not self.presenter.needs_saving:
            proceed()
            return
        box = QMessageBox(self)
        box.setObjectName("autograd.unsaved")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"{self.presenter.title} has changes that are not saved.")
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.finished.connect(partial(self._on_unsaved_answered, proceed))
        box.finished.connect(box.deleteLater)
        box.open()

    def _on_unsaved_answered(self, proceed: Callable[[], None], answer: int) -> None:
        if answer == QMessageBox.StandardButton.Discard or (
            answer == QMessageBox.StandardButton.Save and self.presenter.save()
        ):
            proceed()

    def _on_lesson_asked(self, index: int) -> None:
        # The box shows what is open until the question, if there is one, is answered.
        self.source.lesson.setCurrentIndex(self.presenter.lesson if self.presenter.source is None else -1)
        self._when_kept(partial(self.presenter.open_lesson, index))

    def _on_file_chosen(self, path: str) -> None:
        self.presenter.open_file(Path(path))

    def _on_save_chosen(self, path: str) -> None:
        self.presenter.save(Path(path))

    def _on_recorded(self) -> None:
        recording = self.presenter.recording
        if recording is not None:
            self._services.status(f"Recorded {len(recording.operations):,} operations")

    def _is_idle(self) -> bool:
        return self.presenter.state == "idle"

    def _can_check(self) -> bool:
        return self.presenter.can_check

    def _is_busy(self) -> bool:
        return self.presenter.state != "idle"

    def hideEvent(self, event: QHideEvent) -> None:
        self.presenter.keep_draft()
        super().hideEvent(event)
