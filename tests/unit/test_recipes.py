"""Every recipe reaches what it promises, on data that it did not learn from, whatever the seed."""

from __future__ import annotations

import statistics

import pytest

from tests.training_runs import train


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("recipe", "least"), [("two-moons", 0.97), ("spirals", 0.97), ("breast-cancer", 0.96)])
def test_classes_are_told_apart(workspace, recipe, least, seed):
    trained = train(workspace, recipe, [f"training.seed={seed}"])
    assert trained.ended.result["metrics"]["accuracy/test"] >= least


def test_the_course_of_diabetes_is_explained_in_part(workspace):
    runs = [train(workspace, "diabetes", [f"training.seed={seed}"]) for seed in range(3)]
    assert statistics.mean(run.ended.result["metrics"]["r2/test"] for run in runs) >= 0.35


@pytest.mark.slow
def test_mnist_digits_are_read(workspace):
    trained = train(workspace, "mnist-cnn", ["training.seed=1"])
    assert trained.ended.result["metrics"]["accuracy/test"] >= 0.97


@pytest.mark.parametrize("recipe", ["two-moons", "spirals"])
def test_a_plane_has_a_boundary_on_the_right_side_of_its_points(workspace, recipe):
    trained = train(workspace, recipe)
    picture = [event for event in trained.events if getattr(event, "name", "") == "boundary"][-1].data
    side, (left, right), (low, high) = picture["side"], picture["x_range"], picture["y_range"]
    assert len(picture["classes"]) == len(picture["sure"]) == side * side
    assert min(picture["sure"]) >= 1 / len(picture["labels"])
    points = picture["test"]
    right_side = 0
    for x, y, of in zip(points["x"], points["y"], points["class"], strict=True):
        column = round((x - left) / (right - left) * (side - 1))
        row = round((y - low) / (high - low) * (side - 1))
        right_side += picture["classes"][row * side + column] == of
    assert right_side / len(points["x"]) > 0.95
    assert 0 < column < side - 1, "there is room around the points"


def test_data_that_are_no_plane_have_no_boundary_but_scores(workspace):
    trained = train(workspace, "breast-cancer", ["training.epochs=1"])
    names = {getattr(event, "name", "") for event in trained.events}
    assert "boundary" not in names
    assert "scores" in names
