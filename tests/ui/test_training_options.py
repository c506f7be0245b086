"""Options of the loop, estimate and report in the Train tab."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from studio.ui.pages.training.views.report_view import ReportView
from tests.ui.test_training import Driver, train

__all__ = ["train"]  # the fixture


def test_options_of_the_loop_are_in_the_form_and_in_the_run(train: Driver) -> None:
    train.click("train.form.all")
    train.type("train.form.training.patience", "1")
    train.type("train.form.training.groups", "head.* lr=0.002; *bias weight_decay=0")
    train.choose("train.form.training.average", "ema")
    training = train.page.presenter.spec.training
    assert training.groups == ["head.* lr=0.002", "*bias weight_decay=0"]
    assert (training.patience, training.average) == (1, "ema")
    train.type("train.form.training.groups", "head.*")
    assert "Write PATTERN key=value" in str(train.page.presenter.problem)
    assert train.page.presenter.place_of_problem == ("training", "groups")
    train.type("train.form.training.groups", "")
    train.type("train.form.training.patience", "")
    assert train.page.presenter.spec.training.patience is None


def test_the_estimate_stands_beside_training_and_then_what_it_took(train: Driver) -> None:
    train.type("train.form.training.epochs", "2")
    train.click("train.start")
    train.wait(lambda: bool(train.page.presenter.run.about.get("estimate")))
    train.wait_for("finished")
    fold = train.find(QWidget, "train.form.fold.training")
    texts = [one.text() for one in fold.parent().findChildren(QLabel)]
    assert any(text.startswith("took ") and ", estimated " in text for text in texts)


def test_the_report_is_shown_when_it_comes(train: Driver) -> None:
    view = train.find(ReportView, "train.view.report_on_test")
    values = train.find(QWidget, "train.report")
    assert values.isHidden()
    rows = [{"name": "F1", "value": 0.982, "unit": "%", "help": "a mean"}]
    rows.append({"name": "AUROC", "value": float("nan"), "unit": "%", "help": "of what"})
    train.page.presenter.pictured.emit("report", {"rows": rows})
    assert values.accessibleDescription() == "F1: 98.2 %; AUROC: –"
    assert "F1: a mean" in values.toolTip()
    view.clear()
    assert values.isHidden()
