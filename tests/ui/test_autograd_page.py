"""The Autograd tab, driven by object names, with the real job in a real child process."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.bridge.jobs import JobHost
from studio.runs.workspace import Workspace
from studio.settings.store import SettingsStore
from studio.ui.pages.autograd.page import AutogradPage
from studio.ui.pages.autograd.presenter import AutogradPresenter
from studio.ui.services import Services
from studio.ui.theme.theme import Theme
from studio.ui.widgets.code_editor import CodeEditor
from studio.ui.widgets.graph_view import GraphView
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.timeline import Scrubber

_PATIENCE = 60_000
W = TypeVar("W", bound=QWidget)


@pytest.fixture(params=[True])
def page(request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication, workspace: Workspace) -> AutogradPage:
    """The tab in a window of its own; its jobs run in this process, or, as a user has it, in a child."""
    host = JobHost(single_process=request.param)
    theme = Theme(qapp, "light")
    services = Services(host, workspace, SettingsStore(), theme)
    page = AutogradPage(services)
    services.setParent(page)
    theme.setParent(page)

    def end_jobs(_: QWidget) -> None:
        # Before the page goes: a host that went with it could not say any more that all have ended.
        host.close()
        qtbot.waitUntil(lambda: host.has_ended_all, timeout=10_000)

    qtbot.addWidget(page, before_close_func=end_jobs)
    page.resize(1280, 720)
    with qtbot.waitExposed(page):
        page.show()
    return page


def find(page: QWidget, kind: type[W], name: str) -> W:
    widget = page.findChild(kind, name)
    assert widget is not None, name
    return widget


def run(qtbot: QtBot, page: AutogradPage) -> None:
    button = find(page, QPushButton, "autograd.run")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(button.isEnabled, timeout=_PATIENCE)


def gradients(page: AutogradPage) -> dict[str, str]:
    faces = find(page, GraphView, "autograd.graph").faces.values()
    return {face.title: face.gradient for face in faces}


@pytest.mark.parametrize("page", [False, True], ids=["child", "thread"], indirect=True)
def test_the_first_lesson_shows_graph_values_and_gradients(qtbot: QtBot, page: AutogradPage) -> None:
    run(qtbot, page)
    assert gradients(page) == {"x": "3", "y": "8", "x·y": "1", "y²": "1", "+": "1", "z": "1"}
    assert find(page, QPlainTextEdit, "autograd.output").toPlainText() == "tensor(3.) tensor(8.)"
    timeline = find(page, Scrubber, "autograd.timeline")
    assert timeline.maximum() == 9
    qtbot.keyClick(timeline, Qt.Key.Key_Home)
    assert (gradients(page)["x"], gradients(page)["y"]) == ("–", "")
    for _ in range(7):
        qtbot.mouseClick(find(page, QPushButton, "autograd.timeline.forward"), Qt.MouseButton.LeftButton)
    assert page.graph.timeline.sentence.text() == "MulBackward0 sends 1 · y = 3 to x and 1 · x = 2 to y."
    assert find(page, CodeEditor, "autograd.editor").marked_line == 7
    assert gradients(page)["x"] == "–"


def test_a_card_and_its_code_highlight_each_other(qtbot: QtBot, page: AutogradPage) -> None:
    run(qtbot, page)
    graph = find(page, GraphView, "autograd.graph")
    square = next(key for key, face in graph.faces.items() if face.title == "y²")
    qtbot.mouseClick(graph.viewport(), Qt.MouseButton.LeftButton, pos=graph.place_of(square).toPoint())
    assert graph.chosen_key == square
    assert find(page, CodeEditor, "autograd.editor").marked_line == 7
    assert find(page, QWidget, "autograd.derivative").property("text") == "∂(y²)/∂y = 2·y = 6"
    graph.setFocus()
    qtbot.keyClick(graph, Qt.Key.Key_Up)
    assert graph.faces[graph.chosen_key].title == "y"
    qtbot.keyClick(graph, Qt.Key.Key_Left)
    assert graph.faces[graph.chosen_key].title == "x"
    assert "x, value 2" in graph.accessibleName()


def test_another_theme_leaves_text_and_marks_as_they_are(qtbot: QtBot, page: AutogradPage) -> None:
    run(qtbot, page)
    editor = find(page, CodeEditor, "autograd.editor")
    marked = editor.marked_line
    assert marked is not None

    page.findChild(Theme).set_mode("dark")

    assert editor.marked_line == marked


def test_a_turned_leaf_changes_the_code_and_runs_again(qtbot: QtBot, page: AutogradPage) -> None:
    run(qtbot, page)
    field = find(page, QDoubleSpinBox, "autograd.leaf.x")
    field.setValue(4.0)
    qtbot.waitUntil(lambda: gradients(page).get("y") == "10", timeout=_PATIENCE)
    editor = find(page, CodeEditor, "autograd.editor")
    assert "x = torch.tensor(4.0, requires_grad=True)" in editor.text()
    qtbot.waitUntil(find(page, QPushButton, "autograd.run").isEnabled, timeout=_PATIENCE)
    editor.undo()
    assert "x = torch.tensor(2.0, requires_grad=True)" in editor.text()


def test_an_error_is_marked_at_its_line_and_explained(qtbot: QtBot, page: AutogradPage) -> None:
    editor = find(page, CodeEditor, "autograd.editor")
    editor.setPlainText("import torch\nx = torch.ones(2, requires_grad=True)\n(x * 2).backward()\n")
    run(qtbot, page)
    notice = find(page, Notice, "autograd.notice")
    assert notice.name == "autograd.not_scalar"
    assert notice.isVisible()
    assert "Line 3" in notice.text
    assert ".sum()" in notice.text
    assert editor.error_line == 3
    editor.setPlainText(editor.text().replace("(x * 2)", "(x * 2).sum()"))
    assert editor.error_line is None
    run(qtbot, page)
    assert not notice.isVisible()


def test_a_loop_shows_its_last_pass_and_any_other(qtbot: QtBot, page: AutogradPage) -> None:
    lesson = find(page, QComboBox, "autograd.lesson")
    lesson.setCurrentIndex(1)
    lesson.activated.emit(1)
    run(qtbot, page)
    box = find(page, QSpinBox, "autograd.pass")
    assert (box.value(), box.maximum()) == (100, 101)
    loss = {face.title: face.value for face in page.graph.graph.faces.values()}["loss"]
    box.setValue(1)
    assert float({face.title: face.value for face in page.graph.graph.faces.values()}["loss"]) > float(loss)


@pytest.mark.parametrize("page", [False], indirect=True)
def test_an_endless_loop_and_a_crash_leave_the_window_well(qtbot: QtBot, page: AutogradPage) -> None:
    editor, button = find(page, CodeEditor, "autograd.editor"), find(page, QPushButton, "autograd.run")
    editor.setPlainText("while True:\n    try:\n        pass\n    except BaseException:\n        pass\n")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.presenter.state == "running", timeout=_PATIENCE)
    qtbot.mouseClick(find(page, QPushButton, "autograd.stop"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(button.isEnabled, timeout=_PATIENCE)
    assert find(page, Notice, "autograd.notice").name == "snippet.stopped"
    editor.setPlainText("import torch\nx = torch.ones(2, requires_grad=True)\nx.sum().backward()\n")
    run(qtbot, page)
    assert page.graph.graph.isVisible()
    editor.setPlainText("import os\nos._exit(7)\n")
    run(qtbot, page)
    assert find(page, Notice, "autograd.notice").isVisible()
    assert not page.graph.graph.isVisible(), "the graph of another snippet must not stand beside this one"
    assert page.presenter.recording is None
    editor.setPlainText("print('well')\n")
    run(qtbot, page)
    assert find(page, QPlainTextEdit, "autograd.output").toPlainText() == "well"


def test_gradients_are_checked_by_finite_differences(qtbot: QtBot, page: AutogradPage) -> None:
    button = find(page, QPushButton, "autograd.check")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(button.isEnabled, timeout=_PATIENCE)
    facts = find(page, QWidget, "autograd.checks").accessibleDescription()
    assert "∂z/∂x: 3.0000000 ✓" in facts
    assert "∂z/∂y: 8.0000000 ✓" in facts


def test_a_dropped_file_opens_and_changes_only_by_save(qtbot: QtBot, page: AutogradPage, tmp_path: Path) -> None:
    path = tmp_path / "mein Schnipsel.py"
    path.write_bytes(b"# coding: latin-1\r\nprint('\xe4')\r\n")
    assert page.drop_hint([path]) == "Open mein Schnipsel.py in the editor"
    assert page.drop_hint([tmp_path]) == ""
    page.take_drop([path])
    editor = find(page, CodeEditor, "autograd.editor")
    assert editor.text() == "# coding: latin-1\nprint('ä')\n"
    qtbot.keyClicks(editor, "#")
    run(qtbot, page)
    assert path.read_bytes() == b"# coding: latin-1\r\nprint('\xe4')\r\n"
    qtbot.mouseClick(find(page, QPushButton, "autograd.save"), Qt.MouseButton.LeftButton)
    assert path.read_bytes() == b"## coding: latin-1\r\nprint('\xe4')\r\n"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"x = '\0'\n", b"#" * 1_100_000])
def test_a_file_that_cannot_be_opened_is_explained(
    page: AutogradPage, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "bad.py"
    if content is not None:
        path.write_bytes(content)
    before = find(page, CodeEditor, "autograd.editor").text()
    page.take_drop([path])
    assert find(page, Notice, "autograd.notice").name.startswith("snippet.")
    assert find(page, CodeEditor, "autograd.editor").text() == before


def test_a_lesson_keeps_its_changes_and_gives_them_up(qtbot: QtBot, page: AutogradPage) -> None:
    editor = find(page, CodeEditor, "autograd.editor")
    original = editor.text()
    qtbot.keyClicks(editor, "# mine ")
    page.presenter.open_lesson(2)
    page.presenter.open_lesson(0)
    assert editor.text().startswith("# mine import torch")
    qtbot.mouseClick(find(page, QPushButton, "autograd.reset"), Qt.MouseButton.LeftButton)
    assert editor.text() == original


def test_two_hundred_cards_are_laid_out_beside_the_window(qtbot: QtBot, page: AutogradPage) -> None:
    editor = find(page, CodeEditor, "autograd.editor")
    editor.setPlainText(
        "import torch\nx = torch.tensor(1.0, requires_grad=True)\ny = x\n"
        "for _ in range(200):\n    y = y.sin() + x\ny.backward()\n"
    )
    run(qtbot, page)
    qtbot.waitUntil(lambda: len(page.graph.graph.faces) == 402, timeout=_PATIENCE)
    graph = page.graph.graph
    assert graph.isVisible()
    assert graph.transform().m11() >= 0.5, (
        "a graph that is too tall to be read as a whole opens where it can be read"
    )
    assert graph.viewport().rect().contains(graph.place_of(graph.chosen_key).toPoint())
    qtbot.mouseClick(find(page, QPushButton, "autograd.fit"), Qt.MouseButton.LeftButton)
    assert graph.transform().m11() < 0.5


def test_a_snippet_without_a_graph_says_why(qtbot: QtBot, page: AutogradPage) -> None:
    editor = find(page, CodeEditor, "autograd.editor")
    editor.setPlainText("import torch\nx = torch.ones(2) * 3\n")
    run(qtbot, page)
    assert not page.graph.graph.isVisible()
    assert "mul gives x = [3, 3]" in page.graph.timeline.sentence.text()


def test_what_was_typed_is_there_after_the_window_died(qtbot: QtBot, page: AutogradPage, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("x = 1\n", encoding="utf-8")
    page.take_drop([path])
    qtbot.keyClicks(find(page, CodeEditor, "autograd.editor"), "# new ")
    draft = page.presenter.draft
    qtbot.waitUntil(lambda: "# new x = 1" in (draft.read_text() if draft.exists() else ""), timeout=_PATIENCE)
    again = AutogradPresenter(page.presenter.host, draft, page)
    assert again.text == "# new x = 1\n"
    assert again.needs_saving
    assert again.title == "mine.py"
    assert path.read_text(encoding="utf-8") == "x = 1\n"
    again.save()
    assert path.read_text(encoding="utf-8") == "# new x = 1\n"
    assert not draft.exists()
    draft.write_text("[]", encoding="utf-8")
    assert AutogradPresenter(page.presenter.host, draft, page).title == "Dynamic graphs"


def test_choosing_a_lesson_asks_about_changes_that_are_not_saved(
    qtbot: QtBot, page: AutogradPage, tmp_path: Path
) -> None:
    path = tmp_path / "mine.py"
    path.write_text("x = 1\n", encoding="utf-8")
    page.take_drop([path])
    editor, lesson = find(page, CodeEditor, "autograd.editor"), find(page, QComboBox, "autograd.lesson")
    qtbot.keyClicks(editor, "# new ")
    lesson.setFocus()
    qtbot.keyClick(lesson, Qt.Key.Key_Down)
    find(page, QMessageBox, "autograd.unsaved").button(QMessageBox.StandardButton.Cancel).click()
    assert editor.text() == "# new x = 1\n"
    assert lesson.currentIndex() == -1
    qtbot.waitUntil(lambda: page.findChild(QMessageBox, "autograd.unsaved") is None)
    qtbot.keyClick(lesson, Qt.Key.Key_Down)
    find(page, QMessageBox, "autograd.unsaved").button(QMessageBox.StandardButton.Save).click()
    assert path.read_text(encoding="utf-8") == "# new x = 1\n"
    assert page.presenter.source is None
    assert lesson.currentIndex() == 0


def test_a_leaf_is_read_as_code_writes_it_in_every_country(qtbot: QtBot, page: AutogradPage) -> None:
    german = QLocale(QLocale.Language.German, QLocale.Country.Germany)
    before = QLocale()
    QLocale.setDefault(german)
    try:
        page.presenter.set_text("import torch\nw = torch.tensor(2.5, requires_grad=True)\n")
        page.presenter.text_replaced.emit(page.presenter.text, False)
        field = find(page, QDoubleSpinBox, "autograd.leaf.w")
        for typed, value in (("2.5", 2.5), ("3,5", 3.5)):
            field.setFocus()
            field.selectAll()
            qtbot.keyClicks(field, typed)
            qtbot.keyClick(field, Qt.Key.Key_Return)
            assert field.value() == value
        qtbot.waitUntil(lambda: "torch.tensor(3.5," in page.presenter.text, timeout=_PATIENCE)
    finally:
        QLocale.setDefault(before)
    qtbot.waitUntil(find(page, QPushButton, "autograd.run").isEnabled, timeout=_PATIENCE)


def test_a_message_that_was_dismissed_stays_away(qtbot: QtBot, page: AutogradPage) -> None:
    editor, notice = find(page, CodeEditor, "autograd.editor"), find(page, Notice, "autograd.notice")
    editor.setPlainText("import torch\ntorch.ones(2) @ torch.ones(3)\n")
    run(qtbot, page)
    assert notice.isVisible()
    qtbot.mouseClick(find(page, QPushButton, "autograd.notice.close"), Qt.MouseButton.LeftButton)
    qtbot.keyClicks(editor, "#")
    assert not notice.isVisible()
    run(qtbot, page)
    assert notice.isVisible(), "the same error of another run is another message"


_ENDLESS = "import torch\nx = torch.tensor(2.0, requires_grad=True)\nwhile True:\n    y = x * x\n"


@pytest.mark.parametrize("page", [False], ids=["child"], indirect=True)
def test_closing_while_a_turned_leaf_waits_for_its_run_starts_nothing(qtbot: QtBot, page: AutogradPage) -> None:
    presenter, host = page.presenter, page.presenter.host
    find(page, CodeEditor, "autograd.editor").setPlainText(_ENDLESS)
    presenter.run()
    qtbot.waitUntil(lambda: presenter.state == "running", timeout=_PATIENCE)
    presenter.set_leaf("x", 3.0)
    with qtbot.waitSignal(host.all_ended, timeout=_PATIENCE):
        host.close()
    assert presenter.state == "idle"
    presenter.set_leaf("x", 4.0)
    presenter.check()
    assert presenter.state == "idle"


def test_after_an_edit_no_line_of_the_old_text_is_marked_or_chosen(qtbot: QtBot, page: AutogradPage) -> None:
    run(qtbot, page)
    presenter, editor = page.presenter, find(page, CodeEditor, "autograd.editor")
    line, card, text = editor.marked_line, presenter.selected, editor.text()
    assert line is not None
    editor.setPlainText(f"# a line before\n{text}")
    assert editor.marked_line is None
    presenter.select_line(line + 1)
    assert presenter.selected == card
    qtbot.mouseClick(find(page, QPushButton, "autograd.timeline.back"), Qt.MouseButton.LeftButton)
    assert editor.marked_line is None
    editor.setPlainText(text)
    assert editor.marked_line is not None, "the recorded text is back"
    editor.setPlainText(f"# a line before\n{text}")
    run(qtbot, page)
    assert editor.marked_line == line + 1


def test_a_message_goes_when_the_next_run_starts(qtbot: QtBot, page: AutogradPage) -> None:
    editor, notice = find(page, CodeEditor, "autograd.editor"), find(page, Notice, "autograd.notice")
    editor.setPlainText("import torch\ntorch.ones(2) @ torch.ones(3)\n")
    run(qtbot, page)
    assert notice.isVisible()
    editor.setPlainText("import torch\ntorch.ones(2)\n")
    page.presenter.run()
    assert page.presenter.state == "running"
    assert not notice.isVisible()
    qtbot.waitUntil(find(page, QPushButton, "autograd.run").isEnabled, timeout=_PATIENCE)


def test_a_very_long_text_is_shown_without_colours(qtbot: QtBot, page: AutogradPage, tmp_path: Path) -> None:
    def is_coloured() -> bool:
        return bool(editor.document().firstBlock().layout().formats())

    editor = find(page, CodeEditor, "autograd.editor")
    line, path = "x = 1  # one\n", tmp_path / "long.py"
    for count, has_colours in ((3, True), (50_000, False), (3, True)):
        path.write_text(line * count, encoding="utf-8")
        page.take_drop([path])
        assert editor.text() == line * count
        qtbot.waitUntil(lambda wanted=has_colours: is_coloured() == wanted)
