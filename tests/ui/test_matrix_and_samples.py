"""The confusion matrix and the small pictures beside it, as they are seen, read and walked."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.ui.theme.theme import Theme
from studio.ui.widgets.heat_map import ConfusionMatrix
from studio.ui.widgets.sample_strip import Sample, SampleStrip, as_pixels


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """The dark colours."""
    return Theme(qapp, "dark")


@pytest.fixture
def matrix(theme: Theme, qtbot: QtBot) -> ConfusionMatrix:
    """A shown matrix of three classes."""
    matrix = ConfusionMatrix(theme)
    qtbot.addWidget(matrix)
    matrix.resize(200, 200)
    matrix.set_matrix(["cat", "dog", "owl"], [[8, 2, 0], [0, 9, 0], [1, 0, 0]])
    with qtbot.waitExposed(matrix):
        matrix.show()
    return matrix


def test_the_matrix_is_told_in_words(matrix: ConfusionMatrix) -> None:
    assert matrix.summary() == "17 of 20 right. Most frequent mistake: true cat, taken for dog: 2 of 10."
    assert matrix.sentence(1, 1) == "true dog, rightly read as dog: 9 of 9"
    matrix.clear()
    assert matrix.summary() == "No counts yet."
    matrix.grab()


def test_keys_walk_the_matrix(matrix: ConfusionMatrix, qtbot: QtBot) -> None:
    told: list[str] = []
    matrix.pointed.connect(told.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(matrix, key)
    assert told[0] == "true cat, rightly read as cat: 8 of 10"
    assert told[1] == "true cat, taken for dog: 2 of 10"
    assert told[-1] == "true owl, taken for dog: 0 of 1"
    assert matrix.accessibleDescription() == told[-1]


def test_the_matrix_has_one_hue_and_strength_for_counts(matrix: ConfusionMatrix, theme: Theme) -> None:
    image = matrix.grab().toImage()
    left, top, side = matrix._geometry()
    full = image.pixelColor(int(left + 1.5 * side), int(top + 1.5 * side))
    some = image.pixelColor(int(left + 1.5 * side), int(top + 0.5 * side))
    none = image.pixelColor(int(left + 2.5 * side), int(top + 0.5 * side))
    assert full.name() == theme.color("series1").name()
    assert none.saturation() < some.saturation()
    assert none.value() < some.value() < full.value()


def test_samples_are_drawn_and_described(theme: Theme, qtbot: QtBot) -> None:
    strip = SampleStrip(theme, 40)
    qtbot.addWidget(strip)
    strip.resize(140, 200)
    white, black = as_pixels([0.0, 1.0, 1.0, 1.0], (2, 2)), as_pixels(np.zeros(12), (3, 2, 2))
    strip.set_samples([Sample(white, "8 → 1", "true 8, predicted 1"), Sample(black, "3 ✓")] * 3)
    with qtbot.waitExposed(strip):
        strip.show()
    image = strip.grab().toImage()
    corner = strip.place(0).bottomRight() - QPointF(6, 6)
    assert image.pixelColor(corner.toPoint()).lightness() > 240
    assert image.pixelColor(strip.place(1).center().toPoint()).lightness() < 10
    assert "true 8, predicted 1; 3 ✓" in strip.accessibleDescription()
    assert strip.place(3).top() > strip.place(2).top(), "the row wraps"
    assert strip.heightForWidth(140) > strip.heightForWidth(400)


def test_counts_that_are_not_square_are_refused(matrix: ConfusionMatrix) -> None:
    with pytest.raises(ValueError, match="as many columns as rows"):
        matrix.set_matrix(["a", "b"], [[1, 2], [3]])


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (2, 2, 2, 2), (0, 3)])
def test_numbers_that_are_no_picture_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="no picture"):
        as_pixels(np.zeros(int(np.prod(shape))), shape)
