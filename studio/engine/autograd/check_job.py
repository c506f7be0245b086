"""The job that checks a snippet's gradients by finite differences."""

from __future__ import annotations

from collections.abc import Iterator

from studio.engine.autograd.differences import check_gradients
from studio.engine.autograd.running import collect_garbage
from studio.spec.events import Ended, Event, Started
from studio.spec.job import Control
from studio.spec.recording import SnippetRequest


def run(request: SnippetRequest, control: Control) -> Iterator[Event]:
    """Check; what was found comes as one `Checked`."""
    yield Started({"file": request.file})
    checked = check_gradients(request, lambda: control.should_stop)
    collect_garbage()
    yield checked
    disagreeing = sum(not check.agrees for check in checked.checks)
    yield Ended("stopped" if control.should_stop else "finished", {"disagreeing": disagreeing})
