"""Models that are lists of layers: what is offered, what comes out, and who is named when they do not fit."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from studio.catalog.checking import build_spec, read_spec
from studio.catalog.modules import starting_layers, starting_values
from studio.catalog.shapes import lay_out
from studio.catalog.shelf import entries, entry
from studio.engine.building import build_model
from studio.engine.models import open_model
from studio.scripting.source import excerpt
from studio.scripting.stacks import layers_text, stack_text
from studio.scripting.training import training_script
from studio.spec.errors import UserError
from studio.spec.model_ref import ModelRef
from studio.spec.run import parse_toml
from studio.zoo.models.stack import stack
from tests.training_runs import train

LAYERS = (
    'model.layers=[{name="Conv2d",out_channels=4,kernel_size=3},{name="ReLU"},{name="Flatten"},{name="Linear"}]'
)
STACK = ["model.name=stack", LAYERS]


def counted(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_layers_of_torch_are_offered_that_take_one_tensor_and_give_one():
    names = {one.name for one in entries("layer")}
    assert {
        "Conv2d",
        "Linear",
        "BatchNorm1d",
        "LayerNorm",
        "GroupNorm",
        "MaxPool2d",
        "Embedding",
        "PReLU",
    } <= names
    assert not names & {"LSTM", "Bilinear", "MultiheadAttention", "MaxUnpool2d", "Conv3d", "LazyLinear"}
    kernel = entry("layer", "Conv2d").parameter("kernel_size")
    assert (kernel.annotation, kernel.required, kernel.minimum) == ("int | list[int]", True, 1)
    assert kernel.help.startswith("Size of the convolving kernel")
    assert entry("layer", "Conv2d").summary.startswith("Applies a 2D convolution")
    assert not entry("layer", "Conv2d").parameter("in_channels").required


@pytest.mark.parametrize("shape", [(8,), (4, 8), (4, 8, 8), (1, 9, 7)])
def test_the_rule_of_every_layer_is_that_of_torch(shape):
    for known in entries("layer"):
        layout = lay_out([{"name": known.name, **starting_values(known, shape)}], shape, 0, whole=False)
        if layout.mistake:
            continue
        layer = layout.layers[0]
        module = getattr(nn, known.name)(**layer.values)
        batch = torch.zeros(2, *shape, dtype=torch.int64 if known.name == "Embedding" else torch.float32)
        assert tuple(module(batch).shape) == (2, *layer.shape), known.name
        assert counted(module) == layer.parameters, known.name


small = st.integers(1, 4)
pair = st.one_of(small, st.lists(small, min_size=2, max_size=2))
LAYER = st.one_of(
    st.fixed_dictionaries(
        {"name": st.just("Conv2d"), "out_channels": st.sampled_from([4, 8]), "kernel_size": pair},
        optional={"stride": pair, "padding": small, "dilation": small, "groups": st.sampled_from([1, 2, 4])},
    ),
    st.fixed_dictionaries(
        {"name": st.just("ConvTranspose2d"), "out_channels": small, "kernel_size": pair},
        optional={"stride": pair, "padding": st.integers(0, 2), "output_padding": st.integers(0, 2)},
    ),
    st.fixed_dictionaries(
        {"name": st.sampled_from(["MaxPool2d", "AvgPool2d"]), "kernel_size": pair},
        optional={"stride": pair, "padding": st.integers(0, 2), "ceil_mode": st.booleans()},
    ),
    st.fixed_dictionaries({"name": st.just("AdaptiveAvgPool2d"), "output_size": pair}),
    st.fixed_dictionaries({"name": st.just("GroupNorm"), "num_groups": small}, optional={"bias": st.booleans()}),
    st.fixed_dictionaries({"name": st.just("ZeroPad2d"), "padding": small}),
    st.fixed_dictionaries({"name": st.just("Linear"), "out_features": small}, optional={"bias": st.booleans()}),
    st.fixed_dictionaries({"name": st.just("Flatten")}, optional={"start_dim": st.integers(1, 3)}),
    st.fixed_dictionaries({"name": st.just("PixelShuffle"), "upscale_factor": st.integers(1, 2)}),
    st.sampled_from(["ReLU", "BatchNorm2d", "BatchNorm1d", "LayerNorm", "RMSNorm", "GLU", "Dropout"]).map(
        lambda name: {"name": name}
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(LAYER, max_size=6), st.tuples(small, st.integers(1, 9), st.integers(1, 9)))
def test_random_stacks_have_the_shapes_and_sizes_that_were_told(layers: list[dict[str, Any]], shape):
    fitting: list[dict[str, Any]] = []
    for layer in layers:  # those that do not fit are left out, so that whole stacks are tried
        if lay_out([*fitting, layer], shape, 3, whole=False).mistake is None:
            fitting.append(layer)
    whole = [*fitting, {"name": "Flatten"}, {"name": "Linear"}]
    layout = lay_out(whole, shape, 3)
    assert layout.mistake is None
    model = stack(shape, 3, whole).eval()
    value = torch.zeros(2, *shape)
    for module, layer in zip(model, layout.layers, strict=True):
        value = module(value)
        assert tuple(value.shape[1:]) == layer.shape
        assert counted(module) == layer.parameters


@pytest.mark.parametrize(
    ("layers", "index", "why"),
    [
        ([{"name": "Flatten"}, {"name": "Linear", "in_features": 9}], 1, "Linear expects 9 numbers, it gets 64"),
        ([{"name": "Linear"}], 0, "The last layer gives 1×8×10 numbers, and 10 are wanted: put Flatten before it"),
        ([{"name": "Flatten"}, {"name": "Conv2d", "out_channels": 4, "kernel_size": 3}], 1, "it gets 64"),
        ([{"name": "MaxPool2d", "kernel_size": 9}], 0, "looks at 9 places at once, it gets 8×8"),
        ([{"name": "GroupNorm", "num_groups": 2}], 0, "cannot part 1 channels into 2 groups"),
        ([{"name": "Linear", "out_features": None}, {"name": "ReLU"}], 0, "has to say out_features"),
        ([], 0, "A stack needs a layer"),
    ],
)
def test_the_layer_that_does_not_fit_is_named(layers, index, why):
    place, said = lay_out(layers, (1, 8, 8), 10).mistake
    assert place == index
    assert why in said


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (
            "model.layers[0].kernel_size=x",
            "`model.layers[0].kernel_size` is 'x'; it must be a whole number or",
        ),
        ("model.layers[0].kernel_size=0", "`model.layers[0].kernel_size` is 0; it must be 1 or more"),
        ("model.layers[0].kernel=3", "Did you mean `kernel_size`?"),
        ("model.layers[1].name=Relu", "Did you mean `ReLU`?"),
        ("model.layers[0].kernel_size=9", "`model.layers[0]` does not fit: Conv2d looks at 9 places"),
        ("model.layers[7].p=1", "is not there: the list has 4 items"),
        ("model.layers=[{p=1}]", "`model.layers[0].name` is missing"),
        ("model.layers=ReLU", "it must be a list of tables"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(setting, said):
    with pytest.raises(UserError) as caught:
        read_spec("digits-cnn", [*STACK, setting])
    assert said in str(caught.value)


def test_one_value_of_one_layer_can_be_set_and_the_file_reads_back():
    spec = read_spec("digits-cnn", [*STACK, "model.layers[0].kernel_size=[3, 5]", "model.layers[1].name=GELU"])
    assert spec.model.parameters["layers"][0]["kernel_size"] == [3, 5]
    assert spec.model.parameters["layers"][1] == {"name": "GELU"}
    assert build_spec(parse_toml(spec.as_toml())) == spec


def test_a_script_is_a_plain_sequential_with_every_size():
    text = training_script(read_spec("digits-cnn", STACK))
    assert "nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10))" in text
    assert "def stack" not in text


@pytest.mark.parametrize("dataset", [one.name for one in entries("dataset") if one.shape])
def test_a_stack_begins_with_layers_that_fit_the_data(dataset):
    known = entry("dataset", dataset)
    layers = starting_layers(known.gives)
    assert lay_out(layers, known.shape, known.answers, is_tokens=known.gives == "tokens").mistake is None


def test_tokens_go_through_an_embedding_first():
    layers = [
        {"name": "Embedding", "num_embeddings": 9, "embedding_dim": 4},
        {"name": "Flatten"},
        {"name": "Linear"},
    ]
    model = stack((5,), 2, layers)
    assert model(torch.zeros(3, 5, dtype=torch.int64)).shape == (3, 2)
    assert lay_out(layers, (5,), 2, is_tokens=True).mistake is None
    assert "begin with Embedding" in lay_out(layers[1:], (5,), 2, is_tokens=True).mistake[1]


def test_a_trained_stack_opens_again(workspace):
    trained = train(workspace, "digits-cnn", ["training.device=cpu", "training.epochs=2", *STACK])
    assert trained.ended.result["metrics"]["accuracy/test"] > 0.6
    opened = open_model(ModelRef.parse(f"run:{trained.ended.result['run']}@last"), workspace)
    assert opened.module(torch.zeros(1, 1, 8, 8)).shape == (1, 10)


def test_a_layer_that_torch_refuses_is_named():
    spec = read_spec("digits-cnn", STACK)
    broken = [{"name": "Flatten"}, {"name": "Linear", "in_features": 5}, {"name": "Linear"}]
    spec = spec.model_copy(update={"model": type(spec.model)(name="stack", layers=broken)})
    with pytest.raises(UserError, match="layer 1, Linear"):
        build_model(spec)


def test_where_the_shape_is_not_known_before_a_script_fills_in_the_sizes_itself():
    layers = read_spec("digits-cnn", STACK).model.parameters["layers"]
    names: dict[str, Any] = {"nn": nn, "torch": torch}
    part = excerpt("studio.zoo.models.stack:stack")
    exec("from typing import Any\nfrom collections.abc import Sequence\nimport copy\n" + part.text, names)
    torch.manual_seed(3)
    found = eval(f"stack(in_shape=(1, 8, 8), out_features=10, layers={layers_text(layers)})", names)
    torch.manual_seed(3)
    known = eval(stack_text(read_spec("digits-cnn", STACK), entry("dataset", "digits")), names)
    assert [str(module) for module in found] == [str(module) for module in known]
    assert all(torch.equal(a, b) for a, b in zip(found.parameters(), known.parameters(), strict=True))
