"""What the views of the Train tab say about the pictures that they are given."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QPushButton, QSlider, QWidget
from sklearn.metrics import roc_auc_score

from studio.ui.pages.training.panels.views_panel import ViewsPanel
from studio.ui.pages.training.views.boundary_view import BoundaryView
from studio.ui.pages.training.views.receiver_curve import ReceiverCurve
from studio.ui.pages.training.views.threshold_view import ThresholdView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.layout import KeyValues

SCORES = {
    "labels": ["ill", "well"],
    "values": array("f", [0.9, 0.1, 0.8, 0.2, 0.4, 0.6, 0.3, 0.7, 0.1, 0.9]),
    "true": array("i", [0, 0, 0, 1, 1]),
}


def boundary() -> dict[str, object]:
    """The left half belongs to the first class, the right half to the second."""
    side = 8
    points = {"x": array("d", [-0.5, 0.5]), "y": array("d", [0.0, 0.0]), "class": array("d", [0, 1])}
    return {
        "side": side,
        "x_range": [-1.0, 1.0],
        "y_range": [-1.0, 1.0],
        "classes": array("b", [0, 0, 0, 0, 1, 1, 1, 1] * side),
        "sure": array("f", [0.75] * side * side),
        "labels": ["left", "right"],
        "train": points,
        "test": points,
    }


@pytest.fixture
def theme(qapp):
    """A theme of the test's own."""
    theme = Theme(qapp, "dark")
    yield theme
    theme.deleteLater()


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=60))
@settings(max_examples=60, deadline=None)
def test_the_area_is_that_of_scikit_learn(rows):
    scores, belongs = [score for score, _ in rows], [one for _, one in rows]
    curve = ReceiverCurve.of(scores, belongs)
    if len(set(belongs)) == 2:
        assert curve.area == pytest.approx(roc_auc_score(belongs, scores), abs=1e-9)
    for threshold in (0.0, 0.25, 0.5, 1.0):
        counts = curve.at(threshold)
        taken = [one for score, one in rows if score >= threshold]
        assert (counts.found, counts.false_alarms) == (sum(taken), len(taken) - sum(taken))
        assert counts.found + counts.missed == sum(belongs)


def test_a_threshold_says_what_it_finds_and_misses(qtbot, theme):
    view = ThresholdView(theme)
    qtbot.addWidget(view)
    view.show_picture("scores", SCORES)
    values = view.findChild(KeyValues, "train.threshold.values")
    slider = view.findChild(QSlider, "train.threshold.slider")
    assert "Found: 2 of 3 ill (66.7 %)" in values.accessibleDescription()
    assert "False alarms: 0 of 2 (0.0 %)" in values.accessibleDescription()
    slider.setValue(350)
    assert "Found: 3 of 3 ill (100.0 %)" in values.accessibleDescription()
    view.findChild(QComboBox, "train.threshold.class").setCurrentIndex(1)
    assert "Found: 2 of 2 well (100.0 %)" in values.accessibleDescription()
    assert view.leads()
    view.clear()
    assert values.accessibleDescription() == ""


def test_a_place_in_the_plane_is_asked_with_mouse_and_keys(qtbot, theme):
    view = BoundaryView(theme)
    qtbot.addWidget(view)
    view.resize(300, 220)
    view.show()
    view.show_picture("boundary", boundary())
    plane = view.plane
    qtbot.mouseMove(plane, QPoint(20, plane.height() // 2))
    qtbot.waitUntil(lambda: "left, 75 %" in plane.said.text())
    for _ in range(40):
        qtbot.keyClick(plane, Qt.Key.Key_Right)
    assert "right, 75 %" in plane.accessibleDescription()
    view.clear()
    assert plane.accessibleDescription() == ""


def test_a_view_is_offered_once_there_is_something_in_it(qtbot, theme):
    panel = ViewsPanel(theme, QWidget(), {QWidget(): "Learning rate"})
    qtbot.addWidget(panel)
    panel.begin("classification")
    offered = lambda: [one.text() for one in panel.findChildren(QPushButton) if not one.isHidden()]  # noqa: E731
    assert offered() == ["Learning rate"]
    panel.show_picture("scores", SCORES)
    assert offered() == ["Threshold", "Learning rate"]
    assert panel.findChild(QPushButton, "train.view.threshold").isChecked()
    panel.findChild(QPushButton, "train.view.learning_rate").click()
    panel.show_picture("boundary", boundary())
    assert panel.findChild(QPushButton, "train.view.learning_rate").isChecked(), "what was chosen stays in front"
    panel.begin("classification")
    assert offered() == ["Learning rate"], "the next run may have no plane"
