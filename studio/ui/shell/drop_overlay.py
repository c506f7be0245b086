"""What a drop would do here, said over the page while something is dragged over it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.widgets.layout import label


def local_paths(mime: QMimeData) -> list[Path]:
    """The files and folders of this computer that a drag carries."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


class DropOverlay(QWidget):
    """Lies over the pages while files are dragged; the window tells it what to say."""

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setObjectName("drop.overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._text = label("", "overlay")
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(40, 40, 40, 40)
        layout.addWidget(self._text)
        self.hide()

    def show_hint(self, text: str) -> None:
        """Cover the parent and say what a drop would do."""
        self._text.setText(text)
        self.setGeometry(self.parentWidget().rect())
        self.raise_()
        self.show()


def accept(event: QDragEnterEvent | QDropEvent, is_wanted: bool) -> None:
    """Take a drag as a copy (never a move: the user's files stay where they are), or refuse it."""
    if is_wanted:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
    else:
        event.ignore()
