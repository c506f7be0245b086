"""The state of the Train tab: the specification that is being edited, and the run that trains."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from studio.bridge.jobs import Job
from studio.catalog.checking import build_spec
from studio.catalog.modules import starting_layers
from studio.catalog.recipes import recipe, recipes
from studio.catalog.shelf import entry
from studio.runs.atomic import write_text
from studio.runs.folder import RunFolder
from studio.runs.metrics import read_metrics
from studio.spec.errors import ErrorReport, UserError, report
from studio.spec.events import (
    Changed,
    Checkpointed,
    Ended,
    Event,
    Measured,
    Paused,
    Pictured,
    Progressed,
    Resumed,
    Started,
    Warned,
)
from studio.spec.quantities import read_number
from studio.spec.run import RunSpec, read_tables
from studio.spec.training import TrainRequest
from studio.ui.pages.training.fields import (
    KINDS,
    MODELS,
    TableFields,
    Tables,
    field_errors,
    place_of,
    table_fields,
)
from studio.ui.pages.training.inspection import Inspection
from studio.ui.pages.training.live_run import LiveRun, metric_for
from studio.ui.services import Services
from studio.ui.widgets.field_text import UNSET

State = Literal["idle", "starting", "running", "pausing", "paused", "stopping", "finished", "stopped", "failed"]
WORKING = ("starting", "running", "pausing", "paused", "stopping")
_FIRST_RECIPE = "digits-cnn"
_LARGEST_HISTORY = 4_000_000
"""Bytes of curves that are read again at once when a run goes on; longer ones are seen in Runs."""


class TrainPresenter(QObject):
    """What is edited and what runs. The page renders it and calls its methods."""

    edited = Signal()
    """The specification, or what is wrong with it, changed."""
    changed = Signal()
    """The run, its state or its numbers changed."""
    began = Signal()
    """A run begins: curves and pictures of the one before go."""
    measured = Signal(dict)
    """New points of curves, by name."""
    pictured = Signal(str, dict)
    """A picture by name, as plain data."""
    warned = Signal(str, str)
    """Name and text of something that the user should know."""

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._job: Job | None = None
        self._recipe: str | None = None
        self.source = ""
        self.loads = 0
        """How often a specification was begun anew; what was edited before is none of it."""
        self.tables: Tables = {}
        self.fields: dict[str, TableFields] = {}
        self.errors: dict[tuple[str, str], str] = {}
        self.spec: RunSpec | None = None
        self.problem: UserError | None = None
        self.state: State = "idle"
        self.run = LiveRun(metric_for("classification"))
        self.run_spec: RunSpec | None = None
        self.ended: Ended | None = None
        self.look = Inspection(services, self, self)
        services.host.torch_changed.connect(self.changed)
        self.look.changed.connect(self.changed)

    @property
    def is_loaded(self) -> bool:
        """Whether there is a specification to edit."""
        return bool(self.tables)

    def load_first(self) -> None:
        """Begin with a recipe, unless there is a specification already.

        Not done when the presenter is made: reading what the installed torch offers takes a tenth of
        a second, which the window's first paint should not wait for.
        """
        if not self.is_loaded:
            names = [one.name for one in recipes()]
            self.choose_recipe(_FIRST_RECIPE if _FIRST_RECIPE in names else names[0])

    @property
    def recipe(self) -> str | None:
        """The recipe that the specification started from; None where it came from a file without one."""
        return self._recipe

    @property
    def is_changed(self) -> bool:
        """Whether the specification is not just its recipe any more."""
        return self._recipe is not None and self.spec != build_spec({"recipe": self._recipe})

    @property
    def is_working(self) -> bool:
        """Whether a run is at work."""
        return self.state in WORKING

    @property
    def place_of_problem(self) -> tuple[str, str] | None:
        """Table and key of the value that keeps the specification from running."""
        return place_of(self.problem) if self.problem else self.look.place_of_problem

    @property
    def reason_not_to_start(self) -> str:
        """Why Start is disabled; "" when it is not."""
        if self.is_working:
            return "A run is at work."
        if self._services.host.torch_state == "missing":
            error = self._services.host.torch_error
            return error.line() if error else "PyTorch could not be loaded."
        place = self.place_of_problem
        return self.errors[place] if place in self.errors else str(self.problem or self.look.reason_not_to_start)

    def set_augment(self, items: list[dict[str, Any]]) -> None:
        """Change what is done to each training image."""
        rest = {key: value for key, value in self.tables.items() if key != "augment"}
        self.tables = {**rest, "augment": items} if items else rest
        self._check()

    def choose_recipe(self, name: str) -> None:
        """Begin anew from a recipe."""
        self._load({**recipe(name).tables, "recipe": name}, "")

    def use_tables(self, tables: Mapping[str, Any], source: str) -> None:
        """Begin anew from the tables of a specification that are called `source`."""
        self._load(tables, source)

    def open_file(self, path: Path) -> None:
        """Begin anew from a specification's file.

        Raises:
            UserError: the file cannot be read, is not TOML, or is no specification.
        """
        self._load(build_spec(read_tables(path)).as_tables(), path.name)
        self._services.opened.emit(str(path))

    def save_file(self, path: Path) -> None:
        """Write the specification as TOML.

        Raises:
            UserError: something is wrong with the specification, or the file cannot be written.
        """
        if self.spec is None:
            raise self.problem or UserError("spec.missing", "There is no specification to save.")
        try:
            write_text(path, self.spec.as_toml())
        except OSError as error:
            raise UserError("spec.not_saved", f"{path} could not be saved: {error.strerror}.") from error

    def set_value(self, table: str, key: str, value: object) -> None:
        """Change one value; UNSET goes back to the default. A changed name brings that ingredient's own fields."""
        if key == "name" and table in KINDS:
            self._choose_ingredient(table, value)
            return
        values = dict(self.tables.get(table, {}))
        if value is UNSET:
            values.pop(key, None)
        else:
            values[key] = value
        self.tables = {**self.tables, table: values}
        self._check()

    def start(self) -> None:
        """Train what is specified, as a new run. Does nothing while a run is at work."""
        self.load_first()
        if self.reason_not_to_start or self.spec is None:
            return
        self._begin(self.spec, None)

    def resume_run(self, run_id: str) -> None:
        """Go on with a run of the workspace from its last checkpoint."""
        if self.is_working:
            self.warned.emit("train.busy", "A run is at work: stop it before going on with another one.")
            return
        try:
            folder = RunFolder.open(self._services.workspace, run_id)
            spec = folder.read_spec()
            self._load(spec.as_tables(), folder.id)
            history = self._history(folder)
        except (UserError, OSError) as error:
            self._services.report(report(error))
            return
        self._begin(spec, folder.id)
        if history:
            self._on_measured(history)
            self.changed.emit()

    def pause(self) -> None:
        """Let the run wait after its present step."""
        if self._job is not None and self.state == "running":
            self._job.pause()
            self._set_state("pausing")

    def resume(self) -> None:
        """Let a paused run go on."""
        if self._job is not None and self.state in ("pausing", "paused"):
            self._job.resume()
            self._set_state("running")

    def stop(self) -> None:
        """End the run after its present step; what it has learnt is kept."""
        if self._job is not None and self.is_working and self.state != "stopping":
            self._job.stop()
            self._set_state("stopping")

    def change_learning_rate(self, text: str) -> str:
        """Ask the run for another learning rate; returns why that cannot be, "" where it can."""
        try:
            value = read_number(text)
        except ValueError:
            return f"{text!r} is not a number."
        if not 0 < value < float("inf"):
            return "The learning rate must be above 0."
        if self._job is None or self.state not in ("running", "pausing", "paused"):
            return "No run is at work."
        self._job.change("optimizer.lr", value)
        return ""

    def script(self) -> str:
        """The plain PyTorch script of the run that is shown, or of the specification as it stands.

        Raises:
            UserError: something is wrong with the specification.
        """
        from studio.scripting.training import training_script

        if self.run.folder and self.spec == self.run_spec:
            path = Path(self.run.folder) / "script.py"
            if path.is_file():
                return path.read_text(encoding="utf-8")
        if self.spec is None:
            raise self.problem or UserError("spec.missing", "There is no specification yet.")
        return training_script(self.spec)

    def report(self) -> ErrorReport | None:
        """The error that ended the run, where one did."""
        return self.ended.error if self.ended else None

    def _load(self, tables: Mapping[str, Any], source: str) -> None:
        found = {key: value for key, value in tables.items() if key != "about"}
        self._recipe = found.pop("recipe", None)
        self.source = source
        self.loads += 1
        self.tables = found
        self._lay_out(*KINDS, *MODELS)
        self._check()

    def _lay_out(self, *tables: str) -> None:
        task = str(self.tables.get("task", "classification"))
        dataset = str((self.tables.get("data") or {}).get("name", ""))
        laid_out = {table: table_fields(table, self.tables.get(table) or {}, task, dataset) for table in tables}
        self.fields = {**self.fields, **laid_out}

    def _choose_ingredient(self, table: str, name: object) -> None:
        tables = dict(self.tables)
        if name is UNSET:
            tables.pop(table, None)
        else:
            # A learning rate means much the same for most optimizers, so it is kept.
            old = tables.get(table, {})
            known = entry(KINDS[table], str(name)).parameters
            kept = {key: old[key] for key in ("lr", "weight_decay") if key in old}
            if name == "stack" and table == "model":
                kept["layers"] = starting_layers(self.look.dataset.gives if self.look.dataset else "")
            tables[table] = {"name": name, **{one.name: kept[one.name] for one in known if one.name in kept}}
        self.tables = tables
        self._lay_out(table)
        self._check()

    def _check(self) -> None:
        self.errors = field_errors(self.tables)
        self.spec, self.problem = None, None
        try:
            self.spec = build_spec(self.tables)
            if self._recipe is not None:
                self.spec = self._with_recipe(self.spec, self._recipe)
        except UserError as error:
            self.problem = error
            place = place_of(error)
            if place is not None:
                self.errors.setdefault(place, str(error))
        self.edited.emit()
        self.changed.emit()

    def _with_recipe(self, spec: RunSpec, name: str) -> RunSpec:
        """The specification with its recipe's name, unless reading it back would bring back what was taken out."""
        named = build_spec({**self.tables, "recipe": name})
        return named if named.model_copy(update={"recipe": None}) == spec else spec

    def _begin(self, spec: RunSpec, resume: str | None) -> None:
        if self._job is not None:
            self._job.received.disconnect(self._on_received)
            self._job.ended.disconnect(self._on_ended)
        self.run = LiveRun(metric_for(spec.task))
        self.run_spec, self.ended = spec, None
        request = TrainRequest(None if resume else spec, str(self._services.workspace.root), resume, report=True)
        self.began.emit()
        self._job = self._services.host.start("train", request)
        self._job.received.connect(self._on_received)
        self._job.ended.connect(self._on_ended)
        self._set_state("starting")

    def _set_state(self, state: State) -> None:
        self.state = state
        self.changed.emit()

    def _on_received(self, events: list[Event]) -> None:
        for event in events:
            self._take(event)
        self.changed.emit()

    def _take(self, event: Event) -> None:
        if isinstance(event, Measured):
            self._on_measured(event)
        elif isinstance(event, Progressed):
            self.run.progress = event
        elif isinstance(event, Pictured):
            self.pictured.emit(event.name, event.data)
        elif isinstance(event, Started):
            self._on_started(event)
        elif isinstance(event, Checkpointed):
            self.run.checkpoints.append(event.step)
        elif isinstance(event, Warned):
            self.warned.emit(event.name, event.text)
        elif isinstance(event, Changed):
            self._services.status(f"{event.key} is {event.value:g} from step {event.step + 1} on")
        elif isinstance(event, Paused):
            self.state = "paused" if self.state == "pausing" else self.state
        elif isinstance(event, Resumed) and self.state != "stopping":
            self.state = "running"

    def _on_started(self, event: Started) -> None:
        self.run.about = event.about
        self.run.metric = metric_for(
            self.run_spec.task if self.run_spec else "", str(event.about.get("metric", ""))
        )
        if self.state == "starting":
            self.state = "running"
        self._services.runs_changed.emit()

    def _on_measured(self, event: Measured) -> None:
        self.run.measure(event)
        self.measured.emit(event.series)

    def _on_ended(self, ended: Ended) -> None:
        self.ended = ended
        self.run.has_ended = True
        self.run.about = {
            **self.run.about,
            **{key: ended.result[key] for key in ("run", "folder") if key in ended.result},
        }
        self._set_state(ended.outcome)
        self._services.runs_changed.emit()

    def _history(self, folder: RunFolder) -> Measured | None:
        if not folder.metrics_path.is_file() or folder.metrics_path.stat().st_size > _LARGEST_HISTORY:
            return None
        return Measured(read_metrics(folder.metrics_path))
