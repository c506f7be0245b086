"""The confusion matrix and the small pictures beside it, as they are seen, read and walked."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, Qt, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolTip
from pytestqt.qtbot import QtBot

from studio.ui.theme.theme import Theme
from studio.ui.widgets.curve_plot import CurvePlot
from studio.ui.widgets.heat_map import ConfusionMatrix
from studio.ui.widgets.sample_strip import Sample, SampleStrip, as_pixels
from studio.ui.widgets.tool_tip import plain_tip


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


def test_cells_are_drawn_anew_for_other_counts_colours_and_sizes_only(
    matrix: ConfusionMatrix, theme: Theme, qtbot: QtBot
) -> None:
    def middle(row: int, column: int) -> QColor:
        image = matrix.grab().toImage()
        left, top, side = matrix._geometry()
        return image.pixelColor(int(left + (column + 0.5) * side), int(top + (row + 0.5) * side))

    first = middle(1, 1)
    kept = matrix._picture.cacheKey()
    qtbot.keyClick(matrix, Qt.Key.Key_Right)
    assert middle(1, 1) == first
    assert matrix._picture.cacheKey() == kept, "pointing at a cell draws no cell"
    matrix.set_matrix(["cat", "dog", "owl"], [[8, 2, 0], [9, 0, 0], [1, 0, 0]])
    assert middle(1, 0) == first != middle(1, 1)
    matrix.resize(260, 260)
    assert middle(1, 0) == first
    theme.set_mode("light")
    assert middle(1, 0).name() == theme.color("series1").name() != first.name()


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


@pytest.mark.parametrize(
    ("text", "tip"),
    [
        ("Tom & Jerry, a < b", "Tom & Jerry, a < b"),
        ("<b>cat</b>", "<span>&lt;b&gt;cat&lt;/b&gt;</span>"),
        ("a&lt;b", "<span>a&amp;lt;b</span>"),
        ("<i>one</i>\ntwo", "<span>&lt;i&gt;one&lt;/i&gt;<br>two</span>"),
    ],
)
def test_a_tool_tip_is_never_read_as_html(text: str, tip: str) -> None:
    assert plain_tip(text) == tip
    document = QTextDocument()
    (document.setHtml if Qt.mightBeRichText(tip) else document.setPlainText)(tip)
    assert document.toPlainText() == text


@pytest.mark.qt_log_ignore("This plugin does not support raise")  # of the offscreen platform
def test_a_class_with_a_name_like_html_is_pointed_at_by_its_name(theme: Theme, qtbot: QtBot) -> None:
    matrix = ConfusionMatrix(theme)
    qtbot.addWidget(matrix)
    matrix.resize(200, 200)
    matrix.set_matrix(["<b>cat</b>", "dog"], [[1, 0], [0, 1]])
    with qtbot.waitExposed(matrix):
        matrix.show()
    left, top, side = matrix._geometry()
    QTest.mouseMove(matrix, QPointF(left + side / 2, top + side / 2).toPoint())
    qtbot.waitUntil(lambda: "&lt;b&gt;cat" in QToolTip.text())
    QToolTip.hideText()


def test_a_plot_never_reads_its_title_as_html(theme: Theme, qtbot: QtBot) -> None:
    plot = CurvePlot(theme, "<b>Loss</b>")
    qtbot.addWidget(plot)
    texts = {part.text(): part.textFormat() for part in plot.findChildren(QLabel)}
    assert texts["<b>Loss</b>"] == Qt.TextFormat.PlainText
    assert set(texts.values()) == {Qt.TextFormat.PlainText}


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (2, 2, 2, 2), (0, 3)])
def test_numbers_that_are_no_picture_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="no picture"):
        as_pixels(np.zeros(int(np.prod(shape))), shape)
