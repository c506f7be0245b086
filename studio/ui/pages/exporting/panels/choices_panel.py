"""The left panel of the Export tab: which model, to which formats, how, and to where."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from studio.spec.exports import FORMATS, OPSETS, FormatName
from studio.ui.pages.exporting.presenter import ExportPresenter
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.form import ChoiceBox, NumberBox
from studio.ui.widgets.layout import Panel, Section, label, row
from studio.ui.widgets.naming import named, set_role
from studio.ui.widgets.tool_tip import plain_tip

MODEL_FILES = "Models and weights (*.pt *.pt2 *.pth *.safetensors);;All files (*)"


class ChoicesPanel(Panel):
    """Renders the presenter's choices and tells it what the user changes."""

    def __init__(self, theme: Theme, presenter: ExportPresenter, parent: QWidget | None = None):
        super().__init__(264, 300, parent)
        self._theme = theme
        self._presenter = presenter
        self.add(self._model_section())
        self.add(self._format_section())
        self.add(self._option_section())
        self.add(self._start_section())
        self.close_column()
        presenter.changed.connect(self.render_state)
        presenter.models_changed.connect(self.render_models)
        self.render_models()
        self.render_state()

    # The parts.

    def _model_section(self) -> Section:
        section = Section("Model")
        self._model = named(ChoiceBox(), "export.model", "Model to export")
        self._model.setMaxVisibleItems(18)
        self._model.currentIndexChanged.connect(self._on_model_chosen)
        open_file = Button(
            self._theme,
            "",
            "export.model_file",
            icon="folder-open",
            accessible_name="Open a model, or weights for this one",
            tool_tip="Open a model, or weights for this one",
        )  # fmt: skip
        open_file.clicked.connect(self._on_open_file)
        line = QWidget()
        layout = QHBoxLayout(line)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._model, 1)
        layout.addWidget(open_file)
        section.add(line)
        card = set_role(QFrame(), "raised")
        column = QVBoxLayout(card)
        column.setContentsMargins(10, 8, 10, 8)
        self._about = label("", "muted", wrap=True)
        column.addWidget(self._about)
        section.add(card)
        self._pretrained = named(QCheckBox("Published weights"), "export.pretrained", "Use the published weights")
        self._pretrained.setToolTip("Without them the weights are random; nothing is downloaded")
        self._pretrained.toggled.connect(partial(self._presenter.set_option, "pretrained"))
        section.add(self._pretrained)
        return section

    def _format_section(self) -> Section:
        section = Section("Formats")
        holder = named(QWidget(), "export.formats", "Formats")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._formats: dict[FormatName, QCheckBox] = {}
        for one in FORMATS:
            box = named(
                QCheckBox(one.title), f"export.formats.{one.name}", f"{one.title}, {one.hint}", one.purpose
            )
            box.toggled.connect(partial(self._presenter.set_format, one.name))
            self._formats[one.name] = box
            column.addWidget(row(box, None, label(one.hint, "faint")))
        section.add(holder)
        return section

    def _option_section(self) -> Section:
        section = Section("Options")
        grid_holder = QWidget()
        grid = QGridLayout(grid_holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, 74)
        grid.setColumnStretch(1, 1)
        self._opset = named(NumberBox(), "export.opset", "ONNX opset", "Version of ONNX's operators")
        # Qt ignores the style sheet's padding in a spin box with buttons of its own.
        self._opset.lineEdit().setTextMargins(7, 0, 0, 0)
        self._opset.setRange(OPSETS[0], OPSETS[-1])
        self._opset.valueChanged.connect(partial(self._presenter.set_option, "opset"))
        self._name = named(QLineEdit(), "export.name", "Name of the files, without the suffix")
        self._name.textChanged.connect(partial(self._presenter.set_option, "name"))
        self._folder = named(QLineEdit(), "export.folder", "Folder for the files")
        self._folder.editingFinished.connect(self._on_folder_edited)
        browse = Button(
            self._theme, "", "export.browse", icon="folder", accessible_name="Choose the folder",
            tool_tip="Choose the folder",
        )  # fmt: skip
        browse.clicked.connect(self._on_browse)
        folder_line = QWidget()
        layout = QHBoxLayout(folder_line)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._folder, 1)
        layout.addWidget(browse)
        for index, (title, field) in enumerate(
            (("Opset", self._opset), ("Name", self._name), ("Folder", folder_line))
        ):
            grid.addWidget(label(title, "muted"), index, 0)
            grid.addWidget(field, index, 1)
        section.add(grid_holder)
        self._dynamic = named(QCheckBox("Any batch size"), "export.dynamic_batch", "The files take any batch size")
        self._dynamic.setToolTip("Otherwise they take exactly one sample")
        self._dynamic.toggled.connect(partial(self._presenter.set_option, "dynamic_batch"))
        self._measure = named(QCheckBox("Measure the speed"), "export.measure", "Measure the speed of the files")
        self._measure.toggled.connect(partial(self._presenter.set_option, "measure"))
        section.add(self._dynamic)
        section.add(self._measure)
        return section

    def _start_section(self) -> QWidget:
        self._start = Button(self._theme, "Export and prove", "export.start", role="primary", icon="upload")
        self._start.clicked.connect(self._on_start)
        self._cancel = Button(self._theme, "Stop", "export.cancel", icon="square")
        self._cancel.clicked.connect(self._presenter.stop)
        self._progress = named(QProgressBar(), "export.progress", "Progress of the export")
        self._progress.setRange(0, 1000)
        self._progress.setTextVisible(False)
        self._stage = label("", "faint", wrap=True)
        self._stage.setMinimumHeight(36)
        self._stage.setAlignment(Qt.AlignmentFlag.AlignTop)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        verbs = QHBoxLayout()
        verbs.setSpacing(8)
        verbs.addWidget(self._start, 1)
        verbs.addWidget(self._cancel)
        column.addLayout(verbs)
        column.addWidget(self._progress)
        column.addWidget(self._stage)
        return holder

    # Rendering.

    def render_models(self) -> None:
        """Fill the list of models, and select the chosen one."""
        with QSignalBlocker(self._model):
            self._model.clear()
            kind = ""
            for one in self._presenter.models:
                if kind and one.ref.partition(":")[0] != kind:
                    self._model.insertSeparator(self._model.count())
                kind = one.ref.partition(":")[0]
                self._model.addItem(one.title, one.ref)
        self.render_state()

    def render_state(self) -> None:
        """Show what the presenter holds."""
        presenter = self._presenter
        is_idle = not presenter.is_running
        self._render_model()
        for name, box in self._formats.items():
            _set_checked(box, name in presenter.formats)
        _set_checked(self._dynamic, presenter.dynamic_batch)
        _set_checked(self._measure, presenter.measure)
        _set_checked(self._pretrained, presenter.pretrained)
        self._pretrained.setVisible(presenter.can_choose_weights)
        with QSignalBlocker(self._opset):
            self._opset.setValue(presenter.opset)
        self._opset.setEnabled("onnx" in presenter.formats)
        self._name.setPlaceholderText(presenter.stem)
        if self._name.text() != presenter.name:
            self._name.setText(presenter.name)
        if not self._folder.hasFocus() and self._folder.text() != presenter.folder:
            self._folder.setText(presenter.folder)
        self._folder.setToolTip(plain_tip(presenter.folder))
        self._start.setEnabled(is_idle and not presenter.blocked)
        self._start.setToolTip(presenter.blocked)
        self._cancel.setEnabled(presenter.is_running and not presenter.is_stopping)
        self._progress.setVisible(presenter.is_running)
        self._progress.setValue(round(1000 * presenter.progress))
        self._stage.setText(presenter.status)

    def _render_model(self) -> None:
        choice = self._presenter.choice
        with QSignalBlocker(self._model):
            index = self._model.findData(choice.ref if choice else self._presenter.model)
            if index < 0 and choice is not None:
                self._model.insertItem(0, choice.title, choice.ref)
                index = 0
            self._model.setCurrentIndex(index)
        self._about.setText(self._presenter.about)
        self._model.setToolTip(plain_tip(choice.ref) if choice else "")

    # What the user does.

    def _on_model_chosen(self, index: int) -> None:
        if ref := self._model.itemData(index):
            self._presenter.set_model(str(ref))

    def _on_open_file(self) -> None:
        dialog = QFileDialog(self, "Open a model", "", MODEL_FILES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._presenter.take_file)
        dialog.open()

    def _on_browse(self) -> None:
        dialog = QFileDialog(self, "Folder for the files", self._presenter.folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._presenter.set_folder)
        dialog.open()

    def _on_folder_edited(self) -> None:
        if self._folder.text() != self._presenter.folder:
            self._presenter.set_folder(self._folder.text())

    def _on_start(self) -> None:
        self._on_folder_edited()
        self._presenter.start()


def _set_checked(box: QCheckBox, checked: bool) -> None:
    with QSignalBlocker(box):
        box.setChecked(checked)
