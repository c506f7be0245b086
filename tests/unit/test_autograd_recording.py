"""The recording of a snippet agrees with what plain PyTorch does."""

from __future__ import annotations

import gc
import json
import sys
import types
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.engine.autograd.job import run
from studio.resources import resource
from studio.spec.events import Ended, Event
from studio.spec.job import Control, drive
from studio.spec.recording import Recorded, Recording, SnippetRequest
from studio.spec.recording_json import recording_tables


def recorded(text: str, **limits: Any) -> Recording:
    """The recording of a snippet, made by the job as the window makes it."""
    events: list[Event] = []
    ended = drive(run, SnippetRequest(text, **limits), Control(), events.append)
    assert ended.outcome == "finished", ended.error
    assert isinstance(events[-1], Ended)
    (recording,) = [event.recording for event in events if isinstance(event, Recorded)]
    return recording


def plainly(text: str) -> dict[str, Any]:
    """The variables after plain Python ran the snippet."""
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(text, "plain.py", "exec"), space)
    return space


FIRST = """import torch
x = torch.tensor(2.0, requires_grad=True)
y = torch.tensor(3.0, requires_grad=True)
z = x * y + y ** 2
z.backward()
print(x.grad, y.grad)
"""


def test_the_first_snippet_gives_its_values_gradients_and_graph() -> None:
    recording = recorded(FIRST)
    leaves = {leaf.name: leaf for leaf in recording.leaves}
    assert (leaves["x"].value.scalar, leaves["y"].value.scalar) == (2.0, 3.0)
    assert leaves["x"].grad is not None
    assert leaves["y"].grad is not None
    assert (leaves["x"].grad.scalar, leaves["y"].grad.scalar) == (3.0, 8.0)
    assert recording.stdout == "tensor(3.) tensor(8.)\n"
    assert recording.error is None
    titles = {node.index: node.title for node in recording.nodes}
    edges = {(titles[edge.source], titles[edge.target]) for edge in recording.edges}
    assert edges == {("x", "x·y"), ("y", "x·y"), ("y", "y²"), ("x·y", "+"), ("y²", "+"), ("+", "z")}
    values = {node.title: recording.values[node.values[0]].picture.scalar for node in recording.nodes}
    assert values == {"x": 2.0, "y": 3.0, "x·y": 6.0, "y²": 9.0, "+": 15.0, "z": 15.0}


def test_every_operation_has_its_line_and_column() -> None:
    places = [(each.name, each.place.line, each.place.column) for each in recorded(FIRST).operations if each.place]
    assert places == [
        ("tensor", 2, 5),
        ("tensor", 3, 5),
        ("mul", 4, 5),
        ("pow", 4, 13),
        ("add", 4, 5),
        ("backward", 5, 1),
    ]


def test_backward_runs_in_the_order_of_the_engine_with_the_gradients_of_each_node() -> None:
    recording = recorded(FIRST)
    steps = [
        (recording.nodes[step.node].backward, [picture and picture.scalar for picture in step.grad_out])
        for step in recording.backward
    ]
    assert steps == [
        ("AddBackward0", [1.0, 1.0]),
        ("PowBackward0", [6.0]),
        ("MulBackward0", [3.0, 2.0]),
        ("AccumulateGrad", []),
        ("AccumulateGrad", []),
    ]
    sentences = [moment.sentence for moment in recording.passes[0].moments]
    assert "MulBackward0 sends 1 · y = 3 to x and 1 · x = 2 to y." in sentences
    assert "The gradient has arrived: y.grad = 8." in sentences
    assert len(recording.passes) == 1


SNIPPETS = {
    "matrices": """import torch
torch.manual_seed(3)
w = torch.randn(3, 4, requires_grad=True)
b = torch.randn(4, requires_grad=True)
x = torch.randn(5, 3)
loss = torch.nn.functional.softplus(x @ w + b).mean()
loss.backward()
""",
    "two layers": """import torch
from torch import nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
x, y = torch.randn(6, 4), torch.tensor([0, 1, 2, 0, 1, 2])
opt = torch.optim.Adam(model.parameters(), lr=0.1)
for _ in range(3):
    loss = nn.functional.cross_entropy(model(x), y)
    opt.zero_grad(); loss.backward(); opt.step()
w0 = model[0].weight; b2 = model[2].bias
""",
    "accumulated": """import torch
x = torch.tensor([1.0, -2.0], requires_grad=True)
for k in range(3):
    (x ** 2 * k).sum().backward()
""",
    "in place and views": """import torch
a = torch.ones(3, requires_grad=True)
b = a * 2
b[0] = 7.0
b.mul_(3)
b.sum().backward()
""",
    "checkpoint": """import torch
from torch.utils.checkpoint import checkpoint
x = torch.linspace(0, 1, 4, requires_grad=True)
y = checkpoint(lambda t: t.sin().exp(), x, use_reentrant=False).sum()
y.backward()
""",
    "hooks": """import torch
x = torch.tensor(3.0, requires_grad=True)
y = x * x
y.register_hook(lambda g: g * 10)
y.backward()
""",
    "inference": """import torch
with torch.inference_mode():
    q = torch.ones(2) * 3
x = torch.ones(2, requires_grad=True)
(x * 2).sum().backward()
""",
    "second derivative": """import torch
x = torch.tensor(2.0, requires_grad=True)
g, = torch.autograd.grad(x ** 3, x, create_graph=True)
g.backward()
""",
    "dropout": """import torch
torch.manual_seed(1)
x = torch.ones(10, requires_grad=True)
torch.nn.functional.dropout(x, 0.5).sum().backward()
after = torch.rand(3, requires_grad=True)
""",
}


@pytest.mark.parametrize("name", SNIPPETS)
def test_values_and_gradients_are_the_same_bits_as_without_the_recording(name: str) -> None:
    text = SNIPPETS[name]
    plain = plainly(text)
    recording = recorded(text)
    assert recording.error is None, recording.error
    leaves = {leaf.name: leaf for leaf in recording.leaves}
    compared = 0
    for variable, tensor in plain.items():
        if not isinstance(tensor, torch.Tensor) or not (tensor.is_leaf and tensor.requires_grad):
            continue
        leaf = leaves.get(variable) or next(
            each for each in recording.leaves if each.value.numbers == tuple(tensor.detach().reshape(-1).tolist())
        )
        compared += 1
        assert leaf.value.numbers == tuple(tensor.detach().reshape(-1).tolist())
        if tensor.grad is None:
            assert leaf.grad is None
        else:
            assert leaf.grad is not None
            assert leaf.grad.numbers == tuple(tensor.grad.reshape(-1).tolist())
    assert compared


def test_a_loop_becomes_one_pass_an_iteration_with_its_update() -> None:
    text = resource("lessons", "02-linear-model.py").read_text(encoding="utf-8")
    recording = recorded(text)
    passes = [each for each in recording.passes if each.has_backward]
    assert len(passes) == 100
    assert {moment.phase for moment in passes[99].moments} == {"forward", "backward", "update"}
    plain = plainly(text)
    weight = next(leaf for leaf in recording.leaves if leaf.name == "model.weight")
    assert weight.value.numbers == (plain["model"].weight.item(),)
    assert f"5 → {plain['model'](torch.tensor([[5.0]])).item():.2f}" in recording.stdout
    first = dict(passes[0].leaf_values)[weight.node or 0]
    last = dict(passes[99].leaf_values)[weight.node or 0]
    assert recording.values[first].picture.numbers != recording.values[last].picture.numbers


@pytest.mark.parametrize("path", sorted(resource("lessons").glob("*.py")), ids=lambda path: path.stem)
def test_every_lesson_runs_and_shows_a_graph_with_gradients(path: Path) -> None:
    recording = recorded(path.read_text(encoding="utf-8"))
    assert recording.error is None
    assert recording.stderr == ""
    assert recording.backward
    assert recording.stdout
    assert all(node.place is not None for node in recording.nodes if node.kind == "operation")


def test_a_custom_function_is_one_card_with_its_value_and_saved_tensor() -> None:
    recording = recorded(resource("lessons", "05-custom-function.py").read_text(encoding="utf-8"))
    card = next(node for node in recording.nodes if node.title == "Cube")
    assert recording.values[card.values[0]].picture.scalar == 8.0
    assert [saved.picture.scalar for saved in card.saved] == [2.0]
    assert recording.leaves[0].grad is not None
    assert recording.leaves[0].grad.scalar == 12.0


def test_no_tensor_and_no_hook_outlives_the_recording() -> None:
    keeper = types.ModuleType("recording_keeper")
    keeper.__dict__["references"] = references = []  # type: ignore[var-annotated]  # filled by the snippet
    sys.modules["recording_keeper"] = keeper
    try:
        recorded(
            "import torch, weakref\nfrom recording_keeper import references\n"
            "x = torch.ones(4, requires_grad=True)\ny = x.exp().sum()\ny.backward()\n"
            "references += [weakref.ref(x), weakref.ref(y)]\n"
        )
    finally:
        del sys.modules["recording_keeper"]
    gc.collect()
    assert len(references) == 2
    assert [reference() for reference in references] == [None, None]
    assert all(isinstance(reference, weakref.ref) for reference in references)


def test_a_module_that_outlives_the_snippet_keeps_no_hook_of_ours() -> None:
    keeper = types.ModuleType("recording_keeper")
    keeper.__dict__["weight"] = weight = torch.ones(2, requires_grad=True)
    sys.modules["recording_keeper"] = keeper
    graph = weight * 2  # keeps the accumulator of the leaf alive from before
    try:
        recording = recorded("from recording_keeper import weight\n(weight * 3).sum().backward()\n")
    finally:
        del sys.modules["recording_keeper"]
    steps = len(recording.backward)
    graph.sum().backward()
    assert len(recording.backward) == steps
    assert weight.grad is not None
    assert weight.grad.tolist() == [5.0, 5.0]


def test_the_tables_are_strict_json_and_refer_to_each_other() -> None:
    text = FIRST + "nothing = torch.tensor([float('nan'), float('inf')])\nbig = torch.zeros(2000)\n"
    tables = json.loads(json.dumps(recording_tables(recorded(text)), allow_nan=False))
    assert [(leaf["name"], leaf["value"], leaf["grad"]) for leaf in tables["leaves"]] == [
        ("x", 2.0, 3.0),
        ("y", 3.0, 8.0),
    ]
    identities = {node["id"] for node in tables["graph"]["nodes"]}
    assert {edge["source"] for edge in tables["graph"]["edges"]} <= identities
    assert {step["node"] for step in tables["backward"]} <= identities
    values = {value["name"]: value for value in tables["values"] if value["name"]}
    assert values["nothing"]["value"] == ["nan", "inf"]
    assert values["big"]["value"] is None
    assert values["big"]["statistics"]["maximum"] == 0.0
    assert tables["error"] is None


def test_a_decision_of_the_code_is_told() -> None:
    recording = recorded("import torch\nx = torch.tensor(1.0, requires_grad=True)\nif x > 0:\n    y = x * 2\n")
    assert any("decide how to go on" in moment.sentence for moment in recording.passes[0].moments)


def test_what_comes_after_the_limit_of_operations_only_runs() -> None:
    recording = recorded(FIRST.replace("z = ", "for _ in range(50): z = "), operations=20)
    assert len(recording.operations) == 20
    assert recording.stdout == "tensor(3.) tensor(8.)\n"
    assert any("20 operations" in note for note in recording.notes)


def test_output_beyond_its_limit_is_dropped_and_counted() -> None:
    recording = recorded("print('ä' * 100)", output_bytes=33)
    assert recording.stdout == "ä" * 16
    assert recording.notes == ("168 bytes of output were dropped; 33 bytes are kept.",)


def test_a_property_is_called_by_its_name() -> None:
    recording = recorded("import torch\nw = torch.ones(2, 3, requires_grad=True)\ny = w.T\ny.sum().backward()\n")
    operation = next(one for one in recording.operations if one.function == "torch.Tensor.T")
    assert operation.name == "T"
    assert "T" in [moment.label for moment in recording.passes[-1].moments]


SCALARS = """import torch
v = torch.tensor(3.0, requires_grad=True)
y = torch.tensor(2.0, requires_grad=True)
"""
WITH_OPTIONS = {
    "torch.add(v, y, alpha=2)": "add(v, y, alpha=2)",
    "torch.div(v, y, rounding_mode='floor')": "div",
    "torch.nn.functional.softplus(v, beta=2)": "softplus(v, beta=2)",
    "torch.nn.functional.softplus(v, 2)": "softplus(v, 2)",
    "torch.nn.functional.mse_loss(v, y, reduction='sum')": "mse_loss(v, y, reduction='sum')",
}


@pytest.mark.parametrize("call", WITH_OPTIONS)
def test_no_derivative_is_stated_that_leaves_an_option_out(call: str) -> None:
    recording = recorded(f"{SCALARS}z = {call}\nz.backward()\n")
    (card,) = (node for node in recording.nodes if node.kind == "operation")
    assert WITH_OPTIONS[call] in (card.title, card.formula)
    assert card.derivatives == ()
    assert not any("·" in moment.sentence for moment in recording.passes[0].moments)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        ("torch.add(v, y, alpha=1)", "∂(v + y)/∂v = 1"),
        ("torch.nn.functional.mse_loss(v, y, reduction='mean')", "∂(mse_loss(v, y))/∂v = 2·(v − y)/n = 2"),
        ("torch.nn.Softplus()(v)", "∂(softplus(v, 1, 20))/∂v = σ(v) = 0.952574"),
        ("v.sum(dim=0)", "∂(sum(v))/∂v = 1 for every element = 1"),
        ("1 / v", "∂(1 ÷ v)/∂v = −1/v² = −0.111111"),
    ],
)
def test_a_default_option_keeps_the_derivative(call: str, line: str) -> None:
    recording = recorded(f"{SCALARS}z = {call}\nz.backward()\n")
    assert line in [line for node in recording.nodes for line in node.derivatives]


def test_no_product_is_claimed_that_is_not_what_was_sent() -> None:
    hook = "z.grad_fn.register_prehook(lambda arrived: (arrived[0] * 5,))\n"
    recording = recorded(f"{SCALARS}z = v * 4\n{hook}z.backward()\n")
    sentences = [moment.sentence for moment in recording.passes[0].moments if moment.phase == "backward"]
    assert sentences[0] == "MulBackward0 sends 20 to v."
