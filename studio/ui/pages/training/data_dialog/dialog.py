"""A user's own data: what they are, what each column is used for, what is wrong, and how they are split."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from studio.spec.data_check import DataSummary
from studio.ui.pages.training.data_dialog.columns_table import ColumnsTable
from studio.ui.pages.training.data_dialog.findings_list import FindingsList
from studio.ui.pages.training.data_dialog.presenter import DataPresenter
from studio.ui.pages.training.data_dialog.preview import Preview
from studio.ui.services import Services
from studio.ui.widgets.bar_chart import Bar, BarChart
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.form import ChoiceBox, NumberBox
from studio.ui.widgets.layout import Panel, Section, label, row
from studio.ui.widgets.naming import named, set_role
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.value_label import ValueLabel

_SHOWN_CLASSES = 10
_TASKS = {"classification": "a class", "regression": "a number"}


class DataDialog(QDialog):
    """Renders its presenter; "Use these data" hands the specification over."""

    used = Signal(dict, str)
    """The tables of a specification that trains on the data, and what to call it."""

    def __init__(self, services: Services, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "train.data.dialog", "Your data")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Your data: {path.name}")
        self.resize(1100, 720)
        theme = services.theme
        self._theme = theme
        self.presenter = DataPresenter(services, path, self)
        self._make_left(services)
        self._make_right(services)
        self._undo = Button(theme, "Undo", "train.data.undo", role="quiet", icon="undo-2")
        self._undo.setToolTip("Take back the last change to how the data are used")
        self._cancel = Button(theme, "Cancel", "train.data.cancel")
        self._use = Button(theme, "Use these data", "train.data.use", role="primary", icon="check")
        self._state = named(ValueLabel("muted"), "train.data.state", "State")
        # Enter in a table or a field is for that table or field.
        for button in (self._undo, self._cancel, self._use):
            button.setAutoDefault(False)
        self._use.setShortcut("Ctrl+Return")
        self._undo.setShortcut("Ctrl+Z")
        self._undo.clicked.connect(self.presenter.undo)
        self._cancel.clicked.connect(self.reject)
        self._use.clicked.connect(self._on_use)
        self._notice = Notice(theme, "train.data.notice")
        self._lay_out()
        self.finished.connect(self._on_finished)
        self.presenter.changed.connect(self._on_changed)
        self._on_changed()
        self._right.setFocus()

    def _make_left(self, services: Services) -> None:
        theme, presenter = services.theme, self.presenter
        self._title = ValueLabel("strong")
        self._counts = label("", "muted")
        self._preview = Preview(theme)
        self._columns = ColumnsTable(theme)
        self._columns.columns.role_asked.connect(presenter.set_role)
        self._target = named(ChoiceBox(), "train.data.target", "The column that is to be told")
        self._target.activated.connect(self._on_target)
        self._task = named(ChoiceBox(), "train.data.task", "What is to be told")
        for task, words in _TASKS.items():
            self._task.addItem(words, task)
        self._task.activated.connect(self._on_task)
        self._share = named(QDoubleSpinBox(), "train.data.test_share", "Share kept for testing")
        self._share.setRange(1, 90)
        self._share.setDecimals(0)
        self._share.setSuffix(" %")
        self._share.setKeyboardTracking(False)  # while 25 is typed, 2 is not asked for
        self._seed = named(NumberBox(), "train.data.seed", "Seed of the split")
        self._seed.setKeyboardTracking(False)
        self._seed.setRange(0, 2**31 - 1)
        self._seed.setToolTip("Another seed draws other test samples")
        self._share.valueChanged.connect(self._on_share)
        self._seed.valueChanged.connect(self._on_seed)
        self._target_words = label("Tell", "muted")
        self._target_words.setBuddy(self._target)
        self._task_words = label("as", "muted")
        for box, width in ((self._target, 190), (self._task, 110), (self._share, 76), (self._seed, 84)):
            box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            box.setFixedWidth(width)

    def _make_right(self, services: Services) -> None:
        self._findings = FindingsList(services.theme)
        self._findings.fix_asked.connect(self.presenter.fix)
        self._classes = BarChart(services.theme, "train.data.classes", "Classes")
        self._found = Section("What was found")
        self._found.add(self._findings)
        self._balance = Section("Classes")
        self._balance.add(self._classes)
        self._right = named(Panel(300, 330), "train.data.panel", "What was found")
        self._right.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # so that the keyboard scrolls it
        self._right.add(self._found)
        self._right.add(self._balance)
        self._right.close_column()

    def _lay_out(self) -> None:
        self._split = row(
            self._target_words,
            self._target,
            self._task_words,
            self._task,
            None,
            label("Test share", "muted"),
            self._share,
            label("Seed", "muted"),
            self._seed,
        )
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.setObjectName("train.data.halves")
        halves.addWidget(self._preview)
        halves.addWidget(self._columns)
        halves.setChildrenCollapsible(False)
        halves.setSizes([230, 330])
        set_role(halves, "gap")
        halves.setHandleWidth(10)
        left = QVBoxLayout()
        left.setContentsMargins(14, 14, 14, 14)
        left.setSpacing(10)
        left.addWidget(self._notice)
        left.addWidget(self._title)
        left.addWidget(self._counts)
        left.addWidget(self._split)
        left.addWidget(halves, 1)
        top = QHBoxLayout()
        top.setSpacing(0)
        top.addLayout(left, 1)
        top.addWidget(set_role(QFrame(), "vline"))
        top.addWidget(self._right)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top, 1)
        column.addWidget(row(self._undo, self._state, self._cancel, self._use, margins=(14, 10, 14, 12)))
        self._state.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def _on_changed(self) -> None:
        presenter = self.presenter
        summary = presenter.summary
        self._title.setText(summary.title if summary else presenter.path.name)
        self._counts.setText(summary.counts if summary else "")
        self._preview.show_summary(summary, self._words())
        self._show_columns(summary)
        if presenter.findings is not None:
            self._findings.show_findings(presenter.findings)
        self._findings.setVisible(presenter.findings is not None or summary is not None)
        self._show_classes(summary)
        reason = presenter.reason_not_to_use
        self._use.setEnabled(not reason)
        self._use.setToolTip(reason or "Fill in the specification; Start then trains on these data")
        self._undo.setEnabled(presenter.can_undo)
        self._state.setText(self._state_words(reason))
        if presenter.error is not None:
            self._notice.show_report(presenter.error)
        elif self._notice.name:
            self._notice.clear()

    def _show_columns(self, summary: DataSummary | None) -> None:
        data, columns = self.presenter.data, summary.columns if summary else ()
        self._columns.setVisible(bool(columns))
        self._columns.columns.show_columns(columns, are_texts=data.get("name") == "text")
        for part in (self._target_words, self._target):
            part.setVisible(bool(columns))
        for part in (self._task_words, self._task):
            part.setVisible(data.get("name") in ("table", "arrays"))
        names = [one.name for one in columns]
        blockers = [QSignalBlocker(part) for part in (self._target, self._task, self._share, self._seed)]
        if [self._target.itemText(index) for index in range(self._target.count())] != names:
            self._target.clear()
            self._target.addItems(names)
        self._target.setCurrentIndex(self._target.findText(str(data.get("target", ""))))
        self._task.setCurrentIndex(max(self._task.findData(self.presenter.task), 0))
        self._share.setValue(100 * float(data.get("test_fraction", 0.2)))
        self._seed.setValue(int(data.get("split_seed", 0)))
        del blockers
        is_drawn = not data.get("split_by") and not data.get("time_by")
        self._seed.setEnabled(is_drawn)
        self._share.setEnabled(not data.get("split_by"))
        self._split.setVisible(summary is not None)

    def _show_classes(self, summary: DataSummary | None) -> None:
        classes = summary.classes if summary else ()
        is_numbers = self.presenter.task == "regression"
        shown = classes if is_numbers else classes[:_SHOWN_CLASSES]
        total = sum(count for _, count in classes) or 1
        bars = [
            Bar(name or "(empty)", float(count), f"{count:,} · {_share(count / total)}") for name, count in shown
        ]
        self._classes.set_bars(bars)
        self._classes.setFixedHeight(28 + 28 * max(len(bars), 1))
        self._balance.set_title("Values of the target" if is_numbers else "Classes")
        more = len(classes) - len(shown)
        self._balance.set_summary(f"and {more:,} more" if more > 0 else f"{len(classes):,}" if classes else "")
        self._balance.setVisible(bool(classes))

    def _words(self) -> str:
        presenter = self.presenter
        if presenter.is_looking:
            return f"Looking at {presenter.path.name}…"
        return "There is nothing to show: what was found stands at the right."

    def _state_words(self, reason: str) -> str:
        if self.presenter.is_looking:
            return "Looking at the data…"
        return f"Mend this first: {reason}" if reason else "Ready. Your files stay as they are."

    def _on_target(self) -> None:
        self.presenter.set_role(self._target.currentText(), "target")

    def _on_task(self) -> None:
        self.presenter.set_value("task", self._task.currentData())

    def _on_share(self, value: float) -> None:
        self.presenter.set_value("test_fraction", round(value / 100, 4))

    def _on_seed(self, value: int) -> None:
        self.presenter.set_value("split_seed", value)

    def _on_use(self) -> None:
        if not self.presenter.reason_not_to_use:
            self.used.emit(self.presenter.tables(), self.presenter.path.name)
            self.accept()

    def _on_finished(self) -> None:
        self.presenter.close()


def _share(part: float) -> str:
    return "<1%" if 0 < part < 0.005 else f"{part:.0%}"
