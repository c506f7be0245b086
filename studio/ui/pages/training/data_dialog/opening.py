"""Which dropped files are data, and the dialog that looks at them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from studio.ui.pages.training.data_dialog.dialog import DataDialog
from studio.ui.services import Services

_SUFFIXES = (
    *(
        ".csv",
        ".tsv",
        ".tab",
        ".txt",
        ".data",
        ".dat",
        ".parquet",
        ".pq",
        ".xlsx",
        ".xlsm",
        ".xls",
        ".npz",
        ".npy",
    ),
)
_FILES = f"Tables and arrays ({' '.join(f'*{suffix}' for suffix in _SUFFIXES)});;All files (*)"


def is_data(paths: list[Path]) -> bool:
    """Whether a drop of these could be trained on: one file of a kind that is known, or one folder."""
    return len(paths) == 1 and (paths[0].suffix.lower() in _SUFFIXES or paths[0].is_dir())


class OwnData(QObject):
    """Opens the dialog, one at a time, and says what came of it."""

    used = Signal(dict, str)

    def __init__(self, services: Services, page: QWidget) -> None:
        super().__init__(page)
        self._services, self._page = services, page
        self._dialog: DataDialog | None = None

    def open(self, path: Path) -> None:
        """Look at a file or folder."""
        if self._dialog is not None:
            self._dialog.reject()
        self._dialog = DataDialog(self._services, path, self._page)
        self._dialog.used.connect(self.used)
        self._dialog.finished.connect(self._on_finished)
        self._dialog.open()

    def ask_for_file(self) -> None:
        """Let the user choose a file."""
        path, _ = QFileDialog.getOpenFileName(self._page, "Train on a file of yours", "", _FILES)
        if path:
            self.open(Path(path))

    def ask_for_folder(self) -> None:
        """Let the user choose a folder."""
        path = QFileDialog.getExistingDirectory(self._page, "Train on a folder of yours")
        if path:
            self.open(Path(path))

    def _on_finished(self) -> None:
        self._dialog = None
