"""The Train tab: recipe and fields at the left, curves in the middle, what they mean at the right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from studio.catalog.recipes import recipes
from studio.spec.errors import UserError, report
from studio.spec.quantities import duration
from studio.ui.pages.training.data_dialog.opening import OwnData, is_data
from studio.ui.pages.training.gallery import Gallery
from studio.ui.pages.training.panels.curves_panel import CurvesPanel
from studio.ui.pages.training.panels.meaning_panel import MeaningPanel
from studio.ui.pages.training.panels.setup_panel import SetupPanel
from studio.ui.pages.training.panels.try_panel import TryPanel
from studio.ui.pages.training.panels.verbs import TrainVerbs
from studio.ui.pages.training.presenter import TrainPresenter
from studio.ui.pages.training.trying import TryPresenter
from studio.ui.services import Services
from studio.ui.shell.actions import Action
from studio.ui.widgets.code_dialog import CodeDialog
from studio.ui.widgets.layout import PageFrame

_AFTER_FIRST_PAINT_MILLISECONDS = 300
_TOML = "Specifications (*.toml)"


class TrainingPage(QWidget):
    """Renders the presenter; all that a person does here goes to it."""

    title = "Train"
    icon_name = "chart-spline"

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("train")
        self.setAccessibleName("Train")
        self._services = services
        self.presenter = TrainPresenter(services, self)
        self._setup = SetupPanel(services.theme, self.presenter)
        self._curves = CurvesPanel(services.theme)
        self._trying = TryPresenter(services, self)
        self._meaning = MeaningPanel(services.theme, TryPanel(services.theme, self._trying))
        self._verbs = TrainVerbs(services, self.presenter)
        self._data = OwnData(services, self)
        self._shown_state = ""
        frame = PageFrame(
            services.theme,
            "train",
            left=self._setup,
            middle=self._curves,
            right=self._meaning,
            verbs=self._verbs,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(frame)
        self._connect()
        self._on_changed()
        QTimer.singleShot(0, self, self._load_later)

    def actions(self) -> list[Action]:
        """What can be done on this page."""
        presenter = self.presenter
        return [
            Action(
                "train.start",
                "Start training",
                "Run",
                presenter.start,
                "Ctrl+Return",
                "play",
                "train",
                self._can_start,
            ),
            Action(
                "train.pause",
                "Pause or resume",
                "Run",
                self._on_pause_or_resume,
                "Ctrl+P",
                "pause",
                "train",
                self._works,
            ),
            Action("train.stop", "Stop and keep", "Run", presenter.stop, "Ctrl+.", "square", "train", self._works),
            Action(
                "train.open_spec", "Open a specification…", "File", self._on_open, "Ctrl+O", "folder-open", "train"
            ),
            Action(
                "train.data", "Train on your data…", "File", self._data.ask_for_file, "Ctrl+I", "database", "train"
            ),
            Action("train.save_spec", "Save the specification…", "File", self._on_save, "Ctrl+S", "save", "train"),
            Action("train.gallery", "Choose a recipe…", "File", self._on_gallery, "Ctrl+G", "images", "train"),
            Action("train.code", "Show the code", "View", self._on_code, "Ctrl+E", "code", "train"),
            Action(
                "train.export",
                "Export the run…",
                "Run",
                self._on_export,
                "Ctrl+Shift+E",
                "upload",
                "train",
                self._has_run,
            ),
        ]

    def drop_hint(self, paths: list[Path]) -> str:
        """What a drop would do here; "" where it would do nothing."""
        if _is_specification(paths):
            return f"Open {paths[0].name} as the specification"
        return f"Look at {paths[0].name}, and train on it" if is_data(paths) else ""

    def take_drop(self, paths: list[Path]) -> None:
        """Open the dropped specification, or look at the dropped data."""
        if _is_specification(paths):
            self.open_specification(paths[0])
        elif is_data(paths):
            self._data.open(paths[0])

    def open_specification(self, path: Path) -> None:
        """Show a specification's file in the fields; what is wrong with it is said."""
        try:
            self.presenter.open_file(path)
        except UserError as error:
            self._curves.notice.show_report(report(error))
        else:
            self._curves.notice.clear()

    def _connect(self) -> None:
        presenter, services = self.presenter, self._services
        presenter.edited.connect(self._setup.show_specification)
        presenter.look.changed.connect(self._setup.show_specification)
        presenter.changed.connect(self._on_changed)
        presenter.began.connect(self._on_began)
        presenter.measured.connect(self._on_measured)
        presenter.pictured.connect(self._on_pictured)
        presenter.warned.connect(self._meaning.warn)
        self._setup.open_asked.connect(self._on_open)
        self._setup.save_asked.connect(self._on_save)
        self._setup.file_asked.connect(self._data.ask_for_file)
        self._setup.folder_asked.connect(self._data.ask_for_folder)
        self._data.used.connect(self._on_data_used)
        self._setup.gallery_asked.connect(self._on_gallery)
        self._curves.rate_asked.connect(self._on_rate_asked)
        self._meaning.show_run_button.clicked.connect(self._on_show_run)
        self._verbs.code.clicked.connect(self._on_code)
        self._verbs.export.clicked.connect(self._on_export)
        self._verbs.vision.clicked.connect(self._on_vision)
        services.resume_run.connect(presenter.resume_run)

    def _load_later(self) -> None:
        # Counted from when the event loop turns, not from when the page is made: that may be long before.
        QTimer.singleShot(_AFTER_FIRST_PAINT_MILLISECONDS, self, self.presenter.load_first)

    def _on_changed(self) -> None:
        presenter = self.presenter
        self._verbs.show_state()
        self._curves.show_run(presenter.run, is_working=presenter.is_working)
        seconds = presenter.ended.result.get("seconds") if presenter.ended else None
        if presenter.state != self._shown_state:
            self._shown_state = presenter.state
            self._setup.show_run()
            self._curves.show_metric(presenter.run)
            self._on_state_changed(seconds)
        self._meaning.show_run(presenter.run, presenter.state, seconds)
        self._trying.show_run(presenter.run, presenter.run_spec.task if presenter.run_spec else "")

    def _on_state_changed(self, seconds: float | None) -> None:
        presenter, notice = self.presenter, self._curves.notice
        error = presenter.report()
        if presenter.state == "failed" and error is not None:
            notice.show_report(error)
        elif presenter.state in ("finished", "stopped") and presenter.run.id:
            value, best, _ = presenter.run.metric_tile()
            after = f" after {duration(seconds)}" if seconds is not None else ""
            words = [f"{presenter.run.metric.phrase} {value}" if value != "–" else "", best]
            said = ", ".join(word for word in words if word)
            notice.show_message(
                "good" if presenter.state == "finished" else "info",
                f"Run {presenter.run.id} {presenter.state}{after}{f': {said}' if said else ''}.",
                "Take it further with Export or Vision." if presenter.run.checkpoints else "",
                name=f"train.{presenter.state}",
            )

    def _on_began(self) -> None:
        spec = self.presenter.run_spec
        task = spec.task if spec else "classification"
        self._curves.begin(self.presenter.run, task)
        self._meaning.begin(task)
        self._trying.begin()

    def _on_measured(self, series: dict[str, Any]) -> None:
        self._curves.extend(series, self.presenter.run)

    def _on_pictured(self, name: str, data: dict[str, Any]) -> None:
        if name == "confusion":
            self._meaning.show_confusion(data, self.presenter.run.tested_epoch)
        elif name == "worst":
            self._meaning.show_worst(data)
        else:
            self._curves.show_picture(name, data)
            self._meaning.show_picture(name, data)

    def _on_rate_asked(self, text: str) -> None:
        self._curves.show_rate_error(self.presenter.change_learning_rate(text))

    def _on_show_run(self) -> None:
        self._services.open_run.emit(self.presenter.run.id)

    def _on_export(self) -> None:
        self._services.open_in_export.emit(f"run:{self.presenter.run.id}@best")

    def _on_vision(self) -> None:
        self._services.open_in_vision.emit(f"run:{self.presenter.run.id}@best")

    def _on_pause_or_resume(self) -> None:
        if self.presenter.state in ("pausing", "paused"):
            self.presenter.resume()
        else:
            self.presenter.pause()

    def _on_open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a specification", "", _TOML)
        if path:
            self.open_specification(Path(path))

    def _on_data_used(self, tables: dict[str, Any], name: str) -> None:
        self.presenter.use_tables(tables, name)
        self._curves.notice.clear()
        self._services.status(f"{name} is ready to train on")

    def _on_gallery(self) -> None:
        gallery = Gallery(self._services.theme, recipes(), self)
        gallery.chosen.connect(self.presenter.choose_recipe)
        gallery.open()

    def _on_save(self) -> None:
        name = f"{self.presenter.recipe or 'run'}.toml"
        path, _ = QFileDialog.getSaveFileName(self, "Save the specification", name, _TOML)
        if not path:
            return
        try:
            self.presenter.save_file(Path(path))
        except UserError as error:
            self._curves.notice.show_report(report(error))
        else:
            self._services.status(f"Saved {Path(path).name}")

    def _on_code(self) -> None:
        try:
            script = self.presenter.script()
        except (UserError, OSError) as error:
            self._curves.notice.show_report(report(error))
            return
        name = self.presenter.run.id or self.presenter.recipe or "run"
        dialog = CodeDialog(
            self._services.theme,
            object_name="train.code_dialog",
            words="What Start does, as plain PyTorch: it runs without the studio and gives the same numbers.",
            script=script,
            name=name,
            parent=self,
        )
        dialog.open()

    def _can_start(self) -> bool:
        return not self.presenter.reason_not_to_start

    def _works(self) -> bool:
        return self.presenter.is_working

    def _has_run(self) -> bool:
        return bool(self.presenter.run.checkpoints)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.presenter.look.look_again()
        super().changeEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.presenter.look.set_shown(False)
        super().hideEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        self.presenter.look.set_shown(True)
        # After this paint: reading what torch offers takes a tenth of a second and more.
        QTimer.singleShot(0, self, self.presenter.load_first)
        super().showEvent(event)


def _is_specification(paths: list[Path]) -> bool:
    return len(paths) == 1 and paths[0].suffix.lower() == ".toml"
