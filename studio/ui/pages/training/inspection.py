"""What is known of a specification before it is started: data, layers, and whether one batch can be trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from studio.bridge.jobs import Job
from studio.catalog.entries import Entry
from studio.catalog.shelf import entries
from studio.spec.estimate import Estimate
from studio.spec.events import Event
from studio.spec.inspecting import (
    AugmentSeen,
    DataSeen,
    Estimated,
    Inspect,
    Inspected,
    InspectRequest,
    LayerSeen,
    ModelSeen,
    Refused,
)
from studio.spec.run import Ingredient, RunSpec
from studio.ui.services import Services

_QUIET_MILLISECONDS = 400
"""A look begins once nothing was typed for so long."""


class Edited(Protocol):
    """The specification that is edited; `edited` and `changed` are signals."""

    edited: Any
    changed: Any
    spec: RunSpec | None
    tables: dict[str, Any]
    is_working: bool


class Inspection(QObject):
    """Sends each specification to the job "inspect", which stays; the newest one wins."""

    changed = Signal()

    def __init__(self, services: Services, presenter: Edited, parent: QObject) -> None:
        super().__init__(parent)
        self._host = services.host
        self._presenter = presenter
        self._job: Job | None = None
        self._ticket = 0
        self._spec: RunSpec | None = None
        self._data: Ingredient | None = None
        self._is_shown = False
        self.is_looking = False
        self.data: DataSeen | None = None
        self.model: ModelSeen | None = None
        self.augmented: AugmentSeen | None = None
        self.refused: Refused | None = None
        self.estimated: Estimate | None = None
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(_QUIET_MILLISECONDS)
        self._quiet.timeout.connect(self._look)
        presenter.edited.connect(self._on_edited)
        presenter.changed.connect(self._on_waiting)

    def set_shown(self, is_shown: bool) -> None:
        """Whether the page is in sight; nobody looks before it is."""
        self._is_shown = is_shown
        self.look_again()

    def look_again(self) -> None:
        """Look once more at what would fail: a file may be there now that was not before."""
        if self.refused is not None and self._is_shown:
            self._spec = self._data = None
        self._on_waiting()

    @property
    def is_current(self) -> bool:
        """Whether what is known is of the specification as it stands."""
        return self._spec is not None and self._spec == self._presenter.spec

    @property
    def augment(self) -> list[dict[str, Any]]:
        """What is done to each training image."""
        said = self._presenter.tables.get("augment") or ()
        return [dict(one) for one in said if isinstance(one, Mapping)]

    @property
    def dataset(self) -> Entry | None:
        """The data set that is named, where it is known."""
        name = (self._presenter.tables.get("data") or {}).get("name")
        return next((one for one in entries("dataset") if one.name == name), None)

    @property
    def model_has_layers(self) -> bool:
        """Whether the model is a list of layers."""
        return (self._presenter.tables.get("model") or {}).get("name") == "stack"

    @property
    def sample(self) -> tuple[tuple[int, ...], int, bool]:
        """Shape of one sample, numbers wanted of a model, whether they are tokens; empty and 0 where not known."""
        known, seen = self.dataset, self.data_in_sight
        is_tokens = known is not None and known.gives == "tokens"
        if known is not None and known.shape:
            return known.shape, known.answers, is_tokens
        return (seen.shape, seen.answers, is_tokens) if seen is not None else ((), 0, is_tokens)

    @property
    def data_in_sight(self) -> DataSeen | None:
        """What is known of the data that are specified."""
        said = self._presenter.tables.get("data")
        is_same = self._data is not None and said == self._data.model_dump()
        return self.data if is_same else None

    @property
    def reason_not_to_start(self) -> str:
        """Why a run would fail; "" where it is not known to."""
        return next(iter(self.errors.values()), "")

    @property
    def place_of_problem(self) -> tuple[str, str] | None:
        """Table and key of what would make a run fail."""
        return next(iter(self.errors), None)

    @property
    def errors(self) -> dict[tuple[str, str], str]:
        """What the look found wrong, by table and key; what only the look stumbled over keeps nobody."""
        if self.refused is None or not self.is_current or not self.refused.error.can_be_mended:
            return {}
        return {(self.refused.table, self.refused.key): self.refused.error.line()}

    @property
    def layers(self) -> tuple[LayerSeen, ...]:
        """The layers of the model that is specified, as far as one batch came through them."""
        if not self.is_current:
            return ()
        if self.model is not None:
            return self.model.layers
        return self.refused.layers if self.refused is not None else ()

    def _on_edited(self) -> None:
        spec = self._presenter.spec
        if spec == self._spec:
            return
        self._spec = None
        self._ticket += 1  # what is still told is of another specification
        self.is_looking = False
        self._quiet.stop()
        if spec is not None:
            self._quiet.start()
        self.changed.emit()

    def _on_waiting(self) -> None:
        if self._presenter.spec is not None and not self.is_current and not self._quiet.isActive():
            self._quiet.start()

    def _look(self) -> None:
        spec = self._presenter.spec
        if spec is None or self.is_current or not self._may_look():
            return
        if self._job is None or not self._job.is_running:
            self._job = self._host.start("inspect", InspectRequest())
            self._job.received.connect(self._on_received)
            self._job.ended.connect(self._on_ended)
            self._host.warm()  # a run should not wait for its child because of this one
        if spec.data != self._data:
            self.data, self._data = None, spec.data
        self._spec, self.is_looking = spec, True
        self.model = self.refused = self.estimated = None
        if not spec.augment:
            self.augmented = None
        self._ticket += 1
        self._job.send(Inspect(self._ticket, spec))
        self.changed.emit()

    def _may_look(self) -> bool:
        if not self._is_shown or self._host.is_closing or self._host.torch_state != "ready":
            return False
        # In one process, random numbers are shared with the run.
        return not (self._host.single_process and self._presenter.is_working)

    def _on_received(self, events: list[Event]) -> None:
        told = [event for event in events if getattr(event, "ticket", None) == self._ticket]
        for event in told:
            if isinstance(event, DataSeen):
                self.data = event
            elif isinstance(event, AugmentSeen):
                self.augmented = event
            elif isinstance(event, ModelSeen):
                self.model = event
            elif isinstance(event, Estimated):
                self.estimated = event.estimate
            elif isinstance(event, Refused):
                self.refused = event
            elif isinstance(event, Inspected):
                self.is_looking = False
        if told:
            self.changed.emit()

    def _on_ended(self) -> None:
        # Killed, or the window closes: a run may be started all the same.
        self._job = None
        self.is_looking = False
        self.changed.emit()
