"""The middle: the image that is looked at, or, while there is none, what the tab is for."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from studio.spec.pictures import PictureRead
from studio.ui.pages.vision.gallery import as_image
from studio.ui.pages.vision.presenter import VisionPresenter
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.image_view import ImageView, Outline
from studio.ui.widgets.layout import label, row

_SIDE = 1600
"""Pixels of the longer side that is read to be looked at."""


class PicturePanel(QStackedWidget):
    """Shows the empty state or the picture; asks for pixels when another image is looked at."""

    def __init__(self, presenter: VisionPresenter, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self._presenter = presenter
        self._theme = theme
        self._path = ""
        self._mask = ""
        self.view = ImageView(theme, "vision.image", "Picture")
        self.open = Button(theme, "Open images…", "vision.open_first", role="primary", icon="images")
        self._icon = label("")
        self.addWidget(self._make_empty())
        self.addWidget(self.view)
        presenter.selection_changed.connect(self._on_selection_changed)
        presenter.picture_read.connect(self._on_picture_read)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self._on_selection_changed()

    def _make_empty(self) -> QWidget:
        holder = QWidget()
        title = label("Drop an image: the model says what it shows", "title")
        text = label(
            "EfficientNet-Lite0 is built in, knows 1,000 things and needs no network.\n"
            "Choose another model above, or one that you trained.",
            "muted",
        )
        for part in (self._icon, title, text):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(holder)
        layout.setSpacing(10)
        layout.addStretch(1)
        layout.addWidget(self._icon)
        layout.addWidget(title)
        layout.addWidget(text)
        layout.addSpacing(6)
        layout.addWidget(row(None, self.open, None))
        layout.addStretch(1)
        return holder

    def _on_selection_changed(self) -> None:
        item = self._presenter.current
        self.setCurrentIndex(0 if item is None else 1)
        if item is None:
            self._path = ""
            return
        if item.path != self._path:
            self._path = item.path
            self._presenter.read_picture(item.path, _SIDE)
        else:
            self._draw_over()

    def _on_picture_read(self, event: PictureRead) -> None:
        if event.side != _SIDE:
            return
        if event.path == self._path:
            size = QSize(event.full_width, event.full_height)
            caption = f"{Path(event.path).name} · {size.width()} × {size.height()}"
            self.view.set_picture(as_image(event), size, caption if event.rgb else Path(event.path).name)
            self._draw_over()
        elif event.path == self._mask and event.rgb:
            import numpy as np  # late: the window starts without it

            pixels = np.frombuffer(event.rgb, np.uint8).reshape(event.height, event.width, 3)
            self.view.set_mask(pixels)

    def _draw_over(self) -> None:
        item = self._presenter.current
        prediction = item.prediction if item else None
        boxes = prediction.boxes if prediction else ()
        names = sorted({box.name for box in boxes}, key=[box.name for box in boxes].index)
        self.view.set_outlines(
            tuple(
                Outline(
                    (box.box[0], box.box[1], box.box[2] - box.box[0], box.box[3] - box.box[1]),
                    f"{box.name} {box.score:.2f}",
                    names.index(box.name),
                )
                for box in boxes
            )
        )
        self._mask = (prediction.mask or "") if prediction else ""
        if self._mask:
            self._presenter.read_picture(self._mask, _SIDE)
        else:
            self.view.clear_mask()

    def _on_theme_changed(self) -> None:
        self._icon.setPixmap(self._theme.icon("image", "faint").pixmap(40, 40))
