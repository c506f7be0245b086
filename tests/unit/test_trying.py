"""The job "try": the best checkpoint of a run answers what is typed, until it is stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.engine.training.trying import run
from studio.runs.workspace import Workspace
from studio.spec.errors import UserError
from studio.spec.events import Ended, Event, Measured, Started
from studio.spec.job import Control
from studio.spec.trying import NotTold, StopWriting, Told, TryPrompt, TryRequest, TryText, Written
from tests.training_runs import train

NAMES = ["training.device=cpu", "training.epochs=2", "data.most=150"]
BIBLE = ["training.device=cpu", "training.epochs=1", "data.characters=9000", "model.width=32", "model.layers=1"]


class Session:
    """A job of one run, asked step by step."""

    def __init__(self, workspace: Workspace, run_id: str) -> None:
        self.control = Control()
        self.events: Iterator[Event] = run(TryRequest(str(workspace.root), run_id), self.control)
        assert isinstance(next(self.events), Started)

    def ask(self, message: object) -> Event:
        self.control.send(message)
        return next(self.events)

    def end(self) -> Event:
        self.control.stop()
        return next(self.events)


@pytest.fixture
def names(workspace: Workspace) -> str:
    return train(workspace, "text-classification", NAMES).ended.result["run"]


@pytest.fixture
def bible(workspace: Workspace) -> str:
    return train(workspace, "char-lm", BIBLE).ended.result["run"]


def test_a_name_is_told_with_all_its_probabilities(workspace: Workspace, names: str) -> None:
    session = Session(workspace, names)
    told = session.ask(TryText(1, " Ó Murchadha "))
    assert isinstance(told, Told)
    assert (told.ticket, len(told.labels)) == (1, 10)
    assert sum(label.probability for label in told.labels) == pytest.approx(1)
    assert [one.probability for one in told.labels] == sorted(
        (one.probability for one in told.labels), reverse=True
    )
    assert session.ask(TryText(2, "ó murchadha")).labels == told.labels, "capitals and blanks change nothing"
    assert session.ask(TryText(3, "  ")).labels == ()
    assert isinstance(session.ask(TryText(4, "漢字")), Told), "characters that no training text has are answered"
    assert session.end() == Ended("stopped")


def test_reviews_of_ones_own_are_told_by_the_same_recipe(workspace: Workspace, tmp_path: Path) -> None:
    good, bad = (
        ("a lovely film", "what a joy", "moving and warm"),
        ("a dull film", "what a waste", "loud and cold"),
    )
    rows = [f"{text},{label}" for label, texts in (("good", good), ("bad", bad)) for text in texts * 12]
    path = tmp_path / "reviews.csv"
    path.write_text("\n".join(["review,label", *rows]))
    own = ["data.name=text", f"data.path={path}", "data.target=label", "data.text_column=review"]
    trained = train(workspace, "text-classification", [*own, "training.device=cpu"])
    assert trained.ended.result["metrics"]["accuracy/test"] == 1.0
    session = Session(workspace, trained.ended.result["run"])
    assert session.ask(TryText(1, "What a lovely joy")).labels[0].name == "good"
    assert session.ask(TryText(2, "a DULL waste")).labels[0].name == "bad"
    assert session.end() == Ended("stopped")


def test_the_newest_message_wins(workspace: Workspace, names: str) -> None:
    session = Session(workspace, names)
    for ticket in range(1, 5):
        session.control.send(TryText(ticket, "a" * ticket))
    assert next(session.events).ticket == 4
    assert session.end() == Ended("stopped")


def test_a_text_is_written_and_the_same_seed_writes_it_again(workspace: Workspace, bible: str) -> None:
    def written(prompt: TryPrompt) -> str:
        pieces = [session.ask(prompt)]
        while not pieces[-1].is_last:
            pieces.append(next(session.events))
        assert all(isinstance(piece, Written) for piece in pieces)
        return "".join(piece.text for piece in pieces)

    session = Session(workspace, bible)
    first = written(TryPrompt(1, "And God", 0.8, count=40, seed=3))
    assert len(first) == 40
    assert written(TryPrompt(2, "And God", 0.8, count=40, seed=3)) == first
    assert written(TryPrompt(3, "And God", 0.8, count=40, seed=4)) != first
    assert len(written(TryPrompt(4, "", 2.0, count=5))) == 5, "without a beginning it begins a line"
    assert len(written(TryPrompt(5, "漢字", 0.1, count=5))) == 5
    assert session.end() == Ended("stopped")


def test_writing_ends_when_it_is_asked_to(workspace: Workspace, bible: str) -> None:
    session = Session(workspace, bible)
    first = session.ask(TryPrompt(1, "And God", count=10_000_000))
    assert not first.is_last
    session.control.send(StopWriting())
    session.control.send(TryPrompt(2, "And God", count=3))
    assert next(session.events).ticket == 2
    assert session.end() == Ended("stopped")


def test_a_run_without_a_checkpoint_says_so_and_is_asked_again_later(workspace: Workspace, bible: str) -> None:
    kept = workspace.runs / bible / "checkpoints"
    aside = kept.rename(kept.with_name("aside"))
    session = Session(workspace, bible)
    refused = session.ask(TryPrompt(1, "And God"))
    assert isinstance(refused, NotTold)
    assert refused.error.name == "run.no_checkpoint"
    aside.rename(kept)
    assert session.ask(TryPrompt(2, "And God", count=1)).is_last
    assert session.end() == Ended("stopped")


def test_a_better_checkpoint_is_opened_once_the_run_has_one(workspace: Workspace) -> None:
    def stop(event: Event, control: Control) -> None:
        if isinstance(event, Measured) and "accuracy/test" in event.series:
            control.stop()

    stopped = train(workspace, "text-classification", [*NAMES, "training.epochs=6"], watch=stop)
    session = Session(workspace, stopped.ended.result["run"])
    early = session.ask(TryText(1, "Rossi"))
    whole = train(workspace, "", resume=stopped.ended.result["run"])
    assert whole.ended.outcome == "finished", whole.ended.error
    late = session.ask(TryText(2, "Rossi"))
    assert early.step < late.step == whole.ended.result["best"]["step"]
    assert early.labels != late.labels
    assert session.end() == Ended("stopped")


def test_what_cannot_be_tried_is_refused(workspace: Workspace) -> None:
    trained = train(workspace, "linear-regression", ["training.epochs=2"])
    session = Session(workspace, trained.ended.result["run"])
    assert session.ask(TryText(1, "two")).error.name == "try.no_text"
    assert session.end() == Ended("stopped")
    with pytest.raises(UserError, match="There is no run"):
        next(run(TryRequest(str(workspace.root), "9999-none"), Control()))
