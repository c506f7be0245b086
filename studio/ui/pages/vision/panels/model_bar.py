"""The bar over the picture: the task, the model, and how far opening it is."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QCompleter, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from studio.ui.pages.vision.presenter import VisionPresenter
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.form import ChoiceBox
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.naming import named
from studio.ui.widgets.tool_tip import plain_tip

_TASKS = (
    ("classify", "Classify", "What is it? One name for the picture"),
    ("detect", "Detect", "What is where? Boxes around things"),
    ("segment", "Segment", "Which pixels are what? A coloured mask"),
)
_FILE = "file…"


class ModelBar(QWidget):
    """Task buttons at the left, the model at the right, a line of progress below while there is any."""

    file_wanted = Signal()
    weights_wanted = Signal()

    def __init__(self, presenter: VisionPresenter, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self._presenter = presenter
        self._tasks = QButtonGroup(self)
        buttons: list[QWidget] = []
        for name, title, hint in _TASKS:
            button = Button(theme, title, f"vision.task.{name}", tool_tip=hint)
            button.setCheckable(True)
            button.setProperty("task", name)
            self._tasks.addButton(button)
            buttons.append(button)
        tasks = named(row(*buttons), "vision.task", "Task")
        self.model = self._make_model()
        self._weights = Button(
            theme,
            "",
            "vision.load_weights",
            icon="folder-open",
            accessible_name="Load weights from a file",
            tool_tip="Load weights from a file, or open a model file",
        )
        self._progress = named(QProgressBar(), "vision.progress", "Progress")
        self._progress.setTextVisible(False)
        self._said = named(label("", "faint"), "vision.state", "State of the model")
        below = row(self._said, self._progress, spacing=10)
        self._said.setMinimumWidth(150)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 4)
        layout.setSpacing(4)
        layout.addWidget(row(tasks, None, self.model, self._weights))
        layout.addWidget(below)
        below.setFixedHeight(18)
        self._tasks.buttonClicked.connect(self._on_task_clicked)
        self._weights.clicked.connect(self.weights_wanted)
        presenter.models_changed.connect(self._on_models_changed)
        presenter.changed.connect(self._on_changed)
        self._on_models_changed()
        self._on_changed()

    def _make_model(self) -> ChoiceBox:
        model = named(ChoiceBox(), "vision.model", "Model", "The model; type to search")
        model.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        model.setEditable(True)
        model.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        model.setMinimumWidth(330)
        model.view().setMinimumWidth(400)
        line = model.lineEdit()
        assert line is not None
        named(line, "vision.model.text", "Model, typed")
        completer = model.completer()
        assert completer is not None
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        model.currentIndexChanged.connect(self._on_index_changed)
        line.returnPressed.connect(self._on_typed)
        line.editingFinished.connect(self._on_left)
        return model

    def _on_task_clicked(self, button: Button) -> None:
        self._presenter.choose_task(button.property("task"))

    def _on_index_changed(self, index: int) -> None:
        ref = self.model.itemData(index)
        if ref == _FILE:
            self._show_model()
            self.file_wanted.emit()
        elif ref:
            self._presenter.choose_model(ref)

    def _on_typed(self) -> None:
        text = self.model.currentText()
        if self.model.findText(text) < 0:
            self._presenter.choose_model(text)

    def _on_left(self) -> None:
        # A name that was typed half and left is no choice.
        if self._presenter.state != "refused":
            self._show_model()

    def _on_models_changed(self) -> None:
        with QSignalBlocker(self.model):
            self.model.clear()
            for choice in self._presenter.models:
                self.model.addItem(choice.title, choice.ref)
                self.model.setItemData(self.model.count() - 1, plain_tip(choice.hint), Qt.ItemDataRole.ToolTipRole)
            self.model.addItem("Open a model file…", _FILE)
        self._show_model()

    def _show_model(self) -> None:
        with QSignalBlocker(self.model):
            index = self.model.findData(self._presenter.model)
            self.model.setCurrentIndex(index)
            if index < 0:
                self.model.setEditText(self._presenter.model)
            self.model.lineEdit().setCursorPosition(0)

    def _on_changed(self) -> None:
        presenter = self._presenter
        for button in self._tasks.buttons():
            button.setChecked(button.property("task") == presenter.task)
        shown = self.model.itemData(self.model.currentIndex()) or self.model.currentText()
        if shown != presenter.model and not self.model.lineEdit().hasFocus():
            self._show_model()
        progress = presenter.progress
        self._progress.setVisible(presenter.is_busy)
        if progress is not None and progress.total:
            self._progress.setRange(0, 1000)
            self._progress.setValue(round(1000 * progress.done / progress.total))
        elif self._progress.maximum():
            self._progress.setRange(0, 0)
        self._said.setText(self._sentence())

    def _sentence(self) -> str:
        presenter = self._presenter
        progress = presenter.progress
        if presenter.state == "opening":
            if progress is not None and progress.text:
                return progress.text
            return "Loading PyTorch…" if presenter.is_torch_loading else "Opening the model…"
        if presenter.state == "answering" and progress is not None:
            return f"{progress.done:,.0f} of {progress.total:,.0f} images"
        if presenter.opened is not None and presenter.weights:
            return presenter.opened.source
        return ""
