"""`drive`: exactly one end for whatever a job does, and the errors of its listener are not the job's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from studio.spec.events import Ended, Event, Progressed
from studio.spec.job import Control, drive


def counts(request: Any, control: Control) -> Iterator[Event]:
    """Yield three events; note in the list that is the request that the job was closed."""
    try:
        for done in range(3):
            yield Progressed(done, 3)
    finally:
        request.append("closed")


def test_a_job_without_a_word_at_its_end_has_finished() -> None:
    heard: list[Event] = []
    ended = drive(counts, [], Control(), heard.append)
    assert ended.outcome == "finished"
    assert heard[-1] is ended
    assert len(heard) == 4


def test_what_the_listener_raises_ends_the_job_and_reaches_the_caller() -> None:
    heard: list[Event] = []

    def listen(event: Event) -> None:
        heard.append(event)
        raise BrokenPipeError

    closed: list[str] = []
    with pytest.raises(BrokenPipeError):
        drive(counts, closed, Control(), listen)
    assert closed == ["closed"]
    assert [type(event) for event in heard] == [Progressed], "no end of the job is made up"


def test_what_the_job_raises_is_its_end() -> None:
    def breaks(request: Any, control: Control) -> Iterator[Event]:
        raise SystemExit(3)

    heard: list[Event] = []
    assert drive(breaks, None, Control(), heard.append).outcome == "failed"
    assert [type(event) for event in heard] == [Ended]
