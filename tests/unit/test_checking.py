"""Specifications from recipes, files and settings; one clear line for whatever is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.catalog.checking import build_spec, check_value, read_spec
from studio.catalog.recipes import inherited, recipes
from studio.catalog.shelf import entries
from studio.spec.errors import UserError
from studio.spec.run import parse_toml


@pytest.mark.parametrize("recipe", [one.name for one in recipes()])
def test_every_recipe_is_a_good_specification(recipe):
    spec = read_spec(recipe)
    assert spec.recipe == recipe
    assert build_spec(parse_toml(spec.as_toml())) == spec


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("optimizer.lr=-0.1", "`optimizer.lr` is -0.1; it must be above 0."),
        ("optimizer.lr=0", "`optimizer.lr` is 0; it must be above 0."),
        ("optimizer.lr=inf", "`optimizer.lr` is inf; it must be a finite number."),
        ("optimizer.lr=fast", "`optimizer.lr` is 'fast'; it must be a number."),
        ("optimizer.lrr=0.1", "`optimizer.lrr` is not a parameter of AdamW. Did you mean `lr`?"),
        ("optimizer.betas=[0.9]", "`optimizer.betas` is [0.9]; it must be a list of 2 numbers."),
        (
            "optimizer.betas=[0.9, 1.0]",
            "`optimizer.betas` is [0.9, 1.0]; each number must be 0 or more and below 1.",
        ),
        ("optimizer.name=Adm", "`optimizer.name` is 'Adm'; there is no such optimizer. Did you mean `Adam`?"),
        ("model.dropout=1.0", "`model.dropout` is 1.0; it must be 0 or more and below 1."),
        ("scheduler.name=StepLR", "`scheduler.step_size` is missing. StepLR needs it."),
        (
            "scheduler.anneal_strategy=sin",
            "`scheduler.anneal_strategy` is 'sin'; it must be one of `cos`, `linear`.",
        ),
        ("loss.name=MSELoss", "`loss.name` is `MSELoss`, which does not suit classification"),
        ("data.name=digit", "`data.name` is 'digit'; there is no such dataset. Did you mean `digits`?"),
        ("training.epoch=3", "`training.epoch` is not a key of a specification. Did you mean `epochs`?"),
        ("training.epochs=0", "`training.epochs` is 0; it must be 1 or more."),
        (
            "model.name=linear",
            "`model.name` is `linear`, which does not take the samples of `digits` (shape 1×8×8)",
        ),
        ("task=dreaming", "`task` is 'dreaming'; it must be one of `classification`, `regression`,"),
    ],
)
def test_a_bad_setting_is_one_clear_line(setting, line):
    with pytest.raises(UserError) as caught:
        read_spec("digits-cnn", [setting])
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_nesterov_without_momentum_is_told_before_torch_does():
    with pytest.raises(UserError, match="needs a momentum above 0"):
        read_spec("linear-regression", ["optimizer.nesterov=true"])


def test_an_unknown_recipe_suggests_the_nearest():
    with pytest.raises(UserError, match="Did you mean `digits-cnn`"):
        read_spec("digit-cnn")


def test_a_file_starts_from_a_recipe_and_changes_it(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('recipe = "digits-cnn"\n[optimizer]\nlr = 0.5\n[model]\nname = "mlp"\n')
    spec = read_spec(path, ["training.epochs=3"])
    assert (spec.optimizer.name, spec.optimizer.parameters["lr"]) == ("AdamW", 0.5)
    assert spec.model.parameters == {}, "parameters of the CNN mean nothing to the MLP"
    assert spec.training.epochs == 3


def test_a_mark_of_the_byte_order_is_passed_over(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b'\xef\xbb\xbfrecipe = "digits-cnn"\n')
    assert read_spec(path).recipe == "digits-cnn"


def test_a_specification_without_a_recipe_takes_its_task_from_the_data():
    tables = {
        "data": {"name": "line"},
        "model": {"name": "linear"},
        "loss": {"name": "MSELoss"},
        "optimizer": {"name": "SGD"},
    }
    assert build_spec(tables).task == "regression"


def test_recipes_that_start_from_one_another_in_a_circle_are_refused():
    known = {"a": {"recipe": "b"}, "b": {"recipe": "a"}}
    with pytest.raises(UserError, match="circle: a → b → a"):
        inherited(known["a"], known, ("a",))


@pytest.mark.parametrize("kind", ["model", "dataset", "loss", "optimizer", "scheduler"])
def test_defaults_are_allowed_values(kind):
    for one in entries(kind):
        for parameter in one.parameters:
            if not parameter.required:
                check_value(f"{one.name}.{parameter.name}", parameter, parameter.default)


@given(
    lr=st.floats(1e-8, 10, exclude_min=True),
    betas=st.tuples(st.floats(0, 0.9999), st.floats(0, 0.9999)),
    hidden=st.lists(st.integers(1, 512), max_size=4),
    epochs=st.integers(1, 10**6),
    seed=st.integers(0, 2**63 - 1),
    activation=st.sampled_from(["relu", "gelu", "tanh", "silu"]),
)
def test_what_is_written_reads_back_equal(*, lr, betas, hidden, epochs, seed, activation):
    spec = build_spec(
        {
            "recipe": "digits-cnn",
            "model": {"name": "mlp", "hidden": hidden, "activation": activation},
            "optimizer": {"lr": lr, "betas": list(betas)},
            "training": {"epochs": epochs, "seed": seed},
        }
    )
    assert build_spec(parse_toml(spec.as_toml())) == spec


@pytest.mark.parametrize("recipe", ["digits-gan", "digits-vae", "cartpole"])
def test_steps_that_cannot_be_shared_are_refused_by_several_processes(recipe):
    with pytest.raises(UserError) as caught:
        read_spec(recipe, ["training.processes=2"])
    assert str(caught.value).startswith("`training.processes` is 2, but the steps of ")
    assert read_spec("scenes-detection", ["training.processes=2"]).training.processes == 2
