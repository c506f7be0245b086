"""Asked before there is a window: the user's own workspace cannot be written, so another is chosen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QVBoxLayout

from studio.spec.errors import UserError
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.naming import named


class WorkspaceDialog(QDialog):
    """Says why the workspace cannot be used, and lets the user choose another folder for this time."""

    def __init__(self, theme: Theme, error: UserError):
        super().__init__()
        named(self, "workspace", "The workspace cannot be written")
        self.setWindowTitle("PyTorch Studio")
        self.setMinimumWidth(520)
        self.chosen: Path | None = None
        choose = Button(theme, "Choose another folder…", "workspace.choose", role="primary", icon="folder-open")
        give_up = Button(theme, "Quit", "workspace.quit")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(label(error.what, "title", wrap=True))
        layout.addWidget(
            label(f"{error.why} Runs and exports need a folder that can be written.", "muted", wrap=True)
        )
        layout.addWidget(row(None, give_up, choose))
        choose.clicked.connect(self._on_choose)
        give_up.clicked.connect(self.reject)
        choose.setDefault(True)

    def take(self, folder: str) -> None:
        """Use a folder, and close."""
        self.chosen = Path(folder)
        self.accept()

    def _on_choose(self) -> None:
        dialog = QFileDialog(self, "A folder for runs and exports")
        dialog.setObjectName("workspace.files")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.take)
        dialog.open()
