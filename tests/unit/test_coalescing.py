"""Many events become few, and nothing that matters is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.spec.coalescing import PRINT_LIMIT, Coalescer
from studio.spec.events import Ended, Event, Measured, Pictured, Printed, Progressed, Series, Warned

events = st.one_of(
    st.builds(Progressed, st.integers(0, 100).map(float), st.just(100.0)),
    st.builds(
        lambda name, points: Measured({name: Series.of([float(p) for p in points], [float(p) for p in points])}),
        st.sampled_from(["loss", "accuracy"]),
        st.lists(st.integers(0, 1000), min_size=1, max_size=5),
    ),
    st.builds(Pictured, st.sampled_from(["fit", "confusion"]), st.fixed_dictionaries({"n": st.integers()})),
    st.builds(Warned, st.just("w"), st.text(max_size=5)),
    st.builds(Printed, st.text(max_size=20), st.sampled_from(["stdout", "stderr"])),
)


def _points(given_events: list[Event], name: str) -> list[float]:
    return [
        value
        for e in given_events
        if isinstance(e, Measured) and name in e.series
        for value in e.series[name].values
    ]


@given(st.lists(st.lists(events, max_size=20), max_size=5))
def test_points_warnings_and_text_survive_and_the_newest_wins(batches: list[list[Event]]) -> None:
    mailbox = Coalescer()
    sent: list[Event] = []
    received: list[Event] = []
    for batch in batches:
        for event in batch:
            mailbox.put(event)
            sent.append(event)
        taken = mailbox.take()
        assert sum(isinstance(e, Progressed) for e in taken) <= 1
        assert sum(isinstance(e, Measured) for e in taken) <= 1
        received.extend(taken)
    for name in ("loss", "accuracy"):
        assert _points(received, name) == _points(sent, name)
    assert [e for e in received if isinstance(e, Warned)] == [e for e in sent if isinstance(e, Warned)]
    for kind in (Progressed, Pictured):
        last_sent = [e for e in sent if isinstance(e, kind)][-1:]
        assert [e for e in received if isinstance(e, kind)][-1:] == last_sent
    for stream in ("stdout", "stderr"):
        texts = [
            "".join(e.text for e in es if isinstance(e, Printed) and e.stream == stream) for es in (sent, received)
        ]
        assert texts[0] == texts[1]


def test_nothing_is_taken_after_the_end() -> None:
    mailbox = Coalescer()
    mailbox.put(Ended("finished"))
    mailbox.put(Warned("late", "too late"))
    mailbox.put(Ended("failed"))
    assert mailbox.take() == [Ended("finished")]


def test_the_sender_keeps_its_points() -> None:
    mailbox = Coalescer()
    mine = Series.of([1.0], [1.0])
    mailbox.put(Measured({"loss": mine}))
    mailbox.put(Measured({"loss": Series.of([2.0], [2.0])}))
    assert list(mine.values) == [1.0]


def test_text_is_capped() -> None:
    mailbox = Coalescer()
    for _ in range(30):
        mailbox.put(Printed("y" * 100_000))
    text = "".join(e.text for e in mailbox.take() if isinstance(e, Printed))
    assert text.startswith("y" * PRINT_LIMIT)
    assert len(text) < PRINT_LIMIT + 100
