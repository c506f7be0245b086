"""The axis across says what its numbers count."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from studio.ui.widgets.plot_axis_item import RoundAxis


def test_the_first_number_across_and_the_top_one_say_their_unit(qtbot: QtBot) -> None:
    across, up = RoundAxis("bottom", 60, 6), RoundAxis("left", 40, 6)
    across.show_range(0.0, 20.0, unit="epoch")
    up.show_range(0.0, 100.0, unit="%")
    assert across.tickStrings([0.0, 10.0, 20.0], 1.0, 10.0) == ["epoch 0", "10", "20"]
    assert up.tickStrings([0.0, 50.0, 100.0], 1.0, 50.0) == ["0", "50", "100 %"]
    across.show_range(0.0, 20.0)
    assert across.tickStrings([0.0, 10.0, 20.0], 1.0, 10.0) == ["0", "10", "20"]
