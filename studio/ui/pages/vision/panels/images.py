"""The left panel: where images are dropped, which there are, and which could not be read."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from studio.ui.pages.vision.gallery import Gallery
from studio.ui.pages.vision.presenter import VisionPresenter
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.naming import named, set_role
from studio.ui.widgets.notice import Notice

_NAMED_FILES = 4


class DropZone(QWidget):
    """A dashed field that takes files, folders and pictures; a click or Enter opens the file dialog."""

    dropped = Signal(list)
    """Paths of files and folders."""
    pictured = Signal(QImage)
    """A picture without a file, dragged from a browser."""
    open_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self._theme = theme
        self._is_over = False
        self._is_reached = False
        named(self, "vision.drop_zone", "Drop images or a folder here, or press Enter to open them")
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        title = label("Drop images or a folder", "strong")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.open = Button(theme, "open…", "vision.open", role="link", accessible_name="Open images")
        line = row(None, label("or paste, or", "muted"), self.open, None, spacing=3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 12, 10, 10)
        layout.setSpacing(0)
        layout.addWidget(title)
        layout.addWidget(line)
        self.open.clicked.connect(self.open_wanted)
        theme.changed.connect(self.update)

    def _set_over(self, is_over: bool) -> None:
        self._is_over = is_over
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(236, 76)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = self._is_over or self._is_reached
        pen = QPen(self._theme.color("accent" if marked else "field_line"), 1.5 if marked else 1)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(self._theme.color("wash") if self._is_over else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        # The ring is for those who walk with the keyboard; a window that opens needs no orange field.
        self._is_reached = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._is_reached = False
        super().focusOutEvent(event)
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_paths(event.mimeData()) or event.mimeData().hasImage():
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._set_over(True)
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._set_over(False)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        paths = local_paths(event.mimeData())
        if paths:
            self.dropped.emit(paths)
        elif event.mimeData().hasImage():
            self.pictured.emit(QImage(event.mimeData().imageData()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.open_wanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.open_wanted.emit()
        else:
            super().keyPressEvent(event)


class ImagesPanel(QWidget):
    """Drop zone, gallery, and the files that were not read."""

    def __init__(self, presenter: VisionPresenter, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self._presenter = presenter
        set_role(self, "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(220)
        self.drop_zone = DropZone(theme)
        self._count = label("", "heading")
        self._clear = Button(
            theme, "Clear", "vision.clear", role="link", tool_tip="Forget these images; the files stay"
        )
        self._clear.clicked.connect(presenter.clear)
        self.gallery = Gallery(presenter, theme)
        self._hint = label(
            "The images that you drop stand here, each with its answer. The files themselves are never changed.",
            "faint",
            wrap=True,
        )
        self._unread = Notice(theme, "vision.unread")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.setSpacing(10)
        layout.addWidget(self.drop_zone)
        layout.addWidget(row(self._count, None, self._clear))
        layout.addWidget(self._hint)
        layout.addWidget(self.gallery, 1)
        layout.addStretch(0)
        layout.addWidget(self._unread)
        presenter.items_reset.connect(self._on_items_reset)
        self._on_items_reset()

    def _on_items_reset(self) -> None:
        count, unread = len(self._presenter.items), self._presenter.unread
        self._count.setText(f"{count:,} image{'' if count == 1 else 's'}" if count else "Images")
        self._clear.setVisible(bool(count or unread))
        self._hint.setVisible(not count)
        if not unread:
            self._unread.clear()
            return
        lines = [
            f"{Path(prediction.path).name}: {_reason(prediction.error.what if prediction.error else '')}"
            for prediction in unread[:_NAMED_FILES]
        ]
        if len(unread) > _NAMED_FILES:
            lines.append(f"… and {len(unread) - _NAMED_FILES} more; Save as CSV lists them all.")
        title = f"{len(unread)} file{'' if len(unread) == 1 else 's'} not read"
        self._unread.show_message("warn", title, "\n".join(lines), name="vision.unread")

    def sizeHint(self) -> QSize:
        return QSize(264, 400)


def local_paths(mime: QMimeData) -> list[Path]:
    """The files and folders of this computer that a drag or the clipboard carries."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def _reason(what: str) -> str:
    return what.partition("could not be read: ")[2] or what.partition(" was not read: ")[2] or what
