"""The state of the Vision tab: images, the model, and what it says about each of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QDateTime, QObject, Signal

from studio.bridge.jobs import Job
from studio.runs.index_job import ListRuns, RunsListed, ServeRuns
from studio.runs.row import RunRow
from studio.scripting.predicting import prediction_script
from studio.spec.errors import ErrorReport, UserError, report
from studio.spec.events import Ended, Event, Progressed
from studio.spec.model_names import holds_model
from studio.spec.model_ref import ModelRef
from studio.spec.pictures import (
    FindImages,
    ImagesFound,
    KeepPicture,
    PictureKept,
    PictureRead,
    ReadPicture,
    ServePictures,
)
from studio.spec.prediction_table import write_csv
from studio.spec.predictions import (
    Answered,
    ModelOpened,
    ModelRefused,
    Predict,
    Predicted,
    Prediction,
    VisionRequest,
)
from studio.ui.pages.vision.choices import FIRST, ModelChoice, as_reference, choices, task_of
from studio.ui.services import Services

State = Literal["idle", "opening", "answering", "ready", "refused"]


@dataclass
class GalleryItem:
    """An image and, once there is one, the answer for it."""

    path: str
    prediction: Prediction | None = None


class VisionPresenter(QObject):
    """Knows the images and their answers; starts the jobs and believes only the newest ticket."""

    changed = Signal()
    """The model, its state, or the progress."""
    models_changed = Signal()
    """What can be chosen."""
    items_reset = Signal()
    """Images came or went."""
    answered = Signal(list)
    """Indices of images that have an answer now, or none any more."""
    selection_changed = Signal()
    """Another image is looked at, or its answer came."""
    picture_read = Signal(object)
    """Pixels of an image (`PictureRead`)."""
    noticed = Signal(str, str)
    """Something to say that is no error of the model: title, text."""

    def __init__(self, services: Services, parent: QObject | None = None):
        super().__init__(parent)
        self._services = services
        self.task = "classify"
        self.model = FIRST["classify"]
        self.weights = ""
        self.models: list[ModelChoice] = choices("classify", ())
        self.state: State = "idle"
        self.opened: ModelOpened | None = None
        self.error: ErrorReport | None = None
        self.progress: Progressed | None = None
        self.items: list[GalleryItem] = []
        self.unread: list[Prediction] = []
        self.selected = -1
        self._rows: tuple[RunRow, ...] = ()
        self._trusts = False
        self._ticket = 0
        self._session: Job | None = None
        self._pictures: Job | None = None
        self._index: Job | None = None
        services.host.torch_changed.connect(self.changed)

    @property
    def current(self) -> GalleryItem | None:
        """The image that is looked at."""
        return self.items[self.selected] if 0 <= self.selected < len(self.items) else None

    @property
    def predictions(self) -> list[Prediction]:
        """The answers that there are, in the order of the images, and the images that were not read."""
        return [item.prediction for item in self.items if item.prediction] + self.unread

    @property
    def is_busy(self) -> bool:
        """Whether answers are still to come."""
        return self.state in ("opening", "answering")

    @property
    def missing_torch(self) -> ErrorReport | None:
        """Why nothing can be answered, where PyTorch is missing."""
        return self._services.host.torch_error if self._services.host.torch_state == "missing" else None

    @property
    def is_torch_loading(self) -> bool:
        """Whether the child that answers is not there yet."""
        return self._services.host.torch_state == "loading"

    def add(self, paths: Iterable[Path]) -> None:
        """Take in images, and the images of folders, and ask the model about them."""
        asked = tuple(str(path) for path in paths)
        if asked:
            self._pictures_job().send(FindImages(asked))
        if len(asked) == 1:
            self._services.opened.emit(asked[0])

    def keep(self, width: int, height: int, rgba: bytes) -> None:
        """Save pasted pixels in the workspace and take them in."""
        stamp = QDateTime.currentDateTime().toString("yyyy-MM-dd HH.mm.ss.zzz")
        path = self._services.workspace.root / "pasted" / f"pasted {stamp}.png"
        self._pictures_job().send(KeepPicture(str(path), width, height, rgba))

    def clear(self) -> None:
        """Forget all images; their files stay."""
        self.items, self.unread, self.selected = [], [], -1
        self._ticket += 1
        if self.is_busy:
            self._ask(())
        self.items_reset.emit()
        self.selection_changed.emit()
        self.changed.emit()

    def remove(self, index: int) -> None:
        """Forget one image; its file stays."""
        del self.items[index]
        self.selected = min(self.selected, len(self.items) - 1)
        self.items_reset.emit()
        self.selection_changed.emit()
        self.changed.emit()

    def select(self, index: int) -> None:
        """Look at another image."""
        if index != self.selected and -1 <= index < len(self.items):
            self.selected = index
            self.selection_changed.emit()

    def read_picture(self, path: str, side: int) -> None:
        """Ask for an image's pixels; `picture_read` brings them."""
        self._pictures_job().send(ReadPicture(path, side))

    def save_csv(self, path: Path) -> None:
        """Write all answers as a table.

        Raises:
            UserError: the file cannot be written.
        """
        write_csv(path, self.predictions)

    def script(self) -> str:
        """What was done as a plain PyTorch script; empty while no model is open.

        Raises:
            UserError: the model is a run that is gone.
        """
        if self.opened is None:
            return ""
        images = [item.path for item in self.items]
        return prediction_script(self.opened, images, workspace=self._services.workspace, weights=self.weights)

    def choose_model(self, text: str) -> None:
        """Use another model from now on, and ask it about all images."""
        ref = as_reference(text)
        if ref in (self.model, self.model.removesuffix("@best")) and not self.weights and self.state != "refused":
            return
        self._use(ref)

    def choose_task(self, task: str) -> None:
        """Classify, detect or segment; a model for it is chosen where the present one is made for another."""
        if task != self.task:
            self._use(FIRST[task])

    def load_weights(self, path: Path) -> None:
        """Use the present model with weights from a file; a model file is opened as it is."""
        if ModelRef.parse(self.model).kind in ("builtin", "torchvision") and not holds_model(path):
            self._use(self.model, weights=str(path))
        else:
            self._use(str(path))

    def trust(self) -> None:
        """Open the model file that was refused because it can run code."""
        self._use(self.model, trusts=True)

    def retry(self) -> None:
        """Try again what failed."""
        self._use(self.model, weights=self.weights, trusts=self._trusts)

    def list_runs(self) -> None:
        """Look which runs there are; `models_changed` follows."""
        if self._index is None:
            self._index = self._services.host.start("index", ServeRuns(self._services.workspace.root))
            self._index.received.connect(self._on_index)
            self._index.ended.connect(self._on_index_ended)
        self._index.send(ListRuns())

    def _use(self, ref: str, *, weights: str = "", trusts: bool = False) -> None:
        try:
            ref = str(ModelRef.parse(ref))  # a run without a point becomes its best, as the list has it
        except UserError as error:
            self._refuse(report(error))
            return
        self._ticket += 1  # what the session still tells is about the model before
        self.model, self.weights, self._trusts = ref, weights, trusts
        self._set_task(task_of(ref) or ("classify" if ref.startswith("run:") else self.task))
        self.opened = self.error = None
        for item in self.items:
            item.prediction = None
        self.answered.emit(list(range(len(self.items))))
        self.selection_changed.emit()
        self.state = "idle"
        self._ask_about_the_rest()
        self.changed.emit()

    def _set_task(self, task: str) -> None:
        if task != self.task:
            self.task = task
            self._list_choices()

    def _list_choices(self) -> None:
        self.models = choices(self.task, self._rows)
        self.models_changed.emit()

    def _ask_about_the_rest(self) -> None:
        paths = tuple(item.path for item in self.items if item.prediction is None)
        # A model that runs code or is downloaded is opened only for a reason: there are images to answer.
        if paths:
            self._ask(paths)

    def _ask(self, paths: tuple[str, ...]) -> None:
        self._ticket += 1
        if self._session is None:
            request = VisionRequest(str(self._services.workspace.root))
            self._session = self._services.host.start("vision", request)
            self._session.received.connect(self._on_session)
            self._session.ended.connect(self._on_session_ended)
        self.error = self.progress = None
        if paths:
            self.state = "opening" if self.opened is None else "answering"
        else:
            self.state = "idle"
        self._session.send(Predict(self._ticket, self.model, paths, weights=self.weights, trust=self._trusts))
        self.changed.emit()

    def _refuse(self, error: ErrorReport) -> None:
        if error.name == "model_file.code":
            error = replace(error, action="vision.trust")
        self.state, self.error, self.progress = "refused", error, None
        self.changed.emit()

    def _on_session(self, events: list[Event]) -> None:
        changed: list[int] = []
        places = {item.path: index for index, item in enumerate(self.items)}
        for event in events:
            if isinstance(event, Progressed):
                self.progress = event if self.is_busy else None
            elif getattr(event, "ticket", self._ticket) != self._ticket:
                continue  # told for a question that is no longer asked
            elif isinstance(event, ModelOpened):
                self.opened, self.state, self.progress = event, "answering", None
                self._set_task(event.task if event.task != "regress" else "classify")
            elif isinstance(event, ModelRefused):
                self._refuse(event.error)
            elif isinstance(event, Predicted):
                index = places.get(event.prediction.path)
                if index is not None:
                    self.items[index].prediction = event.prediction
                    changed.append(index)
            elif isinstance(event, Answered):
                self.state, self.progress = "ready", None
                self._services.status(_took(event))
        self._show_answers(changed)
        self.changed.emit()

    def _show_answers(self, changed: list[int]) -> None:
        failed = {index for index in changed if self._error_at(index)}
        if failed:
            self.unread += [prediction for index in sorted(failed) if (prediction := self.items[index].prediction)]
            before = self.current
            self.items = [item for index, item in enumerate(self.items) if index not in failed]
            kept = next((index for index, item in enumerate(self.items) if item is before), None)
            self.selected = kept if kept is not None else min(max(self.selected, 0), len(self.items) - 1)
            self.items_reset.emit()
            self.selection_changed.emit()
        elif changed:
            self.answered.emit(changed)
            if self.selected in changed:
                self.selection_changed.emit()

    def _error_at(self, index: int) -> bool:
        prediction = self.items[index].prediction
        return prediction is not None and prediction.error is not None

    def _on_session_ended(self, ended: Ended) -> None:
        if self.sender() not in (self._session, None):
            return
        self._session = None
        self.opened = None
        if ended.error is not None:
            self._refuse(replace(ended.error, action="vision.retry"))
        elif self.state != "refused":
            self.state = "idle"
            self.changed.emit()

    def _pictures_job(self) -> Job:
        if self._pictures is None:
            self._pictures = self._services.host.start("pictures", ServePictures())
            self._pictures.received.connect(self._on_pictures)
            self._pictures.ended.connect(self._on_pictures_ended)
        return self._pictures

    def _on_pictures(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, PictureRead):
                self.picture_read.emit(event)
            elif isinstance(event, ImagesFound):
                self._take_in(event)
            elif isinstance(event, PictureKept):
                if event.error:
                    self.noticed.emit("The pasted picture was not taken in.", event.error)
                else:
                    self._take_in(ImagesFound((event.path,), (event.path,)))

    def _take_in(self, found: ImagesFound) -> None:
        if not found.paths:
            names = ", ".join(Path(path).name for path in found.asked)
            self.noticed.emit(
                f"There is no image in {names}.", "Images are files such as .jpg, .png, .webp or .tif."
            )
            return
        here = {item.path: index for index, item in enumerate(self.items)}
        again = set(found.paths)
        self.unread = [prediction for prediction in self.unread if prediction.path not in again]
        self.items += [GalleryItem(path) for path in found.paths if path not in here]
        first = found.paths[0]
        self.selected = here.get(first, len(here))
        self.items_reset.emit()
        self.selection_changed.emit()
        self._ask_about_the_rest()
        self.changed.emit()

    def _on_pictures_ended(self, _: Ended) -> None:
        self._pictures = None

    def _on_index(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, RunsListed):
                self._rows = event.rows
                self._list_choices()

    def _on_index_ended(self, _: Ended) -> None:
        self._index = None


def _took(event: Answered) -> str:
    read = event.images - event.unread
    unread = f", {event.unread} not read" if event.unread else ""
    seconds = f"{event.seconds:.2f} s" if event.seconds < 10 else f"{event.seconds:.0f} s"
    return f"{read} image{'' if read == 1 else 's'} in {seconds}{unread}"
