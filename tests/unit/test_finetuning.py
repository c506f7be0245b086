"""Networks that know photographs already, taught other classes."""

from __future__ import annotations

import pytest
import torch
from torchvision.models import get_model

from studio.catalog.checking import read_spec
from studio.catalog.shelf import entry
from studio.engine.building import build_model, embedded, embeds_once, load_samples
from studio.engine.models import open_model
from studio.spec.errors import UserError
from studio.spec.model_names import BUILTIN
from studio.spec.model_ref import ModelRef
from studio.zoo.datasets.textures import textures
from studio.zoo.models.lite0 import Lite0
from studio.zoo.models.torchvision import Classifier
from tests.training_runs import train

CPU = "training.device=cpu"


def test_pictures_for_testing_share_no_pixel_with_those_for_training():
    train_x, _, test_x, test_y = textures(tiles=3)
    assert train_x.shape == (9, 3, 224, 224)
    assert test_y.tolist() == [0, 0, 1, 1, 2, 2]
    assert 0 <= train_x.min() < train_x.max() <= 1
    assert torch.equal(textures(tiles=3)[2], test_x)
    assert not torch.equal(textures(tiles=3, split_seed=1)[2], test_x)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_recipe_reaches_its_score_from_a_few_pictures(workspace, seed):
    settings = [CPU, "data.tiles=8", f"data.split_seed={seed}", f"training.seed={seed}"]
    trained = train(workspace, "finetune-images", settings)
    assert trained.ended.result["best"]["value"] >= 0.97


def test_features_are_those_of_the_published_network():
    model = Lite0((3, 64, 64), 2).eval()
    images = torch.rand(2, 3, 64, 64)
    published = open_model(ModelRef.parse(BUILTIN)).module
    with torch.no_grad():
        assert torch.equal(model.features(images), published.features((images - 0.5) / 0.5))
        assert torch.equal(model(model.embed(images)), model(images))
        grey = images[:, :1]
        assert torch.equal(model(grey), model(grey.repeat(1, 3, 1, 1)))


def test_what_is_frozen_stays_as_it_is(workspace):
    trained = train(workspace, "finetune-images", [CPU, "data.tiles=2", "training.epochs=2"])
    opened = open_model(ModelRef.parse(f"run:{trained.ended.result['run']}@last"), workspace)
    fresh = Lite0((3, 224, 224), 3).state_dict()
    changed = {name for name, value in opened.module.state_dict().items() if not torch.equal(value, fresh[name])}
    assert changed == {"head.weight", "head.bias"}
    worst = next(event.data for event in trained.events if getattr(event, "name", "") == "worst")
    assert worst["samples"][0]["shape"] == [3, 224, 224]


def test_features_are_computed_once_only_where_samples_are_always_the_same():
    spec = read_spec("finetune-images", ["data.tiles=2"])
    samples = load_samples(spec)
    seen = embedded(spec, build_model(spec, samples.given), samples)
    assert seen.train_x.shape == (6, 1280)
    assert torch.equal(seen.shown(0), samples.test_x[0])
    assert not embeds_once(read_spec("finetune-images", ["model.frozen=false"]))
    assert not embeds_once(read_spec("finetune-images", ['augment=[{name="RandomInvert"}]']))
    assert not embeds_once(read_spec("digits-cnn"))


def test_all_of_it_learns_where_it_is_not_frozen(workspace):
    settings = [CPU, "data.tiles=2", "training.epochs=1", "model.frozen=false"]
    trained = train(workspace, "finetune-images", settings)
    opened = open_model(ModelRef.parse(f"run:{trained.ended.result['run']}@last"), workspace)
    stem = opened.module.backbone._conv_stem.weight
    assert not torch.equal(stem, Lite0((3, 224, 224), 3).backbone._conv_stem.weight)


def test_every_classifier_of_torchvision_is_offered():
    choices = entry("model", "torchvision").parameter("architecture").choices
    assert {"resnet50", "mobilenet_v3_small", "vit_b_16"} <= set(choices)
    assert not {"fasterrcnn_resnet50_fpn", "fcn_resnet50"} & set(choices)


@pytest.mark.parametrize("architecture", ["resnet18", "squeezenet1_1", "mobilenet_v3_small", "vit_b_16"])
def test_heads_have_as_many_classes_as_the_data(architecture):
    with torch.device("meta"):
        model = Classifier((1, 224, 224), 7, architecture)
        assert model(torch.rand(2, 1, 224, 224)).shape == (2, 7)


def test_weights_come_from_a_file_and_the_head_is_new(workspace, tmp_path):
    donor = get_model("mobilenet_v3_small", weights=None)
    torch.save(donor.state_dict(), tmp_path / "weights.pth")
    model = Classifier((1, 8, 8), 10, "mobilenet_v3_small", weights=str(tmp_path / "weights.pth"))
    assert torch.equal(model.network.features[0][0].weight, donor.features[0][0].weight)
    assert model.network.classifier[-1].out_features == 10
    settings = [CPU, "training.epochs=1", "training.batch_size=720", "model.name=torchvision"]
    settings += ["model.architecture=mobilenet_v3_small", f"model.weights={tmp_path / 'weights.pth'}"]
    assert train(workspace, "digits-cnn", settings).ended.outcome == "finished"


def test_weights_that_cannot_be_had_are_told_in_one_line():
    spec = read_spec("digits-cnn", ["model.name=torchvision", "model.weights=/nowhere/weights.pth"])
    with pytest.raises(UserError) as caught:
        build_model(spec)
    assert "give weights from a file" in str(caught.value)
