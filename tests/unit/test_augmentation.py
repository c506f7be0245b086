"""Training images that are changed at random: each on its own, the same again for the same seed."""

from __future__ import annotations

import pytest
import torch

from studio.catalog.checking import build_spec, read_spec
from studio.catalog.modules import starting_values
from studio.catalog.shelf import entries, entry
from studio.engine.training.augmenting import augmented, build_augment
from studio.scripting.training import training_script
from studio.spec.errors import UserError
from studio.spec.events import Measured
from studio.spec.run import Ingredient, parse_toml
from tests.training_runs import train

TURNED = 'augment=[{name="RandomRotation",degrees=15.0},{name="GaussianNoise",sigma=0.05}]'
SETTINGS = ["training.device=cpu", "training.epochs=2", "checkpoints.every_seconds=0.01", TURNED]


@pytest.mark.parametrize("name", [one.name for one in entries("transform")])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32)])
def test_every_transform_keeps_shape_and_type(name, shape):
    known = entry("transform", name)
    values = starting_values(known, shape)
    values |= {"alpha": 9.0, "sigma": 2.0} if name == "ElasticTransform" else {}
    augment = build_augment([Ingredient(name=name, **values)])
    images = augmented(augment, torch.rand(3, *shape))
    assert images.shape == (3, *shape)
    assert images.dtype == torch.float32


def test_transforms_for_training_images_are_offered_with_their_values():
    names = {one.name for one in entries("transform")}
    assert {"RandomHorizontalFlip", "RandomAffine", "ColorJitter", "GaussianBlur", "RandomErasing"} <= names
    assert not names & {"Normalize", "ToTensor", "Resize", "RandomResize", "MixUp", "RandomIoUCrop"}
    degrees = entry("transform", "RandomRotation").parameter("degrees")
    assert (degrees.annotation, degrees.required) == ("float | list[float]", True)
    assert entry("transform", "RandomHorizontalFlip").parameter("p").default == 0.5


def test_each_image_of_a_batch_is_changed_on_its_own():
    augment = build_augment([Ingredient(name="RandomAffine", degrees=30, translate=[0.2, 0.2])])
    images = torch.rand(1, 1, 16, 16).expand(8, -1, -1, -1)
    changed = augmented(augment, images)
    assert len({image.numpy().tobytes() for image in changed}) == 8
    assert augmented(None, images) is images


def test_a_run_repeats_and_goes_on_after_a_stop_bit_for_bit(workspace):
    def stop(event, control):
        if isinstance(event, Measured) and max(event.series["loss/train"].steps, default=0) >= 5:
            control.stop()

    whole = train(workspace, "digits-cnn", SETTINGS)
    stopped = train(workspace, "digits-cnn", SETTINGS, watch=stop)
    assert stopped.ended.outcome == "stopped"
    resumed = train(workspace, "", resume=stopped.ended.result["run"])
    plain = train(workspace, "digits-cnn", SETTINGS[:-1])
    sha256 = whole.ended.result["weights_sha256"]
    assert resumed.ended.result["weights_sha256"] == sha256
    assert plain.ended.result["weights_sha256"] != sha256


@pytest.mark.parametrize(
    ("recipe", "settings", "said"),
    [
        ("digits-cnn", ["augment[0].degrees=true"], "`augment[0].degrees` is True"),
        ("digits-cnn", ["augment[0].name=RandomRotate"], "Did you mean `RandomRotation`?"),
        ("digits-cnn", ["augment[1].sigma=-1"], "`augment[1].sigma` is -1; it must be 0 or more"),
        ("linear-regression", [], "`augment` is for images, and `line` gives none."),
    ],
)
def test_what_is_wrong_is_told_with_its_place(recipe, settings, said):
    with pytest.raises(UserError) as caught:
        read_spec(recipe, [TURNED, *settings])
    assert said in str(caught.value)


def test_what_torchvision_refuses_is_told():
    with pytest.raises(UserError, match=r"`augment\[0\]`, RandomRotation"):
        build_augment([Ingredient(name="RandomRotation", degrees=-5)])


def test_a_specification_with_transforms_reads_back_and_its_script_says_them():
    spec = read_spec("digits-cnn", [TURNED])
    assert build_spec(parse_toml(spec.as_toml())) == spec
    assert "augment" not in read_spec("digits-cnn").as_tables()
    text = training_script(spec)
    assert "v2.RandomRotation(degrees=15.0)," in text
    assert "x = torch.stack([augment(image) for image in x])" in text
