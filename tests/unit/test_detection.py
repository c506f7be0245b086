"""Things in scenes: made, learnt, found again."""

from __future__ import annotations

import pytest
import torch

from studio.spec.events import Pictured
from studio.zoo.datasets.scenes import scenes
from studio.zoo.losses.center_loss import STRIDE, CenterLoss
from studio.zoo.measures.detection import boxes_found, measure
from tests.training_runs import train

CPU = "training.device=cpu"


@pytest.mark.slow
def test_shapes_are_found(workspace):
    trained = train(workspace, "scenes-detection", [CPU, "training.seed=1"])
    metrics = trained.ended.result["metrics"]
    assert metrics["map50/test"] >= 0.9
    assert metrics["map/test"] >= 0.65


def test_a_detector_learns_and_shows_what_it_finds(workspace):
    settings = [CPU, "training.epochs=4", "data.train_count=200", "data.test_count=50"]
    trained = train(workspace, "scenes-detection", settings)
    losses = trained.curve("loss/test")
    assert losses[-1] < losses[0] / 2
    picture = trained.of(Pictured)[-1].data
    assert len(picture["pictures"]) == 40 * 3 * 48 * 48
    assert len(picture["true"]) == len(picture["found"]) == 40
    assert all(1 <= len(things) <= 4 for things in picture["true"])
    assert all(box[1] >= 0.05 for boxes in picture["found"] for box in boxes)


def test_perfect_maps_are_found_to_be_perfect():
    _, targets, _, _ = scenes(train_count=30, test_count=1)
    maps = torch.cat([torch.full((30, 3, 12, 12), -9.0), torch.zeros(30, 4, 12, 12)], 1)
    for sample, things in enumerate(targets):
        for kind, left, top, right, bottom in things[things[:, 0] >= 0].tolist():
            column, line = int((left + right) / 2 / STRIDE), int((top + bottom) / 2 / STRIDE)
            x, y = column + 0.5, line + 0.5
            maps[sample, int(kind), line, column] = 9
            sides = [x - left / STRIDE, y - top / STRIDE, right / STRIDE - x, bottom / STRIDE - y]
            maps[sample, 3:, line, column] = torch.tensor(sides)
    found = boxes_found(maps)
    assert sum(len(things) for things in found) >= int((targets[:, :, 0] >= 0).sum()) - 2, (
        "two may lie side by side"
    )
    measures = measure(maps, targets)
    assert measures["map50"] > 0.97
    assert measures["map"] > 0.97
    near, far = CenterLoss()(maps, targets), CenterLoss()(maps.flip(3), targets)
    assert near < far / 20


def test_the_heat_is_one_at_each_centre_and_falls_off():
    logits, targets = torch.zeros(1, 5, 12, 12), torch.tensor([[[1.0, 8, 8, 24, 24], [-1, -1, -1, -1, -1]]])
    middle, size = torch.tensor([[4.5, 4.5]]), torch.tensor([[4.0, 4.0]])
    heat = CenterLoss().peaks(
        logits[:, :-4].repeat(1, 3, 1, 1), (torch.tensor([0]), torch.tensor([1])), middle, size
    )
    assert heat[0, 1, 4, 4] == 1
    assert 0 < heat[0, 1, 4, 5] < 1
    assert heat[0, 0].max() == heat[0, 2].max() == 0
    assert torch.isfinite(CenterLoss()(torch.zeros(1, 7, 12, 12), targets))
    nothing = torch.full((1, 2, 5), -1.0)
    assert torch.isfinite(CenterLoss()(torch.zeros(1, 7, 12, 12), nothing))


def test_scenes_are_made_of_their_seed():
    first, again, other = scenes(20, 5), scenes(20, 5), scenes(20, 5, split_seed=1)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])
    pictures, things = first[0], first[1]
    assert pictures.shape == (20, 3, 48, 48)
    assert (pictures.min(), pictures.max()) >= (0, 0)
    real = things[things[:, :, 0] >= 0]
    assert (real[:, 3] > real[:, 1]).all()
    assert (real[:, 4] > real[:, 2]).all()
    assert real[:, 1:].min() >= 0
    assert real[:, 1:].max() <= 48
