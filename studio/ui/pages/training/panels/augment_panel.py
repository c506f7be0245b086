"""What is done to each training image: a list to edit, and one image changed several times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.catalog.entries import Entry
from studio.catalog.modules import starting_values
from studio.spec.inspecting import AugmentSeen
from studio.ui.pages.training.item_rows import plain_rows, with_error
from studio.ui.pages.training.panels.layers_panel import offered
from studio.ui.pages.training.presenter import TrainPresenter
from studio.ui.theme.theme import Theme
from studio.ui.widgets.ingredient_list import IngredientList
from studio.ui.widgets.layout import label
from studio.ui.widgets.naming import named
from studio.ui.widgets.sample_strip import Sample, SampleStrip

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FIRST = (
    "RandomHorizontalFlip",
    "RandomRotation",
    "RandomAffine",
    "RandomResizedCrop",
    "ColorJitter",
    "RandomErasing",
    "GaussianBlur",
    "GaussianNoise",
)


class AugmentPanel(QWidget):
    """The transforms of the specification, and what they make of one training image."""

    edited = Signal(list)

    def __init__(self, theme: Theme, presenter: TrainPresenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter = presenter
        self._shown: AugmentSeen | None = None
        self.list = IngredientList(
            theme,
            "train.augment",
            words="transform",
            entries=lambda: offered("transform", _FIRST),
            start=self._start,
        )
        self.list.edited.connect(self.edited)
        self._words = label("", "faint", wrap=True)
        self._preview = named(SampleStrip(theme, 50), "train.augment.preview", "One training image, changed")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for part in (self.list, self._words, self._preview):
            layout.addWidget(part)

    def show_specification(self) -> None:
        """Show the transforms that the specification names."""
        presenter = self._presenter
        items = presenter.look.augment
        rows = plain_rows("transform", "augment", items)
        why = presenter.look.errors.get(("augment", ""))
        if why:
            rows = with_error(rows, len(rows) - 1, why)
        self.list.show_items(items, rows)
        seen = presenter.look.augmented if items else None
        self._words.setText(
            "Changes training images at random, each time that they are shown." if not items else ""
        )
        self._words.setVisible(not items)
        self._preview.setVisible(seen is not None)
        if seen is not None and seen is not self._shown:
            self._preview.set_samples(_samples(seen))
        self._shown = seen

    def _start(self, known: Entry) -> dict[str, Any]:
        return starting_values(known, self._presenter.look.sample[0])


def _samples(seen: AugmentSeen) -> list[Sample]:
    import numpy as np  # late: the window starts without it

    arrays = [np.frombuffer(values, dtype=np.float32).reshape(seen.shape) for values in seen.images]
    low, high = float(arrays[0].min()), float(arrays[0].max())
    captions = ["as it is", *(f"{number}" for number in range(1, len(arrays)))]
    return [
        Sample(
            _pixels(values, low, high), caption, "the image as it is" if not number else f"changed, draw {number}"
        )
        for number, (values, caption) in enumerate(zip(arrays, captions, strict=True))
    ]


def _pixels(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    """Grey or colour pixels; black and white mean the same in all images."""
    import numpy as np

    scaled = np.clip((np.nan_to_num(values) - low) / ((high - low) or 1.0), 0, 1) * 255
    picture = scaled[0] if scaled.shape[0] != 3 else np.moveaxis(scaled, 0, -1)
    return np.ascontiguousarray(picture, dtype=np.uint8)
