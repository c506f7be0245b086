"""State of the Export tab: what is chosen, what runs, what came out. No widgets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.bridge.jobs import Job, JobHost
from studio.runs.index_job import ListRuns, RunsListed, ServeRuns
from studio.runs.row import RunRow
from studio.runs.workspace import Workspace
from studio.spec.errors import ErrorReport
from studio.spec.events import Ended, Event, Progressed
from studio.spec.exports import (
    DEFAULT_OPSET,
    FORMATS,
    Exported,
    ExportedFile,
    ExportRequest,
    FormatName,
    file_stem,
    format_info,
    is_file_name,
)
from studio.spec.model_names import BUILTIN
from studio.ui.pages.exporting.choices import (
    ModelChoice,
    choice_for,
    choices,
    has_published_weights,
    takes_weights,
)

WEIGHT_SUFFIXES = (".pth", ".safetensors")
MODEL_SUFFIXES = (".pt", ".pt2", *WEIGHT_SUFFIXES)


class ExportPresenter(QObject):
    """Fields that the page renders, and what the user can do with them.

    `changed` says that any field is another; `models_changed` that the list of models is.
    """

    changed = Signal()
    models_changed = Signal()

    def __init__(self, host: JobHost, workspace: Workspace, parent: QObject | None = None):
        super().__init__(parent)
        self._host = host
        self._workspace = workspace
        self._index: Job | None = None
        self._job: Job | None = None
        self._rows: tuple[RunRow, ...] = ()
        self._request: ExportRequest | None = None
        self._has_own_folder = False
        self.models: list[ModelChoice] = choices(())
        self.model = BUILTIN
        self.has_chosen_model = False
        self.formats: set[FormatName] = {"onnx", "torchscript", "pt2"}
        self.opset = DEFAULT_OPSET
        self.dynamic_batch = True
        self.measure = True
        self.pretrained = True
        self.weights = ""
        self.name = ""
        self.folder = str(self._default_folder())
        self.files: dict[FormatName, ExportedFile] = {}
        self.planned: tuple[FormatName, ...] = ()
        self.selected: FormatName | None = None
        self.exported_folder = self.folder
        self.progress = 0.0
        self.progress_text = ""
        self.error: ErrorReport | None = None
        self.question: tuple[str, ...] = ()
        self.attempts = 0
        self.outcome = ""
        self.eager_latency_ms: float | None = None
        host.torch_changed.connect(self.changed)

    # What is shown.

    @property
    def is_running(self) -> bool:
        """Whether an export is under way."""
        return self._job is not None

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._job is not None and self._job.is_stopping

    @property
    def choice(self) -> ModelChoice | None:
        """The model that is chosen; None where what was typed names none."""
        return choice_for(self.model, self.models)

    @property
    def about(self) -> str:
        """A line about the chosen model and its weights."""
        choice = self.choice
        if choice is None:
            return f"{self.model!r} names no model."
        return f"{choice.about} · weights of {Path(self.weights).name}" if self.weights else choice.about

    @property
    def can_choose_weights(self) -> bool:
        """Whether random weights are a choice for this model."""
        return has_published_weights(self.model) and not self.weights

    @property
    def blocked(self) -> str:
        """Why an export cannot start now; empty where it can."""
        if self._host.torch_state == "missing":
            return "PyTorch could not be loaded."
        if self.choice is None:
            return "Choose a model."
        if not self.formats:
            return "Choose at least one format."
        if not self.folder.strip():
            return "Choose a folder."
        if not is_file_name(self.name):
            return "A name must not hold / or \\."
        return ""

    @property
    def stem(self) -> str:
        """Name of the files where none is given."""
        return file_stem(self.model) if self.choice else "model"

    @property
    def file(self) -> ExportedFile | None:
        """The file whose proof is shown."""
        return self.files.get(self.selected) if self.selected else None

    @property
    def status(self) -> str:
        """One line about what goes on, or what came of it."""
        if self.is_running:
            return self.progress_text
        if self.blocked:
            return self.blocked
        if self._host.torch_state == "loading" and not self.outcome:
            return "Loading PyTorch…"
        return self.outcome

    @property
    def latency_text(self) -> str:
        """What stands where the latencies will be."""
        if self.is_running:
            return "Measured once all files are proven." if self.measure else "The speed is not measured."
        if any(file.is_good and format_info(file.format).engine for file in self.files.values()):
            return "The speed was not measured."
        return "Nothing to measure: none of the files holds a graph that runs by itself."

    def stage_of(self, name: FormatName) -> str:
        """What goes on with a format whose file is not there yet."""
        title, _, stage = self.progress_text.partition(": ")
        if not self.is_running:
            return "not exported"
        return stage if title == format_info(name).title and stage else "waiting"

    @property
    def request(self) -> ExportRequest:
        """What would be exported now."""
        return ExportRequest(
            model=self.model,
            formats=tuple(one.name for one in FORMATS if one.name in self.formats),
            folder=self.folder,
            name=self.name,
            opset=self.opset,
            dynamic_batch=self.dynamic_batch,
            workspace=str(self._workspace.root),
            weights=self.weights,
            pretrained=self.pretrained,
            measure=self.measure,
        )

    # What the user does.

    def set_model(self, text: str) -> None:
        """Choose a model by its reference."""
        self.has_chosen_model = True
        self._set_model(text)

    def take_file(self, path: str) -> None:
        """Use a file: weights for the chosen model where it holds only these, else as the model itself."""
        if Path(path).suffix.lower() in WEIGHT_SUFFIXES and takes_weights(self.model):
            self.has_chosen_model = True
            self.weights = path
            self._on_choice_changed()
        else:
            self.set_model(path)

    def set_format(self, name: FormatName, wanted: bool) -> None:
        """Export to a format, or not."""
        (self.formats.add if wanted else self.formats.discard)(name)
        self._on_choice_changed()

    def set_option(self, key: str, value: object) -> None:
        """Change `opset`, `dynamic_batch`, `measure`, `pretrained` or `name`."""
        setattr(self, key, value)
        self._on_choice_changed()

    def set_folder(self, folder: str) -> None:
        """Choose the folder; from then on it does not follow the model."""
        self._has_own_folder = bool(folder.strip())
        self.folder = folder if self._has_own_folder else str(self._default_folder())
        self._on_choice_changed()

    def select(self, name: FormatName) -> None:
        """Show the proof of a file."""
        if name != self.selected:
            self.selected = name
            self.changed.emit()

    def start(self) -> None:
        """Export what is chosen; where files would be replaced, ask first."""
        if self.is_running or self.blocked:
            return
        self._request = self.request
        there = tuple(path.name for path in self._request.existing())
        if there:
            self.error, self.question, self.outcome = None, there, ""
            self.attempts += 1
            self.changed.emit()
        else:
            self._run(self._request)

    def replace_files(self) -> None:
        """Export what was asked about, or refused because of files that are there: these are replaced."""
        if self._request is not None and not self.is_running:
            self._run(replace(self._request, overwrite=True))

    def start_only(self, name: FormatName) -> None:
        """Export to one format."""
        self.formats = {name}
        self.start()

    def stop(self) -> None:
        """End the export after the step that it is in."""
        if self._job is not None:
            self._job.stop()
            self.progress_text = "Stopping"
            self.changed.emit()

    def list_runs(self) -> None:
        """Ask for the runs of the workspace; the list of models follows."""
        if self._index is None:
            self._index = self._host.start("index", ServeRuns(self._workspace.root))
            self._index.received.connect(self._on_listed)
            self._index.ended.connect(self._on_index_ended)
        self._index.send(ListRuns())

    def _run(self, request: ExportRequest) -> None:
        self.error, self.question, self.outcome = None, (), ""
        self.attempts += 1
        self.files, self.selected, self.eager_latency_ms = {}, None, None
        self.planned, self.exported_folder = request.formats, request.folder
        self.progress, self.progress_text = 0.0, "Starting"
        self._job = self._host.start("export", request)
        self._job.received.connect(self._on_received)
        self._job.ended.connect(self._on_ended)
        self.changed.emit()

    # What comes back.

    def _on_listed(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, RunsListed):
                self._rows = event.rows
                self.models = choices(self._rows)
                if not self.has_chosen_model and self.models[0].ref != self.model and not self.is_running:
                    self._set_model(self.models[0].ref)
                self.models_changed.emit()

    def _on_index_ended(self, _: Ended) -> None:
        self._index = None

    def _on_received(self, events: list[Event]) -> None:
        if self.sender() is not self._job:
            return
        for event in events:
            if isinstance(event, Exported):
                self.files[event.file.format] = event.file
                self.eager_latency_ms = event.file.eager_latency_ms or self.eager_latency_ms
                self.selected = self.selected or event.file.format
            elif isinstance(event, Progressed):
                self.progress = event.done / event.total if event.total else 0.0
                self.progress_text = event.text if not self.is_stopping else "Stopping"
        self.changed.emit()

    def _on_ended(self, ended: Ended) -> None:
        if self.sender() is not self._job:
            return
        self._job = None
        self.error = ended.error
        self.outcome = _outcome(ended, list(self.files.values()))
        self.changed.emit()

    def _set_model(self, text: str) -> None:
        self.model, self.weights = text.strip(), ""
        if not self._has_own_folder:
            self.folder = str(self._default_folder())
        self._on_choice_changed()

    def _on_choice_changed(self) -> None:
        self.question = ()  # it was about other files
        self.changed.emit()

    def _default_folder(self) -> Path:
        return self._workspace.exports / self.stem


def _outcome(ended: Ended, files: list[ExportedFile]) -> str:
    good = sum(file.is_good for file in files)
    if ended.outcome == "failed":
        return "The export failed."
    bad = len(files) - good
    text = f"Exported {good} {'file' if good == 1 else 'files'}"
    text += f", {bad} failed" if bad else ""
    return f"Stopped. {text}." if ended.outcome == "stopped" else f"{text}."
