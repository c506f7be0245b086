"""What the Autograd tab knows: the snippet, its run, the recording, and the moment that is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from studio.bridge.jobs import Job, JobHost
from studio.spec.errors import ErrorReport, UserError, report
from studio.spec.events import Ended, Event
from studio.spec.gradient_check import Checked
from studio.spec.recording import GraphNode, Moment, Place, Recorded, Recording, SnippetError, SnippetRequest
from studio.ui.pages.autograd.draft import Draft, keep_draft, read_draft
from studio.ui.pages.autograd.source_file import (
    Lesson,
    SourceFile,
    lessons,
    literals,
    read_source,
    with_literal,
    write_source,
)
from studio.ui.pages.autograd.source_file import (
    Literal as LeafLiteral,
)
from studio.ui.pages.autograd.view_state import PassView

RunState = Literal["idle", "queued", "running", "checking", "stopping"]
_TIME_LIMIT = 30.0
_DRAFT_MILLISECONDS = 800


class AutogradPresenter(QObject):
    """State without widgets. Signals say which part of it the page draws anew."""

    opened = Signal(str)
    """A file of the user's is in the editor now."""
    changed = Signal()
    """Run state, file, lesson or message."""
    text_replaced = Signal(str, bool)
    """The editor shall show this text; the flag says whether Undo shall take it back."""
    recorded = Signal()
    """There is another recording, or another pass of it is looked at."""
    moved = Signal()
    """Another moment or another card is looked at."""

    check_ended = Signal()
    """There is another check of the gradients, or none any more."""

    def __init__(self, host: JobHost, draft: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.host = host
        self._job: Job | None = None
        self._is_wanted_again = False
        self._is_recorded = False
        self._asked_text = self._recorded_text = ""
        self._lesson_texts: dict[int, str] = {}
        self._keeps_place = False
        self.lessons: list[Lesson] = lessons()
        self.lesson = 0
        self.source: SourceFile | None = None
        self.text = self.lessons[0].code
        self.state: RunState = "idle"
        self.recording: Recording | None = None
        self.checked: Checked | None = None
        self.error: ErrorReport | None = None
        self.error_line: int | None = None
        self.view: PassView | None = None
        self.position = 0
        self.selected = -1
        self.draft = draft
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_DRAFT_MILLISECONDS)
        self._rest.timeout.connect(self.keep_draft)
        self._restore()
        host.torch_changed.connect(self._on_torch_changed)

    @property
    def is_modified(self) -> bool:
        """Whether the editor holds something else than the file or the lesson."""
        return self.text != (self.source.text if self.source else self.lessons[self.lesson].code)

    @property
    def needs_saving(self) -> bool:
        """Whether changes to a user's file would be lost by opening something else."""
        return self.source is not None and self.is_modified

    @property
    def title(self) -> str:
        """What is in the editor: the file's name or the lesson's title."""
        return self.source.path.name if self.source else self.lessons[self.lesson].title

    @property
    def can_check(self) -> bool:
        """Whether the gradients can be checked now."""
        return self.state == "idle" and self.host.torch_state == "ready" and not self.host.is_closing

    @property
    def is_loading(self) -> bool:
        """Whether PyTorch is not there yet."""
        return self.host.torch_state == "loading"

    def set_text(self, text: str) -> None:
        """The user edited the snippet; what is shown belongs to the old text until it runs again."""
        if text != self.text:
            self._rest.start()
            was_modified, was_recorded = self.is_modified, self._is_text_recorded
            self.text = text
            if was_recorded != self._is_text_recorded:
                self.moved.emit()  # marks belong to the recorded text alone
            if self.error_line is not None or was_modified != self.is_modified:
                self.error_line = None
                self.changed.emit()

    def keep_draft(self) -> None:
        """Keep what is not saved for the next start, whatever happens to this one."""
        file = str(self.source.path) if self.source else ""
        keep_draft(self.draft, Draft(file, self.lesson, self.text) if self.is_modified else None)

    def open_lesson(self, index: int) -> None:
        """Show a lesson, with the changes made to it before, if any."""
        if self.source is None:
            self._lesson_texts[self.lesson] = self.text
        self.lesson, self.source = index, None
        self._show_text(self._lesson_texts.get(index, self.lessons[index].code))

    def reset_lesson(self) -> None:
        """Show a lesson as it ships; Undo brings the changes back."""
        self.text = self.lessons[self.lesson].code
        self.text_replaced.emit(self.text, True)
        self.changed.emit()

    def open_file(self, path: Path) -> None:
        """Show a file. Where that fails the message says why, and all stays as it was."""
        try:
            source = read_source(path)
        except UserError as error:
            self._fail(report(error))
            return
        if self.source is None:
            self._lesson_texts[self.lesson] = self.text
        self.source = source
        self.opened.emit(str(path))
        self._show_text(source.text)

    def save(self, path: Path | None = None) -> bool:
        """Write the text into its file, or into another one; False where that failed."""
        if path is not None:
            base = SourceFile(path, self.text)
        elif self.source is not None:
            base = replace(self.source, text=self.text)
        else:
            return False
        try:
            write_source(base)
        except UserError as error:
            self._fail(report(error))
            return False
        if self.source is None:
            self._lesson_texts.pop(self.lesson, None)
        self.source, self.error = base, None
        self.keep_draft()
        self.changed.emit()
        return True

    def literals(self) -> list[LeafLiteral]:
        """The leaves whose number can be changed in the text."""
        return literals(self.text)

    def set_leaf(self, name: str, value: float) -> None:
        """Write another number for a leaf into the text, and run it again."""
        found = next((literal for literal in self.literals() if literal.name == name), None)
        if found is None or found.value == value:
            return
        self.text = with_literal(self.text, found, value)
        self.text_replaced.emit(self.text, True)
        self._rest.start()
        self._keeps_place = True
        self.run()

    def run(self) -> None:
        """Run and record the snippet; as soon as PyTorch is there, or the run before has ended."""
        if self.host.is_closing:
            return
        if self._job is not None:
            self._is_wanted_again = True
            return
        if self.host.torch_state == "loading":
            self.host.warm()
            self._set_state("queued")
            return
        self._start("record")
        self._set_state("running")

    def check(self) -> None:
        """Compare the gradients with finite differences; the snippet runs many times, up to its backward."""
        if self.can_check:
            self._start("check")
            self._set_state("checking")

    def stop(self) -> None:
        """End the run; what it recorded is kept where it can still tell."""
        self._is_wanted_again = False
        if self._job is not None:
            self._job.stop()
            self._set_state("stopping")
        elif self.state == "queued":
            self._set_state("idle")

    def choose_pass(self, number: int) -> None:
        """Look at another pass of the recording, at its end."""
        if self.recording is None or not 0 <= number < len(self.recording.passes):
            return
        self.view = PassView(self.recording, number)
        self.position = max(self.view.length - 1, 0)
        self.selected = -1
        self.recorded.emit()
        self._show_moment()

    def move_to(self, position: int) -> None:
        """Look at another moment."""
        if self.view is None or not self.view.length:
            return
        position = min(max(position, 0), self.view.length - 1)
        if position != self.position:
            self.position = position
            self._show_moment()

    def select(self, node: int) -> None:
        """Look at a card; -1 for the one at work."""
        self.selected = node
        self.moved.emit()

    def select_line(self, line: int) -> None:
        """Look at the card that a line of the code made, if any, as long as the code is the same."""
        if self.view is None or not self._is_text_recorded:
            return
        found = [node for node in self.view.nodes if node.place is not None and node.place.line == line]
        if found:
            self.select(next((node for node in reversed(found) if node.kind == "operation"), found[-1]).index)

    @property
    def moment(self) -> Moment | None:
        """What happens at the position that is shown."""
        return self.view.moment(self.position) if self.view is not None else None

    @property
    def node(self) -> GraphNode | None:
        """The card that the inspector is about."""
        if self.recording is None or self.selected < 0:
            return None
        return self.recording.nodes[self.selected]

    @property
    def place(self) -> Place | None:
        """The expression in the code that belongs to what is shown, as long as the code is the same."""
        node = self.node
        return node.place if node is not None and self._is_text_recorded else None

    @property
    def _is_text_recorded(self) -> bool:
        return self.recording is not None and self.text == self._recorded_text

    def _restore(self) -> None:
        """Go on with the draft that an earlier window left."""
        draft = read_draft(self.draft)
        if draft is None:
            return
        if draft.file:
            try:
                self.source = read_source(Path(draft.file))
            except UserError:
                self.source = SourceFile(Path(draft.file), "")
        elif 0 <= draft.lesson < len(self.lessons):
            self.lesson = draft.lesson
        self.text = draft.text

    def _start(self, job: str) -> None:
        request = SnippetRequest(
            self.text,
            self.source.path.name if self.source else self.lessons[self.lesson].file,
            str(self.source.path.resolve().parent) if self.source else "",
            _TIME_LIMIT,
        )
        self._is_recorded = job != "record"
        self._asked_text = self.text
        self.error, self.error_line = None, None
        self._job = self.host.start(job, request)
        self._job.received.connect(self._on_received)
        self._job.ended.connect(self._on_ended)

    def _show_text(self, text: str) -> None:
        self.text = text
        self.error, self.error_line = None, None
        self._is_wanted_again = False
        if self._job is not None:
            self._job.abandon()
            self._job = None
        self.state = "idle"
        self.text_replaced.emit(text, False)
        self._rest.start()
        self._forget_recording()
        self.changed.emit()

    def _forget_recording(self) -> None:
        """Show nothing rather than what belongs to another text."""
        self.recording, self.view, self.checked = None, None, None
        self.position, self.selected = 0, -1
        self.recorded.emit()
        self.check_ended.emit()
        self.moved.emit()

    def _show_moment(self) -> None:
        moment = self.moment
        if moment is not None and moment.nodes and self.view is not None:
            cards = [self.view.recording.nodes[index] for index in moment.nodes]
            self.selected = next((card for card in reversed(cards) if card.kind != "result"), cards[-1]).index
        self.moved.emit()

    def _set_state(self, state: RunState) -> None:
        self.state = state
        self.changed.emit()

    def _fail(self, error: ErrorReport) -> None:
        self.error = error
        self.changed.emit()

    def _on_torch_changed(self) -> None:
        if self.state == "queued" and self.host.torch_state == "ready":
            self.state = "idle"
            self.run()
        elif self.state == "queued" and self.host.torch_state == "missing":
            self.state = "idle"
            self.error = self.host.torch_error
        self.changed.emit()

    def _on_received(self, events: list[Event]) -> None:
        if self.sender() is not self._job:
            return
        for event in events:
            if isinstance(event, Recorded):
                self._show_recording(event.recording)
            elif isinstance(event, Checked):
                self.checked = event
                self.check_ended.emit()

    def _on_ended(self, ended: Ended) -> None:
        if self.sender() is not self._job:
            return
        self._job = None
        self.state = "idle"
        if not self._is_recorded:
            self._forget_recording()
        if ended.error is not None:
            self.error, self.error_line = ended.error, None
        elif ended.outcome == "stopped" and (self.recording is None or self.recording.error is None):
            self.error = ErrorReport("The snippet was stopped.", name="snippet.stopped")
        self.changed.emit()
        if self._is_wanted_again:
            self._is_wanted_again = False
            self._keeps_place = True
            self.run()

    def _show_recording(self, recording: Recording) -> None:
        before = (self.view.number, self.position, self.selected) if self.view and self._keeps_place else None
        self._keeps_place, self._is_recorded = False, True
        self.recording, self._recorded_text = recording, self._asked_text
        self.checked = None
        self.check_ended.emit()
        self.error = _report_of(recording.error)
        self.error_line = recording.error.line if recording.error else None
        with_backward = [each.index for each in recording.passes if each.has_backward]
        number = with_backward[-1] if with_backward else len(recording.passes) - 1
        self.view = None
        if not recording.passes:
            self.selected = -1
            self.recorded.emit()
            self.moved.emit()
            return
        if before is None or before[0] >= len(recording.passes):
            self.choose_pass(number)
            return
        self.view = PassView(recording, before[0])
        self.position = min(before[1], max(self.view.length - 1, 0))
        self.selected = before[2] if before[2] < len(recording.nodes) else -1
        self.recorded.emit()
        self.moved.emit()


def _report_of(error: SnippetError | None) -> ErrorReport | None:
    if error is None:
        return None
    what = f"Line {error.line}: {error.what}" if error.line else error.what
    return ErrorReport(what, error.why, error.remedy, error.details, error.name)
