"""The state of trying a run's model: which run it is, what was asked, and what it said."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from studio.bridge.jobs import Job
from studio.spec.events import Ended, Event
from studio.spec.predictions import Label
from studio.spec.trying import NotTold, StopWriting, Told, TryPrompt, TryRequest, TryText, Written
from studio.ui.pages.training.live_run import LiveRun
from studio.ui.services import Services

_TASKS = ("classification", "language")
WAITS = "The run has no checkpoint yet. The first one comes after some seconds."


class TryPresenter(QObject):
    """Asks the best checkpoint of the run that trains, or trained last, about a text. The panel renders it."""

    changed = Signal()

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._job: Job | None = None
        self._ticket = 0
        self._run = ""
        self._checkpoints = 0
        self._text = ""
        self.task = ""
        self.labels: tuple[Label, ...] = ()
        self.written = ""
        self.is_writing = False
        self.step: int | None = None
        self.problem = ""

    @property
    def can_try(self) -> bool:
        """Whether the run has a checkpoint that can be asked."""
        return self._checkpoints > 0

    def begin(self) -> None:
        """Another run begins: what the one before said goes."""
        self._leave()
        self._run, self._checkpoints, self._text = "", 0, ""
        self.task = ""
        self.changed.emit()

    def show_run(self, run: LiveRun, task: str) -> None:
        """Take note of where the run stands; a text that was typed is asked again of a newer checkpoint."""
        takes_text = (run.about.get("input") or {}).get("kind") == "text" and task in _TASKS
        seen = (run.id, task if takes_text else "", len(run.checkpoints))
        if seen == (self._run, self.task, self._checkpoints):
            return
        self._run, self.task, self._checkpoints = seen
        if self.task == "classification" and self.can_try and self._text:
            self.ask(self._text)
        self.changed.emit()

    def ask(self, text: str) -> None:
        """Ask which class a text belongs to."""
        self._text = text
        if self.can_try:
            self._send(TryText(self._next(), text))

    def write(self, prompt: str, temperature: float) -> None:
        """Let the model go on with a text."""
        if not self.can_try:
            return
        ticket = self._next()
        self.written, self.is_writing = "", True
        self._send(TryPrompt(ticket, prompt, temperature, seed=ticket))
        self.changed.emit()

    def stop_writing(self) -> None:
        """Let the model write no further; what it wrote stays."""
        if self.is_writing:
            self._next()
            self._send(StopWriting())
            self.is_writing = False
            self.changed.emit()

    def _next(self) -> int:
        self._ticket += 1
        self.problem = ""
        return self._ticket

    def _send(self, message: TryText | TryPrompt | StopWriting) -> None:
        if self._job is None:
            request = TryRequest(str(self._services.workspace.root), self._run)
            self._job = self._services.host.start("try", request)
            self._job.received.connect(self._on_received)
            self._job.ended.connect(self._on_ended)
        self._job.send(message)

    def _leave(self) -> None:
        self._leave_job()
        self.labels, self.written, self.step, self.problem, self.is_writing = (), "", None, "", False

    def _leave_job(self) -> None:
        self._ticket += 1
        if self._job is not None:
            job, self._job = self._job, None
            job.received.disconnect(self._on_received)
            job.ended.disconnect(self._on_ended)
            job.abandon()

    def _on_received(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Told | Written | NotTold) and event.ticket == self._ticket:
                self._take(event)
        self.changed.emit()

    def _take(self, event: Told | Written | NotTold) -> None:
        if isinstance(event, NotTold):
            self.problem, self.is_writing = event.error.line(), False
            return
        self.step = event.step
        if isinstance(event, Told):
            self.labels = event.labels
        else:
            self.written += event.text
            self.is_writing = not event.is_last

    def _on_ended(self, ended: Ended) -> None:
        self._job = None
        self.is_writing = False
        if ended.error is not None:
            self.problem = ended.error.line()
        self.changed.emit()
