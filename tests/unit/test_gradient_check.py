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
