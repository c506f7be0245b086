"""The plain PyTorch script of a run, to read, copy and save."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QPlainTextEdit, QVBoxLayout, QWidget

from studio.runs.atomic import write_text
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.naming import named, set_role
from studio.ui.widgets.notice import Notice


class CodeDialog(QDialog):
    """Shows a script. It runs without the studio and gives the same numbers."""

    def __init__(self, theme: Theme, script: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("train.code_dialog")
        self.setWindowTitle("The code of this run")
        self.resize(820, 680)
        self._name = name
        words = label(
            "This is what Start does: plain PyTorch that runs without the studio and gives the same numbers.",
            "muted",
        )
        words.setWordWrap(True)
        self._text = named(QPlainTextEdit(script), "train.code_dialog.text", "The script")
        self._text.setReadOnly(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        set_role(self._text, "code")
        self._notice = Notice(theme, "train.code_dialog.notice")
        copy = Button(theme, "Copy", "train.code_dialog.copy", role="primary", icon="copy")
        save = Button(theme, "Save…", "train.code_dialog.save", icon="save")
        close = Button(theme, "Close", "train.code_dialog.close")
        copy.clicked.connect(self._on_copy)
        save.clicked.connect(self._on_save)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        for part in (words, self._notice):
            column.addWidget(part)
        column.addWidget(self._text, 1)
        column.addWidget(row(copy, save, None, close))

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())

    def _on_save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save the script", f"{self._name}.py", "Python (*.py)")
        if not path:
            return
        try:
            write_text(Path(path), self._text.toPlainText())
        except OSError as error:
            self._notice.show_message(
                "bad", f"The script could not be saved: {error.strerror}.", path, name="script.not_saved"
            )
