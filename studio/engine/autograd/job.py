"""The job that runs and records a snippet."""

from __future__ import annotations

from collections.abc import Iterator

from studio.engine.autograd.running import record
from studio.spec.events import Ended, Event, Outcome, Started, Warned
from studio.spec.job import Control
from studio.spec.recording import Recorded, SnippetRequest


def run(request: SnippetRequest, control: Control) -> Iterator[Event]:
    """Run a snippet; its recording comes as one `Recorded`, with the error in it where there was one."""
    yield Started({"file": request.file, "seconds": request.seconds})
    recording = record(request, lambda: control.should_stop)
    for note in recording.notes:
        yield Warned("snippet.note", note)
    yield Recorded(recording)
    outcome: Outcome = "stopped" if control.should_stop else "finished"
    yield Ended(outcome, {"seconds": recording.seconds, "failed": recording.error is not None})
