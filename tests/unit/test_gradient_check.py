"""Gradients checked by finite differences: right ones agree, planted wrong ones do not."""

from __future__ import annotations

import pytest

from studio.engine.autograd.check_job import run
from studio.resources import resource
from studio.spec.gradient_check import Checked
from studio.spec.job import Control, drive
from studio.spec.recording import SnippetRequest


def checked(text: str) -> Checked:
    events: list[object] = []
    ended = drive(run, SnippetRequest(text), Control(), events.append)
    assert ended.outcome == "finished", ended.error
    (found,) = [event for event in events if isinstance(event, Checked)]
    return found


def test_the_first_lesson_agrees_to_ten_digits() -> None:
    found = checked(resource("lessons", "01-dynamic-graphs.py").read_text(encoding="utf-8"))
    assert found.output == "z"
    assert [(check.name, check.by_backward) for check in found.checks] == [("x", 3.0), ("y", 8.0)]
    assert all(check.agrees and check.dtype == "float64" for check in found.checks)
    assert all(0 <= check.difference < 1e-8 for check in found.checks)


@pytest.mark.parametrize("path", sorted(resource("lessons").glob("*.py")), ids=lambda path: path.stem)
def test_every_lesson_agrees(path: object) -> None:
    found = checked(path.read_text(encoding="utf-8"))  # type: ignore[attr-defined]  # a Path, by glob
    assert found.checks
    assert not [check for check in found.checks if not check.agrees]


def test_parameters_of_a_module_are_checked_by_name() -> None:
    found = checked(resource("lessons", "02-linear-model.py").read_text(encoding="utf-8"))
    assert {check.name for check in found.checks} == {"model.weight[0, 0]", "model.bias[0]"}


def test_a_planted_wrong_gradient_is_found() -> None:
    text = resource("lessons", "05-custom-function.py").read_text(encoding="utf-8")
    (check,) = checked(text.replace("gradient * 3 *", "gradient * 2 *")).checks
    assert not check.agrees
    assert check.by_backward == 8.0
    assert check.by_differences == pytest.approx(12.0, abs=1e-6)


def test_single_precision_is_checked_with_its_own_tolerance() -> None:
    (check,) = checked(
        "import torch\nx = torch.tensor(2.0, dtype=torch.float32, requires_grad=True)\nx.sin().backward()\n"
    ).checks
    assert check.dtype == "float32"
    assert check.agrees


LEAF = "import torch\ntorch.manual_seed(1)\nw = torch.ones(2, 2, requires_grad=True)\n"
SQUARE = "(w ** 2).sum().backward()\n"
TWO_MODELS = """import torch
torch.manual_seed(0)
first, second = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
second.load_state_dict(first.state_dict())
(second(torch.ones(3, 2)) ** 2).sum().backward()
"""
CORRECT = {
    "initialized by data": LEAF + "w.data.normal_()\n" + SQUARE,
    "scaled by data": LEAF + "w.data *= 0.1\n" + SQUARE,
    "filled without gradients": LEAF + "with torch.no_grad():\n    w[:] = torch.rand(2, 2)\n" + SQUARE,
    "read before": LEAF + "v = w.new_empty(2, 2).zero_()\nwith torch.no_grad():\n    w.add_(w * 2)\n" + SQUARE,
    "loaded from another model": TWO_MODELS,
    "a gradient of its own": LEAF + "(w ** 2).sum().backward(gradient=torch.tensor(5.0))\n",
    "a positional gradient": LEAF + "(w ** 2).sum().reshape(1).backward(torch.tensor([5.0]))\n",
    "a gradient there before": LEAF + "w.grad = torch.full((2, 2), 3.0)\n" + SQUARE,
    "a tried model": LEAF + "(w * 2).sum()\nw.data.fill_(0.5)\n" + SQUARE,
    "a custom function": LEAF
    + "class Cube(torch.autograd.Function):\n"
    + "    @staticmethod\n    def forward(ctx, x):\n        ctx.save_for_backward(x)\n        return x ** 3\n"
    + "    @staticmethod\n    def backward(ctx, g):\n        return g * 3 * ctx.saved_tensors[0] ** 2\n"
    + "w.data.fill_(2.0)\nCube.apply(w).sum().backward()\n",
    "a sparse gradient": "import torch\ntorch.manual_seed(0)\ne = torch.nn.Embedding(4, 2, sparse=True)\n"
    + "(e(torch.tensor([1, 2])) ** 2).sum().backward()\n",
    "halfway in single precision": LEAF + "(w.float() ** 2).sum().backward()\n",
}


@pytest.mark.parametrize("name", CORRECT)
def test_a_correct_gradient_agrees(name: str) -> None:
    found = checked(CORRECT[name])
    assert found.checks, found.reason
    assert [check for check in found.checks if not check.agrees] == []


def test_a_planted_wrong_gradient_is_found_where_one_was_there_before() -> None:
    hook = "w.grad = torch.ones(2, 2)\nw.register_hook(lambda g: g * 1.5)\n"
    assert not any(check.agrees for check in checked(LEAF + hook + SQUARE).checks)


@pytest.mark.parametrize(
    "text",
    [
        "y = torch.nn.Linear(2, 1)(torch.ones(3, 2).float() * w[0].float())\ny.sum().backward()\n",
        "import numpy\n(torch.from_numpy(numpy.ones((3, 2), dtype=numpy.float32)) @ w).sum().backward()\n",
    ],
)
def test_what_needs_single_precision_is_checked_in_it(text: str) -> None:
    found = checked(LEAF + text)
    assert {check.dtype for check in found.checks} == {"float32"}
    assert all(check.agrees for check in found.checks)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import torch\nx = torch.ones(3, requires_grad=True)\n", "before a backward pass"),
        ("import torch\nx = torch.rand(3, requires_grad=True)\nx.exp().sum().backward()\n", "manual_seed"),
        (
            "import torch\nx = torch.ones(3, requires_grad=True)\n(x * 2).backward(torch.ones(3))\n",
            "single number",
        ),
        ("1 / 0\n", "before a backward pass"),
        (
            LEAF + "y = (w * 2).sum()\nw.data.fill_(3.0)\n(w * 3).sum().backward()\n",
            "changed after they were used",
        ),
        ("import torch\nx = torch.ones(2, dtype=torch.half, requires_grad=True)\nx.sum().backward()\n", "32-bit"),
    ],
)
def test_what_cannot_be_checked_says_why(text: str, reason: str) -> None:
    found = checked(text)
    assert found.checks == ()
    assert reason in found.reason


def test_of_many_elements_some_are_checked_and_the_rest_is_counted() -> None:
    found = checked("import torch\nx = torch.linspace(0, 1, 1000, requires_grad=True)\nx.sin().sum().backward()\n")
    assert 20 < len(found.checks) <= 48
    assert found.left_out == 1000 - len(found.checks)
    assert all(check.agrees for check in found.checks)
