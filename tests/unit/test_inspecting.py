"""The look before the start: counts, layers, and what would go wrong, without disturbing anything."""

from __future__ import annotations

import random
import threading

import numpy as np
import pytest
import torch
from torch import nn

from studio.catalog.checking import read_spec
from studio.engine.training import inspecting
from studio.engine.training.watching import watched
from studio.spec.events import Ended
from studio.spec.inspecting import AugmentSeen, DataSeen, Inspect, Inspected, InspectRequest, ModelSeen, Refused
from studio.spec.job import Control
from studio.spec.run import Ingredient


def look(*specs):
    """All that is told of these specifications, which are sent at once."""
    control, told = Control(), []
    for ticket, spec in enumerate(specs):
        control.send(Inspect(ticket, spec))
    for event in inspecting.run(InspectRequest(), control):
        told.append(event)
        if isinstance(event, Inspected):
            control.stop()
    assert isinstance(told[-1], Ended)
    return told


def one(kind, told):
    found = [event for event in told if isinstance(event, kind)]
    assert len(found) == 1, told
    return found[0]


def test_data_and_layers_are_told():
    told = look(read_spec("digits-cnn"))
    data, model = one(DataSeen, told), one(ModelSeen, told)
    assert (data.train, data.test, data.shape, data.answers) == (1437, 360, (1, 8, 8), 10)
    assert model.parameters == model.learnt == 25_978 == sum(layer.parameters for layer in model.layers)
    assert (model.layers[0].path, model.layers[0].kind, model.layers[0].shape) == (
        "blocks.0",
        "Conv2d",
        (16, 8, 8),
    )
    assert model.layers[-1].shape == (10,)
    assert model.samples == 64
    assert model.seconds > 0


def test_a_frozen_part_has_layers_too_and_learns_nothing():
    model = one(ModelSeen, look(read_spec("finetune-images", ["data.tiles=2"])))
    assert model.learnt == 1280 * 3 + 3 < model.parameters
    assert model.layers[0].path == "backbone._conv_stem"
    assert model.layers[-1].path == "head"


def test_of_a_large_network_only_shapes_are_told():
    settings = ["model.name=torchvision", "model.architecture=vit_l_16", "model.pretrained=true", "data.tiles=2"]
    model = one(ModelSeen, look(read_spec("finetune-images", settings)))
    assert model.parameters > 300_000_000
    assert model.samples == 0


@pytest.mark.parametrize(
    ("settings", "place", "said"),
    [
        (["data.test_fraction=0.0001"], ("data", "name"), "cannot be made like this"),
        (
            ["model.name=torchvision", "model.architecture=vgg11"],
            ("model", "name"),
            "MaxPool2d (network.features.",
        ),
        (["model.name=torchvision", "model.weights=missing.pth"], ("model", "name"), "no file missing.pth"),
        (['augment=[{name="RandomCrop",size=7}]'], ("augment", ""), "from 1×8×8 to 1×7×7"),
        (['augment=[{name="RandomRotation",degrees=-5}]'], ("augment", ""), "`augment[0]`, RandomRotation"),
    ],
)
def test_what_would_go_wrong_is_told_at_its_field(settings, place, said):
    refused = one(Refused, look(read_spec("digits-cnn", settings)))
    assert (refused.table, refused.key) == place
    assert said in refused.error.what
    assert refused.error.can_be_mended


def test_a_loss_that_cannot_take_the_answers_is_told_at_the_loss():
    spec = read_spec("linear-regression")
    spec = spec.model_copy(update={"loss": Ingredient(name="MultiMarginLoss")})
    refused = one(Refused, look(spec))
    assert (refused.table, refused.key) == ("loss", "name")
    assert "MultiMarginLoss (loss) cannot take 4×1" in refused.error.what


@pytest.mark.parametrize(
    ("model", "batch", "place", "why"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(5, 2)), torch.zeros(2, 6), "1", "expects 5 numbers, it gets 6"),
        (nn.Sequential(nn.Conv2d(3, 4, 3)), torch.zeros(2, 1, 8, 8), "0", "expects 3 channels, it gets 1"),
        (
            nn.Linear(5, 2),
            torch.zeros(2, 5, dtype=torch.float64),
            "model",
            "holds float32 numbers, it gets float64",
        ),
        (nn.Sequential(nn.Embedding(5, 2)), torch.zeros(2, 5), "0", "expects whole numbers, it gets fractions"),
        (nn.Sequential(nn.Unflatten(1, (2, 2))), torch.zeros(2, 5), "0", "cannot take 2×5"),
    ],
)
def test_the_layer_that_fails_is_found(model, batch, place, why):
    with watched(model, nn.MSELoss()) as noted, pytest.raises((RuntimeError, ValueError)) as caught:
        model(batch)
    assert noted.place == place
    assert why in noted.why(caught.value)


def test_the_newest_specification_wins():
    told = look(read_spec("digits-cnn"), read_spec("linear-regression"))
    assert {event.ticket for event in told if hasattr(event, "ticket")} == {1}


def test_data_stay_loaded_between_looks():
    session = inspecting._Session(Control())
    list(session.look(Inspect(0, read_spec("digits-cnn"))))
    loaded = session._samples
    list(session.look(Inspect(1, read_spec("digits-cnn", ["model.name=mlp"]))))
    assert session._samples is loaded
    list(session.look(Inspect(2, read_spec("digits-cnn", ["data.split_seed=1"]))))
    assert session._samples is not loaded


def test_nothing_is_disturbed():
    threads = torch.get_num_threads()
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    look(read_spec("digits-cnn", ['augment=[{name="RandomRotation",degrees=9}]', "training.threads=2"]))
    assert torch.equal(states[0], torch.get_rng_state())
    assert (states[1] == np.random.get_state()[1]).all()
    assert states[2] == random.getstate()
    assert torch.get_num_threads() == threads


def test_one_image_is_shown_changed_several_times_and_the_same_way_each_time():
    spec = read_spec("digits-cnn", ['augment=[{name="RandomRotation",degrees=45}]'])
    seen, again = one(AugmentSeen, look(spec)), one(AugmentSeen, look(spec))
    assert seen == again
    assert seen.shape == (1, 8, 8)
    assert len(seen.images) == 9
    assert len({bytes(image) for image in seen.images}) > 5
    small = one(
        AugmentSeen, look(read_spec("finetune-images", ["data.tiles=2", 'augment=[{name="RandomInvert"}]']))
    )
    assert small.shape == (3, 96, 96)


def test_it_waits_for_specifications_until_it_is_stopped():
    control, told = Control(), []
    thread = threading.Thread(target=lambda: told.extend(inspecting.run(InspectRequest(), control)))
    thread.start()
    control.send(Inspect(5, read_spec("linear-regression")))
    control.stop()
    thread.join(30)
    assert told[-1] == Ended("stopped")
