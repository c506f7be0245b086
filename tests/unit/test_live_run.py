"""What the Train tab says of a run: newest, change, best, epoch, rate, time left."""

from __future__ import annotations

import math

from studio.spec.errors import UserError
from studio.spec.events import Measured, Progressed, Series
from studio.ui.pages.training.fields import KINDS, MODELS, field_errors, place_of, table_fields
from studio.ui.pages.training.live_run import LiveRun, metric_for

ABOUT = {"run": "0001-a", "epochs": 20, "steps_per_epoch": 23, "steps": 460, "train_samples": 1437}


def _run() -> LiveRun:
    return LiveRun(metric_for("classification"), about=dict(ABOUT))


def test_nothing_is_said_before_there_is_something() -> None:
    run = LiveRun(metric_for("classification"))
    assert run.loss_tile() == ("–", "", "faint")
    assert run.metric_tile() == ("–", "", "faint")
    assert run.rate_tile() == ("–", "")
    assert run.epoch_tile() == ("–", "")


def test_the_loss_is_compared_with_the_one_before() -> None:
    run = _run()
    run.measure(Measured({"loss/test": Series.of([23], [0.5])}))
    assert run.loss_tile() == ("0.5", "", "faint")
    run.measure(Measured({"loss/test": Series.of([46], [0.4])}))
    assert run.loss_tile() == ("0.4", "−0.1", "good")
    run.measure(Measured({"loss/test": Series.of([69, 92], [0.3, 0.35])}))
    assert run.loss_tile() == ("0.35", "+0.05", "muted")
    assert run.tested_epoch == 4


def test_the_best_metric_is_kept_whichever_way_is_better() -> None:
    run = _run()
    run.measure(Measured({"accuracy/test": Series.of([23, 46], [0.9, 0.95])}))
    assert run.metric_tile() == ("95.0 %", "best 95.0 %", "good")
    run.measure(Measured({"accuracy/test": Series.of([69], [0.5])}))
    assert run.metric_tile() == ("50.0 %", "best 95.0 %", "muted")
    lower = LiveRun(metric_for("regression"))
    lower.measure(Measured({"mae/test": Series.of([1, 2, 3], [0.3, 0.1, 0.2])}))
    assert lower.metric_tile() == ("0.2", "best 0.1", "muted")


def test_a_loss_that_is_not_finite_is_shown_and_never_the_best() -> None:
    run = _run()
    run.measure(Measured({"loss/test": Series.of([23, 46], [0.5, math.nan])}))
    assert run.loss_tile() == ("not a number", "", "faint")
    assert run.best["loss/test"] == 0.5


def test_rate_epoch_and_time_left() -> None:
    run = _run()
    run.progress = Progressed(230, 460, rate=100.0, seconds_left=2.3)
    assert run.epoch == 11
    assert run.epoch_tile() == ("11 / 20", "2.3 s left")
    assert run.rate_tile() == ("100/s", "6,248 samples/s")
    run.progress = Progressed(230, 460, rate=1_000.0)
    assert run.rate_tile() == ("1,000/s", "62 k samples/s")
    run.progress = Progressed(460, 460)
    assert run.epoch == 20


def test_metrics_have_titles_and_phrases() -> None:
    assert metric_for("classification").phrase == "test accuracy"
    assert metric_for("regression", "r2/test").phrase == "test R²"
    assert metric_for("regression", "loss/test").name == "mae/test"
    assert metric_for("x", "perplexity/test").title == "Perplexity, test"


def test_every_table_has_fields_and_no_field_without_a_choice() -> None:
    for table in (*KINDS, *MODELS):
        fields = table_fields(table, {}, "classification")
        names = [one.name for one in (*fields.main, *fields.more)]
        assert names
        assert len(names) == len(set(names))
        for one in (*fields.main, *fields.more):
            assert one.minimum is None or one.minimum != one.maximum, f"{table}.{one.name} has only one value"


def test_each_bad_value_is_found_not_only_the_first() -> None:
    errors = field_errors(
        {"optimizer": {"name": "AdamW", "lr": -1}, "training": {"epochs": 0, "batch_size": "many"}, "data": 3}
    )
    assert set(errors) == {("optimizer", "lr"), ("training", "epochs"), ("training", "batch_size")}


def test_an_error_names_its_place() -> None:
    assert place_of(UserError("x", "`optimizer.lr` is -0.1; it must be above 0.")) == ("optimizer", "lr")
    assert place_of(UserError("x", "`model` is missing.")) == ("model", "name")
    assert place_of(UserError("x", "There is no recipe named `x`.")) is None
