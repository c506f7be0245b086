"""Form fields, and what a typed text means."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from studio.catalog.entries import Parameter
from studio.catalog.shelf import entries
from studio.ui.theme.theme import Theme
from studio.ui.widgets.field_text import UNSET, text_of, title_of, value_of
from studio.ui.widgets.fold import Fold
from studio.ui.widgets.form import ChoiceBox, Form, NumberBox
from studio.ui.widgets.layout import label
from studio.ui.widgets.tiles import NumberTile


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        ("float", "1e-3", 0.001),
        ("float", " 3 ", 3),
        ("float", "fast", "fast"),
        ("float", "0,1", 0.1),
        ("float", "2,5e-3", 0.0025),
        ("float", "1,000", "1,000"),
        ("int", "64", 64),
        ("int", "1e3", 1000),
        ("int", "2.5", 2.5),
        ("list[int]", "16, 32", [16, 32]),
        ("list[int]", "[16,32,]", [16, 32]),
        ("list[int]", "16, x", "16, x"),
        ("tuple[float, float]", "0.9; 0.99", [0.9, 0.99]),
        ("str", "mean", "mean"),
        ("bool | None", "yes", True),
        ("float | None", "  ", UNSET),
    ],
)
def test_what_a_text_means(annotation: str, text: str, value: Any) -> None:
    assert value_of(Parameter("x", annotation), text) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_reads_back_as_it_was_written(number: float) -> None:
    assert value_of(Parameter("x", "float"), text_of(number)) == number


@given(st.lists(st.integers(), min_size=1))
def test_every_list_reads_back_as_it_was_written(numbers: list[int]) -> None:
    assert value_of(Parameter("x", "list[int]"), text_of(numbers)) == numbers


@pytest.mark.parametrize("kind", ["model", "dataset", "loss", "optimizer", "scheduler"])
def test_every_default_of_the_catalogue_can_be_shown_and_read_back(kind: str) -> None:
    for known in entries(kind):
        for parameter in known.parameters:
            if parameter.default is not None and not parameter.required:
                read = value_of(parameter, text_of(parameter.default))
                wanted = list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default
                # An empty field means the default, which is nothing here.
                wanted = UNSET if wanted in ("", []) else wanted
                assert read == wanted, f"{known.name}.{parameter.name}"


def test_titles_are_words() -> None:
    assert title_of("weight_decay") == "Weight decay"
    assert title_of("lr") == "Learning rate"


def test_a_form_tells_each_change_and_keeps_what_is_typed(qapp: QApplication, qtbot: QtBot) -> None:
    form = Form("optimizer", "a.form")
    qtbot.addWidget(form)
    form.set_parameters((Parameter("lr", "float", 0.001), Parameter("foreach", "bool | None", None)))
    told: list[tuple[str, str, Any]] = []
    form.changed.connect(lambda *change: told.append(change))
    line = form.findChild(QLineEdit, "a.form.optimizer.lr")
    assert line.placeholderText() == "0.001"
    qtbot.keyClicks(line, "1e-2")
    assert told[-1] == ("optimizer", "lr", 0.01)
    form.show_values({"lr": 0.01}, {})
    assert line.text() == "1e-2", "what means the same is not written over"
    form.show_values({"lr": 0.5}, {"lr": "too high"})
    assert line.text() == "0.5"
    assert form.fields["lr"].error == "too high"
    assert line.accessibleDescription() == "too high"
    assert told[-1][2] == 0.01, "what is shown was not changed by anybody"
    line.setText("0.25")
    assert told[-1] == ("optimizer", "lr", 0.25), "text that is put in counts like typed text"
    line.clear()
    assert told[-1][2] is UNSET
    box = form.findChild(QComboBox, "a.form.optimizer.foreach")
    assert [box.itemText(index) for index in range(box.count())] == ["automatic", "yes", "no"]
    box.setCurrentIndex(2)
    assert told[-1] == ("optimizer", "foreach", False)


def test_a_value_that_is_no_choice_is_shown_all_the_same(qapp: QApplication, qtbot: QtBot) -> None:
    form = Form("training", "a.form")
    qtbot.addWidget(form)
    form.set_parameters((Parameter("device", "str", "auto", choices=("auto", "cpu")),))
    form.show_values({"device": "cuda:1"}, {})
    assert form.findChild(QComboBox).currentText() == "cuda:1"


def test_a_form_is_made_anew_only_for_other_parameters(qapp: QApplication, qtbot: QtBot) -> None:
    form = Form("model", "a.form")
    qtbot.addWidget(form)
    first = (Parameter("hidden", "list[int]", (64,)),)
    form.set_parameters(first)
    line = form.findChild(QLineEdit)
    form.set_parameters(first)
    assert form.findChild(QLineEdit) is line
    form.set_parameters(())
    assert not form.isVisibleTo(form.parentWidget() or form) or not form.fields


def test_the_wheel_in_passing_changes_nothing(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme(qapp, "light")  # the arrows of the spin box are drawn from its files
    holder = QWidget()
    qtbot.addWidget(holder)
    choice, number, other = ChoiceBox(holder), NumberBox(holder), QLineEdit(holder)
    choice.addItems(["a", "b", "c"])
    choice.setCurrentIndex(1)
    number.setValue(9)
    with qtbot.waitExposed(holder):
        holder.show()
    other.setFocus()
    assert not _turn(choice)
    assert not _turn(number), "it is left for the panel, which scrolls"
    assert (choice.currentIndex(), number.value()) == (1, 9)
    assert not number.hasFocus()
    holder.activateWindow()
    number.setFocus()
    qtbot.waitUntil(number.hasFocus)
    assert _turn(number)
    assert number.value() == 10
    theme.deleteLater()


def _turn(widget: QWidget) -> bool:
    """Turn the wheel up over a widget; whether the widget took it."""
    place = QPointF(widget.rect().center())
    event = QWheelEvent(
        place,
        widget.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    widget.event(event)
    return event.isAccepted()


def test_fields_that_stay_are_kept_and_the_tab_key_goes_from_top_to_bottom(
    qapp: QApplication, qtbot: QtBot
) -> None:
    form = Form("optimizer", "a.form")
    qtbot.addWidget(form)
    name = Parameter("name", "str", None, True, choices=("SGD", "Adam"))
    rate, decay = Parameter("lr", "float", 0.1), Parameter("weight_decay", "float", 0.0)
    form.set_parameters((name, Parameter("momentum", "float", 0.0), decay))
    box, first = form.findChild(QComboBox), form.fields["weight_decay"]
    form.set_parameters((name, rate, Parameter("momentum", "float", 0.9), decay))
    assert form.findChild(QComboBox) is box
    assert form.fields["weight_decay"] is first
    assert list(form.fields) == ["name", "lr", "momentum", "weight_decay"]
    line = form.findChild(QLineEdit, "a.form.optimizer.momentum")
    assert line.placeholderText() == "0.9", "another default is another field"
    with qtbot.waitExposed(form):
        form.show()
    places = [form.fields[key].y() for key in form.fields]
    assert places == sorted(places)
    form.activateWindow()
    box.setFocus()
    reached = []
    for _ in range(3):
        form.focusNextChild()
        reached.append(form.focusWidget().objectName().rpartition(".")[2])
    assert reached == ["lr", "momentum", "weight_decay"]


def test_a_fold_hides_its_body_and_keeps_its_summary(qapp: QApplication, qtbot: QtBot) -> None:
    fold = Fold(Theme(qapp, "light"), "Model", "a.fold")
    qtbot.addWidget(fold)
    inside = label("inside")
    fold.add(inside)
    fold.set_summary("2 parameters")
    with qtbot.waitExposed(fold):
        fold.show()
    button = fold.findChild(QPushButton, "a.fold")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not inside.isVisible()
    assert button.accessibleName() == "Model, folded"
    assert fold._summary.isVisible()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert inside.isVisible()


def test_a_tile_is_read_as_one(qapp: QApplication, qtbot: QtBot) -> None:
    tile = NumberTile("Loss")
    qtbot.addWidget(tile)
    assert tile.value == "–"
    tile.show_value("0.041", "−0.006", "good")
    assert tile.accessibleName() == "Loss, 0.041, −0.006"
