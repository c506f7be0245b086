"""The Vision tab: drop images, see what a model says about them, save it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication, QImage, QShowEvent
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from studio.spec.errors import ErrorReport, UserError, report
from studio.ui.pages.vision.panels.answer import AnswerPanel
from studio.ui.pages.vision.panels.images import ImagesPanel, local_paths
from studio.ui.pages.vision.panels.model_bar import ModelBar
from studio.ui.pages.vision.panels.picture import PicturePanel
from studio.ui.pages.vision.presenter import VisionPresenter
from studio.ui.services import Services
from studio.ui.shell.actions import Action
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.code_dialog import CodeDialog
from studio.ui.widgets.layout import PageFrame, VerbBar
from studio.ui.widgets.notice import Notice

_IMAGES = (
    "Images (*.jpg *.jpeg *.png *.webp *.gif *.bmp *.tif *.tiff *.avif *.jp2 *.ppm *.pgm *.ico);;All files (*)"
)
_MODELS = "Models (*.onnx *.pt *.pt2 *.ts *.pth *.safetensors);;All files (*)"
_WEIGHTS = "Weights (*.safetensors *.pt *.pth);;All files (*)"
_MODEL_SUFFIXES = (".onnx", ".pt", ".pt2", ".ts", ".pth", ".safetensors")
_ACTION_TITLES = {
    "vision.load_weights": "Load a file…",
    "vision.trust": "Open it anyway",
    "vision.retry": "Try again",
}


class VisionPage(QWidget):
    """Renders the presenter's state and passes on what the user does."""

    title = "Vision"
    icon_name = "image"

    def __init__(self, services: Services, parent: QWidget | None = None):
        super().__init__(parent)
        self._services = services
        theme = services.theme
        self.presenter = VisionPresenter(services, self)
        self.images = ImagesPanel(self.presenter, theme)
        self.bar = ModelBar(self.presenter, theme)
        self.picture = PicturePanel(self.presenter, theme)
        self.answer = AnswerPanel(self.presenter, theme)
        self.notice = Notice(theme, "vision.notice")
        self._shown_error: ErrorReport | None = None
        self.frame = PageFrame(
            theme,
            "vision",
            left=self.images,
            middle=self._make_middle(),
            right=self.answer,
            verbs=self._make_verbs(),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.frame)
        self._connect()
        self._on_changed()

    def actions(self) -> list[Action]:
        """What can be done with images."""
        return [
            Action("vision.open", "Open images…", "File", self.open_images, "Ctrl+O", "images"),
            Action(
                "vision.folder",
                "Open a folder of images…",
                "File",
                self.open_folder,
                "Ctrl+Shift+O",
                "folder-open",
            ),
            Action("vision.model", "Open a model file…", "File", self.open_model, "Ctrl+Alt+O", "package"),
            Action(
                "vision.weights", "Load weights from a file…", "File", self.load_weights, "Ctrl+Alt+L", "download"
            ),
            Action(
                "vision.csv",
                "Save the answers as CSV…",
                "File",
                self.save_csv,
                "Ctrl+S",
                "save",
                is_enabled=self._has_answers,
            ),
            Action("vision.paste", "Paste an image", "Edit", self.paste, "Ctrl+V", "clipboard"),
            Action("vision.clear", "Forget all images", "Edit", self.presenter.clear, "Ctrl+Del", "trash-2"),
            Action("vision.fit", "Fit the picture", "View", self.picture.view.fit, "Ctrl+0", "maximize"),
            Action(
                "vision.code",
                "Show the code",
                "Run",
                self.show_code,
                "Ctrl+Shift+C",
                "code",
                is_enabled=self._is_open,
            ),
            Action("vision.export", "Open the model in Export", "Run", self.export, "Ctrl+Shift+E", "upload"),
        ]

    def drop_hint(self, paths: list[Path]) -> str:
        """Images and folders are asked about; a model's file is opened."""
        if not paths:
            return ""
        if len(paths) == 1 and paths[0].suffix.lower() in _MODEL_SUFFIXES:
            return f"Use the model {paths[0].name}"
        if len(paths) == 1:
            return f"Ask the model about {'the images in ' if paths[0].is_dir() else ''}{paths[0].name}"
        return f"Ask the model about these {len(paths)} files"

    def take_drop(self, paths: list[Path]) -> None:
        """Take in what was dropped."""
        self.notice.clear()
        if len(paths) == 1 and paths[0].suffix.lower() in _MODEL_SUFFIXES:
            self.presenter.load_weights(paths[0])
        else:
            self.presenter.add(paths)

    def open_images(self) -> None:
        """Choose images to ask about."""
        dialog = self._make_dialog("Open images", _IMAGES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._on_files_selected)
        dialog.open()

    def open_folder(self) -> None:
        """Choose a folder whose images to ask about."""
        dialog = self._make_dialog("Open a folder of images", "")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.filesSelected.connect(self._on_files_selected)
        dialog.open()

    def open_model(self) -> None:
        """Choose a file that holds a model."""
        dialog = self._make_dialog("Open a model file", _MODELS)
        dialog.fileSelected.connect(self._on_model_selected)
        dialog.open()

    def load_weights(self) -> None:
        """Choose a file with weights for the present model."""
        dialog = self._make_dialog("Load weights", _WEIGHTS)
        dialog.fileSelected.connect(self._on_weights_selected)
        dialog.open()

    def save_csv(self) -> None:
        """Choose where the table of answers goes."""
        dialog = self._make_dialog("Save the answers", "Tables (*.csv)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.selectFile("answers.csv")
        dialog.fileSelected.connect(self._on_csv_selected)
        dialog.open()

    def paste(self) -> None:
        """Take in the files or the picture on the clipboard."""
        self.take_mime(QGuiApplication.clipboard().mimeData())

    def take_mime(self, mime: QMimeData | None) -> None:
        """Take in files, or else a picture. An empty clipboard gives None on some systems."""
        paths = local_paths(mime) if mime is not None else []
        if paths:
            self.take_drop(paths)
        elif mime is not None and mime.hasImage():
            self._on_pictured(QImage(mime.imageData()))
        else:
            self.notice.show_message(
                "info", "There is no picture on the clipboard.", name="vision.nothing_to_paste"
            )

    def export(self) -> None:
        """Show the model in the Export tab."""
        self._services.open_in_export.emit(self.presenter.model)
        self._services.show_page.emit("export")

    def show_code(self) -> None:
        """Show what was done as a plain script."""
        try:
            script = self.presenter.script()
        except UserError as error:
            self.notice.show_report(report(error))
            return
        dialog = CodeDialog(
            self._services.theme,
            object_name="vision.code_dialog",
            words="This asks the same model about the same images: plain PyTorch, without the studio.",
            script=script,
            name="predict",
            parent=self,
        )
        dialog.setWindowTitle("The code of these answers")
        dialog.open()

    def _make_middle(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        inset = QVBoxLayout()
        inset.setContentsMargins(14, 4, 14, 0)
        inset.addWidget(self.notice)
        column.addLayout(inset)
        column.addWidget(self.picture, 1)
        return holder

    def _make_verbs(self) -> VerbBar:
        theme = self._services.theme
        verbs = VerbBar()
        self._open = Button(theme, "Open images…", "vision.open_images", icon="images")
        self._folder = Button(theme, "Open folder…", "vision.open_folder", icon="folder-open")
        self._code = Button(theme, "Code", "vision.code", icon="code", tool_tip="What was done, as a plain script")
        self._export = Button(theme, "Export this model", "vision.export", icon="upload")
        self._csv = Button(theme, "Save as CSV…", "vision.save_csv", icon="table")
        verbs.add(self._open, self._folder)
        verbs.add_at_end(self._export, self._code, self._csv)
        return verbs

    def _connect(self) -> None:
        presenter, zone = self.presenter, self.images.drop_zone
        zone.dropped.connect(self.take_drop)
        zone.pictured.connect(self._on_pictured)
        zone.open_wanted.connect(self.open_images)
        self.picture.open.clicked.connect(self.open_images)
        self._open.clicked.connect(self.open_images)
        self._folder.clicked.connect(self.open_folder)
        self._export.clicked.connect(self.export)
        self._code.clicked.connect(self.show_code)
        self._csv.clicked.connect(self.save_csv)
        self.bar.file_wanted.connect(self.open_model)
        self.bar.weights_wanted.connect(self.load_weights)
        self.notice.action_chosen.connect(self._on_action_chosen)
        presenter.changed.connect(self._on_changed)
        presenter.noticed.connect(self._on_noticed)
        self._services.open_in_vision.connect(presenter.choose_model)
        self._services.runs_changed.connect(self._on_runs_changed)

    def _make_dialog(self, title: str, filters: str) -> QFileDialog:
        dialog = QFileDialog(self, title)
        dialog.setObjectName("vision.dialog")
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        if filters:
            dialog.setNameFilter(filters)
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _is_open(self) -> bool:
        return self.presenter.opened is not None

    def _has_answers(self) -> bool:
        return bool(self.presenter.predictions)

    def _on_changed(self) -> None:
        self._csv.setEnabled(self._has_answers())
        self._code.setEnabled(self._is_open())
        error = self.presenter.missing_torch or self.presenter.error
        if error is self._shown_error:
            return  # a message that was dismissed stays away
        self._shown_error = error
        if error is not None:
            self.notice.show_report(error, _ACTION_TITLES.get(error.action or "", ""))
        else:
            self.notice.clear()

    def _on_noticed(self, title: str, text: str) -> None:
        self.notice.show_message("info", title, text, name="vision.noticed")

    def _on_action_chosen(self, action: str) -> None:
        verbs = {
            "vision.load_weights": self.load_weights,
            "vision.trust": self.presenter.trust,
            "vision.retry": self.presenter.retry,
        }
        if action in verbs:
            verbs[action]()

    def _on_pictured(self, image: QImage) -> None:
        image = image.convertToFormat(QImage.Format.Format_RGBA8888)
        if not image.isNull():
            self.notice.clear()
            self.presenter.keep(image.width(), image.height(), bytes(image.constBits()))

    def _on_files_selected(self, paths: list[str]) -> None:
        self.take_drop([Path(path) for path in paths])

    def _on_model_selected(self, path: str) -> None:
        self.presenter.choose_model(path)

    def _on_weights_selected(self, path: str) -> None:
        self.presenter.load_weights(Path(path))

    def _on_csv_selected(self, path: str) -> None:
        try:
            self.presenter.save_csv(Path(path))
        except UserError as error:
            self.notice.show_report(report(error))
        else:
            count = len(self.presenter.predictions)
            self._services.status(f"Saved {count} answer{'' if count == 1 else 's'} in {Path(path).name}")

    def _on_runs_changed(self) -> None:
        if self.isVisible():
            self.presenter.list_runs()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.presenter.list_runs()
