"""What a job emits reaches the window, or the window is told why not."""

from __future__ import annotations

import os

from studio.engine.isolation import Outbox
from studio.spec.events import Ended, Started
from studio.spec.wire import read_frame


def test_an_event_that_cannot_be_sent_ends_the_job_in_words() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as inbox, os.fdopen(writing, "wb") as outgoing:
        outbox = Outbox(outgoing)
        outbox.put(Started({"text": lambda: None}))
        outbox.finish()
        (event,) = read_frame(inbox)
    assert isinstance(event, Ended)
    assert event.outcome == "failed"
    assert event.error is not None
    assert "pickle" in event.error.details
