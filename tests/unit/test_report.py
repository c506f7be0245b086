"""The report on the test data, against scikit-learn and SciPy."""

from __future__ import annotations

import pytest
import torch
from scipy.stats import spearmanr
from sklearn import metrics

from studio.catalog.checking import read_spec
from studio.engine.training import reporting
from studio.engine.training.job import run
from studio.spec.events import Pictured
from studio.spec.job import Control, drive
from studio.spec.training import TrainRequest


def by_name(rows):
    return {row["name"]: row["value"] for row in rows}


def test_classes_are_measured_as_by_scikit_learn():
    generator = torch.Generator().manual_seed(3)
    outputs = torch.randn(300, 4, generator=generator)
    targets = torch.randint(0, 4, (300,), generator=generator)
    told = outputs.argmax(1)
    found = by_name(reporting.classification_rows(outputs, targets))
    assert found["Balanced accuracy"] == pytest.approx(metrics.balanced_accuracy_score(targets, told), abs=1e-6)
    assert found["F1"] == pytest.approx(metrics.f1_score(targets, told, average="macro"), abs=1e-6)
    assert found["Precision"] == pytest.approx(metrics.precision_score(targets, told, average="macro"), abs=1e-6)
    assert found["Recall"] == pytest.approx(metrics.recall_score(targets, told, average="macro"), abs=1e-6)
    expected = metrics.roc_auc_score(targets, outputs.softmax(1), multi_class="ovr")
    assert found["AUROC"] == pytest.approx(expected, abs=1e-5)
    assert 0 < found["Calibration error"] < 1


def test_numbers_are_measured_as_by_scikit_learn():
    generator = torch.Generator().manual_seed(4)
    targets = torch.rand(200, 1, generator=generator) + 0.5
    outputs = targets + 0.1 * torch.randn(200, 1, generator=generator)
    found = by_name(reporting.regression_rows(outputs, targets))
    assert found["RMSE"] == pytest.approx(metrics.root_mean_squared_error(targets, outputs), abs=1e-6)
    assert found["MAPE"] == pytest.approx(metrics.mean_absolute_percentage_error(targets, outputs), abs=1e-6)
    assert found["R²"] == pytest.approx(metrics.r2_score(targets, outputs), abs=1e-5)
    assert found["Spearman"] == pytest.approx(spearmanr(targets[:, 0], outputs[:, 0]).statistic, abs=1e-5)


@pytest.mark.parametrize("asked", [True, False])
def test_a_report_comes_where_it_is_asked_for_and_the_run_was_long_enough(workspace, monkeypatch, asked):
    monkeypatch.setattr(reporting, "LEAST_SECONDS", 0.0)
    spec = read_spec("digits-cnn", ["training.device=cpu", "training.epochs=1"])
    events: list[object] = []
    ended = drive(run, TrainRequest(spec, str(workspace.root), report=asked), Control(), events.append)
    reports = [one for one in events if isinstance(one, Pictured) and one.name == "report"]
    assert len(reports) == asked
    if asked:
        accuracy = by_name(reports[0].data["rows"])["Balanced accuracy"]
        assert accuracy == pytest.approx(ended.result["metrics"]["accuracy/test"], abs=0.05)
