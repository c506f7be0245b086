"""The list of images: small pictures with their names and answers."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QKeyEvent, QKeySequence, QPainter, QPainterPath
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.spec.pictures import PictureRead
from studio.ui.pages.vision.presenter import VisionPresenter
from studio.ui.theme.theme import Theme
from studio.ui.widgets.naming import named, set_role
from studio.ui.widgets.tool_tip import plain_tip

THUMBNAIL = 96
"""Pixels of the longer side: two for each that is shown, for screens of double density."""
_SHOWN = 48
_ROW = 60
_KEPT = 400
"""Small pictures that stay in memory, 37 kB each."""

Index = QModelIndex | QPersistentModelIndex


class GalleryModel(QAbstractListModel):
    """The presenter's images as Qt's views want them. A small picture is read when it is first seen."""

    def __init__(self, presenter: VisionPresenter):
        super().__init__(presenter)
        self._presenter = presenter
        self._thumbnails: OrderedDict[str, QImage] = OrderedDict()
        self._asked: set[str] = set()
        self._was_busy = False
        presenter.items_reset.connect(self._on_reset)
        presenter.answered.connect(self._on_answered)
        presenter.changed.connect(self._on_changed)
        presenter.picture_read.connect(self._on_picture)

    def thumbnail(self, path: str) -> QImage | None:
        """A small picture, None until it is read."""
        image = self._thumbnails.get(path)
        if image is not None:
            self._thumbnails.move_to_end(path)
        elif path not in self._asked:
            self._asked.add(path)
            self._presenter.read_picture(path, THUMBNAIL)
        return image

    def _on_reset(self) -> None:
        self.beginResetModel()
        self.endResetModel()

    def _on_answered(self, rows: list[int]) -> None:
        if rows:
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))

    def _on_changed(self) -> None:
        # Lines without an answer say whether one is still to come.
        if self._was_busy != self._presenter.is_busy:
            self._was_busy = self._presenter.is_busy
            self._on_answered([0, self.rowCount() - 1] if self.rowCount() else [])

    def _on_picture(self, event: PictureRead) -> None:
        if event.side != THUMBNAIL:
            return
        self._asked.discard(event.path)
        self._thumbnails[event.path] = as_image(event)
        while len(self._thumbnails) > _KEPT:
            self._thumbnails.popitem(last=False)
        self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1), [Qt.ItemDataRole.DecorationRole])

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own signature)
        return 0 if parent.isValid() else len(self._presenter.items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._presenter.items):
            return None
        item = self._presenter.items[index.row()]
        if role == Qt.ItemDataRole.DecorationRole:
            return self.thumbnail(item.path)
        name = Path(item.path).name
        waiting = "…" if self._presenter.is_busy else "no answer"
        answer = item.prediction.answer() if item.prediction else waiting
        texts: dict[int, str] = {
            Qt.ItemDataRole.DisplayRole: name,
            Qt.ItemDataRole.UserRole: answer,
            Qt.ItemDataRole.ToolTipRole: plain_tip(item.path),
            Qt.ItemDataRole.AccessibleTextRole: f"{name}: {answer}",
        }
        return texts.get(role)


class _Delegate(QStyledItemDelegate):
    """Draws a line: the picture, cut square, the name, and the answer below it."""

    def __init__(self, theme: Theme, parent: QWidget):
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(180, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place = QRectF(option.rect)
        state = option.state
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            is_selected = bool(state & QStyle.StateFlag.State_Selected)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("selected" if is_selected else "hover"))
            painter.drawRoundedRect(place, 6, 6)
        self._paint_picture(painter, QRectF(place.left() + 6, place.top() + 6, _SHOWN, _SHOWN), index)
        text = QRectF(place.left() + 64, place.top() + 11, place.width() - 72, 18)
        font = QFont(option.font)
        font.setPixelSize(13)
        self._paint_text(painter, text, str(index.data()), font, "text")
        font.setPixelSize(12)
        answer = index.data(Qt.ItemDataRole.UserRole)
        self._paint_text(painter, text.translated(0, 20), str(answer), font, "muted")
        painter.restore()

    def _paint_picture(self, painter: QPainter, place: QRectF, index: Index) -> None:
        shape = QPainterPath()
        shape.addRoundedRect(place, 6, 6)
        painter.fillPath(shape, self._theme.color("line"))
        image = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(image, QImage) and not image.isNull():
            side = min(image.width(), image.height())
            middle = QRectF((image.width() - side) / 2, (image.height() - side) / 2, side, side)
            painter.save()
            painter.setClipPath(shape)
            painter.drawImage(place, image, middle)
            painter.restore()

    def _paint_text(self, painter: QPainter, place: QRectF, text: str, font: QFont, token: str) -> None:
        painter.setFont(font)
        painter.setPen(self._theme.color(token))
        line = " ".join(text.split())
        elided = QFontMetricsF(font).elidedText(line, Qt.TextElideMode.ElideMiddle, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)


class Gallery(QListView):
    """The view. Its selection is the presenter's."""

    def __init__(self, presenter: VisionPresenter, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self._presenter = presenter
        named(self, "vision.gallery", "Images")
        set_role(self, "plain")
        self.setModel(GalleryModel(presenter))
        self.setItemDelegate(_Delegate(theme, self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        presenter.selection_changed.connect(self._on_selection_changed)
        presenter.items_reset.connect(self._on_selection_changed)
        theme.changed.connect(self.viewport().update)

    def _on_current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        if current.isValid():
            self._presenter.select(current.row())

    def _on_selection_changed(self) -> None:
        row = self._presenter.selected
        if row >= 0 and self.currentIndex().row() != row:
            self.setCurrentIndex(self.model().index(row, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Delete) and self.currentIndex().isValid():
            self._presenter.remove(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


def as_image(event: PictureRead) -> QImage:
    """Pixels that were read as Qt's image; a null one where they could not be."""
    if not event.rgb:
        return QImage()
    image = QImage(event.rgb, event.width, event.height, 3 * event.width, QImage.Format.Format_RGB888)
    # Converting copies, which is needed, because QImage only borrows the bytes; and 32 bits draw faster.
    return image.convertToFormat(QImage.Format.Format_RGB32)
