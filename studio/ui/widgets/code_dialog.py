"""A plain PyTorch script, to read, copy and save."""

from __future__ import annotations

from PySide6.QtCore import QIODevice, QSaveFile, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QPlainTextEdit, QVBoxLayout, QWidget

from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.naming import named, set_role
from studio.ui.widgets.notice import Notice


class CodeDialog(QDialog):
    """Shows a script. It runs without the studio and gives the same numbers.

    Args:
        object_name: its name, such as ``"train.code_dialog"``; its controls' names begin with it.
        words: a sentence above the script that says what it is.
        script: the text.
        name: what the file is called when it is saved, without its ending.
    """

    def __init__(
        self,
        theme: Theme,
        *,
        object_name: str,
        words: str,
        script: str,
        name: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("The code of this run")
        self.resize(820, 680)
        self._name = name
        self._text = named(QPlainTextEdit(script), f"{object_name}.text", "The script")
        self._text.setReadOnly(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        set_role(self._text, "code")
        self._notice = Notice(theme, f"{object_name}.notice")
        copy = Button(theme, "Copy", f"{object_name}.copy", role="primary", icon="copy")
        save = Button(theme, "Save…", f"{object_name}.save", icon="save")
        close = Button(theme, "Close", f"{object_name}.close")
        copy.clicked.connect(self._on_copy)
        save.clicked.connect(self._on_save)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        for part in (label(words, "muted", wrap=True), self._notice):
            column.addWidget(part)
        column.addWidget(self._text, 1)
        column.addWidget(row(copy, save, None, close))

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())

    def _on_save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save the script", f"{self._name}.py", "Python (*.py)")
        if not path:
            return
        file = QSaveFile(path)
        data = self._text.toPlainText().encode("utf-8")
        if not (file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(data) == len(data) and file.commit()):
            self._notice.show_message(
                "bad", f"The script could not be saved: {file.errorString()}.", path, name="script.not_saved"
            )
