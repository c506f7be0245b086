"""The pictures of the gallery: what each recipe's own run shows.

    python resources/recipes/pictures/make.py [RECIPE …]

Trains the recipes (some minutes for all), draws their view as the Train tab does, and writes a PNG each into
this folder. Where a recipe has no view of its own, some of its samples are drawn.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

SIZE = (480, 270)
HELD_BACK = {"digits-cnn", "mnist-cnn", "finetune-images", "text-classification"}
"""Recipes whose samples say more than a view."""


def main(names: list[str]) -> None:
    """Write the pictures of these recipes, or of all."""
    from PySide6.QtWidgets import QApplication

    from studio.catalog.recipes import recipes
    from studio.ui.theme.theme import Theme

    app = QApplication.instance() or QApplication(sys.argv)
    theme = Theme(app, "dark")
    for one in recipes():
        if names and one.name not in names:
            continue
        image = samples(theme, one.name) if one.name in HELD_BACK else view(theme, one)
        image.save(str(Path(__file__).parent / f"{one.name}.png"))
        print(one.name, flush=True)


def view(theme, recipe):
    """The leading view of a finished run."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    from studio.catalog.checking import read_spec
    from studio.engine.training.job import run
    from studio.spec.events import Pictured
    from studio.spec.job import Control, drive
    from studio.spec.training import TrainRequest
    from studio.ui.pages.training.views.registry import views_for

    pictures = {}

    def note(event) -> None:
        if isinstance(event, Pictured):
            pictures[event.name] = event.data

    with tempfile.TemporaryDirectory() as workspace:
        drive(run, TrainRequest(read_spec(recipe.name), workspace), Control(), note)
    fitting = [one for one in views_for(recipe.task, theme) if set(one.pictures) & pictures.keys()]
    shown = fitting[0]
    shown.resize(640, 360)
    shown.setStyleSheet(f"background: {theme.name_of('surface')}")
    shown.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    shown.show()
    for name in shown.pictures:
        if name in pictures:
            shown.show_picture(name, pictures[name])
    loop = QEventLoop()
    QTimer.singleShot(900, loop.quit)
    loop.exec()
    if shown.focusWidget() is not None:
        shown.focusWidget().clearFocus()
    smooth = Qt.TransformationMode.SmoothTransformation
    image = shown.grab().toImage().scaled(*SIZE, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    shown.close()
    return image


def samples(theme, name: str):
    """Some training samples: pictures side by side, or texts with their classes."""
    from PySide6.QtCore import QRectF, Qt
    from PySide6.QtGui import QFont, QImage, QPainter

    from studio.catalog.checking import read_spec
    from studio.engine.building import load_samples
    from studio.ui.widgets.sample_strip import as_pixels
    from studio.zoo.text import decode

    data = load_samples(read_spec(name))
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    image.fill(theme.color("surface"))
    painter = QPainter(image)
    if data.input.kind == "text":
        fonts = QFont("Inter")
        fonts.setPixelSize(22)
        painter.setFont(fonts)
        for row in range(7):
            index = 37 * row + 5
            text = decode(data.train_x[index], data.input.tokens, data.input.token_kind)
            place = QRectF(34, 18 + 34 * row, 210, 32)
            painter.setPen(theme.color("text"))
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
            painter.setPen(theme.color(f"series{1 + int(data.train_y[index]) % 4}"))
            told = data.labels[int(data.train_y[index])]
            painter.drawText(place.translated(236, 0), Qt.AlignmentFlag.AlignVCenter, told)
    else:
        side = 90 if data.train_x.shape[-1] > 64 else 54
        across, down = SIZE[0] // side + 1, SIZE[1] // side
        for number in range(across * down):
            values = data.train_x[number * 7 % len(data.train_x)]
            pixels = as_pixels(values.flatten().tolist(), list(values.shape))
            form = QImage.Format.Format_Grayscale8 if pixels.ndim == 2 else QImage.Format.Format_RGB888
            one = QImage(pixels.data, pixels.shape[1], pixels.shape[0], pixels.strides[0], form)
            place = QRectF(number % across * side + 2, number // across * side + 2, side - 4, side - 4)
            painter.drawImage(place, one)
    painter.end()
    return image


if __name__ == "__main__":
    main(sys.argv[1:])
