"""The left panel: lesson, code, verbs, messages, and the leaves as knobs."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QHBoxLayout, QSlider, QVBoxLayout, QWidget

from studio.spec.errors import ErrorReport
from studio.ui.pages.autograd.presenter import AutogradPresenter
from studio.ui.pages.autograd.source_file import Literal, number_code
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.code_editor import CodeEditor
from studio.ui.widgets.form import ChoiceBox
from studio.ui.widgets.layout import Section, label, row
from studio.ui.widgets.naming import named, set_role
from studio.ui.widgets.notice import Notice

_TENTHS = 10
_SLIDER_REACH = 10.0
_SETTLE_MILLISECONDS = 120
_KNOBS = 4
_NAME = 6
"""Characters of a leaf's name that its knob has room for."""


class NumberField(QDoubleSpinBox):
    """A field that shows a number as the code has it: ``2.0``, not ``2.0000``, in every country."""

    def __init__(self) -> None:
        super().__init__()
        self.setLocale(QLocale.c())  # else 2.5 is 25 where a dot groups thousands

    def validate(self, text: str, position: int) -> object:
        return super().validate(text.replace(",", "."), position)

    def valueFromText(self, text: str) -> float:
        return super().valueFromText(text.replace(",", "."))

    def textFromValue(self, value: float) -> str:
        return number_code(value)


class LeafKnob(QWidget):
    """One leaf: its name, a slider and a field. `turned` tells the value, once the hand rests."""

    turned = Signal(str, float)

    def __init__(self, literal: Literal, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = literal.name
        self._slider = named(
            QSlider(Qt.Orientation.Horizontal), f"autograd.leaf.{self.name}.slider", f"{self.name}, slider"
        )
        self._field = named(NumberField(), f"autograd.leaf.{self.name}", f"Value of {self.name}")
        self._field.setRange(-1e6, 1e6)
        self._field.setDecimals(4)
        self._field.setSingleStep(0.1)
        self._field.setKeyboardTracking(False)
        self._field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._field.setFixedWidth(92)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_SETTLE_MILLISECONDS)
        name = label(self.name if len(self.name) <= _NAME else f"{self.name[: _NAME - 1]}…", "mono")
        name.setToolTip(self.name)
        name.setFixedWidth(44)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(name)
        layout.addWidget(self._slider, 1)
        layout.addWidget(self._field)
        self.show_value(literal.value)
        self._slider.valueChanged.connect(self._on_slid)
        self._field.valueChanged.connect(self._on_typed)
        self._rest.timeout.connect(self._on_rest)

    def show_value(self, value: float) -> None:
        """Show a value; emits nothing."""
        if self._rest.isActive():
            return
        blockers = QSignalBlocker(self._slider), QSignalBlocker(self._field)
        reach = max(_SLIDER_REACH, 2 * abs(value))
        self._slider.setRange(round(-reach * _TENTHS), round(reach * _TENTHS))
        self._slider.setValue(round(value * _TENTHS))
        self._field.setValue(value)
        del blockers

    def _on_slid(self, tenths: int) -> None:
        blocker = QSignalBlocker(self._field)
        self._field.setValue(tenths / _TENTHS)
        del blocker
        self._rest.start()

    def _on_typed(self, value: float) -> None:
        self._rest.start()

    def _on_rest(self) -> None:
        self.turned.emit(self.name, round(self._field.value(), 4))


class SourcePanel(QWidget):
    """Lesson, code and verbs. File dialogs are the page's; this panel says what was asked for."""

    lesson_asked = Signal(int)
    """The user chose a lesson; the page first asks about what is not saved."""

    def __init__(self, presenter: AutogradPresenter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._presenter = presenter
        self._theme = theme
        self._knobs: dict[str, LeafKnob] = {}
        self.lesson = named(ChoiceBox(), "autograd.lesson", "Lesson", "Choose a lesson")
        for number, lesson in enumerate(presenter.lessons, 1):
            self.lesson.addItem(f"{number}  {lesson.title}")
        self._where = label("", "heading")
        self._text = label("", "muted", wrap=True)
        self.reset = Button(
            theme, "Reset", "autograd.reset", role="quiet", icon="undo-2", tool_tip="The lesson as it was"
        )
        self.editor = CodeEditor(theme, "autograd.editor", "Code of the snippet")
        self.editor.setAcceptDrops(False)
        self.run = Button(theme, "Run", "autograd.run", role="primary", icon="play", tool_tip="Ctrl+Return")
        self.stop = Button(theme, "Stop", "autograd.stop", icon="square", tool_tip="Ctrl+.")
        self.check = Button(
            theme,
            "Check gradients",
            "autograd.check",
            icon="circle-check",
            tool_tip="Compare them with finite differences; the code runs many times, up to its backward",
        )
        self.open = _small(theme, "autograd.open", "folder-open", "Open…", "Ctrl+O")
        self.save = _small(theme, "autograd.save", "save", "Save", "Ctrl+S")
        self._state = named(label("", "faint", wrap=True), "autograd.state", "State of the run")
        self.notice = Notice(theme, "autograd.notice")
        self._shown_error: ErrorReport | None = None
        self._leaves = Section("Leaves")
        self._grid = QGridLayout()
        self._grid.setVerticalSpacing(6)
        self._leaves.body.addLayout(self._grid)
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(250)
        self._build()
        self._connect()
        self.editor.set_text(presenter.text)
        self._show_leaves()
        self._on_changed()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.setSpacing(8)
        layout.addWidget(row(self._where, None, self.reset, self.open, self.save, spacing=2))
        layout.addWidget(self.lesson)
        layout.addWidget(self._text)
        layout.addWidget(self.editor, 1)
        layout.addWidget(self.notice)
        layout.addWidget(row(self.run, self.stop, None, self.check))
        layout.addWidget(self._state)
        layout.addWidget(self._leaves)
        self.setMinimumWidth(300)

    def _connect(self) -> None:
        presenter = self._presenter
        self.lesson.activated.connect(self.lesson_asked)
        self.reset.clicked.connect(presenter.reset_lesson)
        self.run.clicked.connect(presenter.run)
        self.stop.clicked.connect(presenter.stop)
        self.check.clicked.connect(presenter.check)
        self.editor.edited.connect(self._on_edited)
        self.editor.line_chosen.connect(presenter.select_line)
        self._look.timeout.connect(self._show_leaves)
        presenter.changed.connect(self._on_changed)
        presenter.moved.connect(self._on_moved)
        presenter.text_replaced.connect(self._on_text_replaced)

    def _on_edited(self) -> None:
        self._presenter.set_text(self.editor.text())
        self._look.start()

    def _on_text_replaced(self, text: str, keep_history: bool) -> None:
        self.editor.set_text(text, keep_history=keep_history)
        self._show_leaves()

    def _on_changed(self) -> None:
        presenter = self._presenter
        is_lesson = presenter.source is None
        count = len(presenter.lessons)
        changed = " · changed" if presenter.is_modified else ""
        self._where.setText(
            f"Lesson {presenter.lesson + 1} of {count}{changed}" if is_lesson else f"{presenter.title}{changed}"
        )
        self.reset.setVisible(is_lesson and presenter.is_modified)
        self.lesson.setCurrentIndex(presenter.lesson if is_lesson else -1)
        self.lesson.setPlaceholderText("Lessons")
        self._text.setText(presenter.lessons[presenter.lesson].text if is_lesson else "")
        self._text.setVisible(is_lesson)
        is_busy = presenter.state != "idle"
        self.run.setEnabled(not is_busy)
        self.check.setEnabled(not is_busy and presenter.host.torch_state == "ready")
        self.stop.setEnabled(is_busy and presenter.state != "stopping")
        self.save.setEnabled(presenter.is_modified or is_lesson)
        self._state.setText(self._state_text())
        self._state.setVisible(bool(self._state.text()))
        self._show_error()
        self.editor.mark_error(presenter.error_line)

    def _show_error(self) -> None:
        presenter = self._presenter
        if presenter.error is self._shown_error:
            return  # a message that was dismissed stays away
        self._shown_error = presenter.error
        if presenter.error is None:
            self.notice.clear()
        elif presenter.error.name == "snippet.stopped":
            self.notice.show_message("info", presenter.error.what, name=presenter.error.name)
        else:
            self.notice.show_report(presenter.error)

    def _state_text(self) -> str:
        presenter = self._presenter
        if presenter.state == "queued":
            return "Loading PyTorch… the snippet runs as soon as it is there."
        if presenter.state == "idle" and presenter.is_loading:
            return "Loading PyTorch…"
        return {"running": "Running…", "checking": "Checking…", "stopping": "Stopping…"}.get(presenter.state, "")

    def _on_moved(self) -> None:
        place = self._presenter.place
        recording = self._presenter.recording
        if place is None or recording is None:
            self.editor.clear_mark()
        else:
            self.editor.mark(place.line, place.column, place.end_line, place.end_column)

    def _show_leaves(self) -> None:
        """A knob for each leaf whose number stands in the text; knobs that stay keep the focus."""
        literals = self._presenter.literals()[:_KNOBS]
        if [literal.name for literal in literals] != list(self._knobs):
            for knob in self._knobs.values():
                self._grid.removeWidget(knob)
                knob.hide()
                knob.deleteLater()
            self._knobs = {}
            for place, literal in enumerate(literals):
                knob = LeafKnob(literal, self)
                knob.turned.connect(self._presenter.set_leaf)
                self._grid.addWidget(knob, place, 0)
                self._knobs[literal.name] = knob
        for literal in literals:
            self._knobs[literal.name].show_value(literal.value)
        self._leaves.setVisible(bool(self._knobs))


def _small(theme: Theme, name: str, icon: str, title: str, keys: str) -> Button:
    """A verb that stands beside the heading, as an icon only."""
    return Button(
        theme, "", name, role="quiet", icon=icon, accessible_name=title.rstrip("…"), tool_tip=f"{title} {keys}"
    )
