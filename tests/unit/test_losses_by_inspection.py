"""Which losses of torch are offered for what, read off their docstrings, and that they can compare it."""

from __future__ import annotations

import inspect

import pytest
import torch
from torch import nn

from studio.catalog.checking import read_spec
from studio.catalog.shelf import entries, entry, reason_against, suitable
from studio.spec.errors import UserError

TORCHS = [
    name
    for name, value in vars(nn.modules.loss).items()
    if inspect.isclass(value) and issubclass(value, nn.Module) and value.__module__ == nn.modules.loss.__name__
    if not name.startswith("_")
]


@pytest.mark.parametrize("name", TORCHS)
def test_a_loss_is_offered_or_there_is_a_reason(name):
    offered = {one.name for one in entries("loss")}
    assert (name in offered) != bool(reason_against("loss", name))


def test_what_torch_has_today_is_sorted_as_it_should_be():
    by_class = {one.name for one in suitable("loss", "classification")} & set(TORCHS)
    numbers = {one.name for one in suitable("loss", "regression")} & set(TORCHS)
    assert by_class == {"CrossEntropyLoss", "MultiMarginLoss"}
    assert numbers == {"MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "PoissonNLLLoss"}


@pytest.mark.parametrize("name", sorted({"CrossEntropyLoss", "MultiMarginLoss"}))
def test_a_loss_of_classes_takes_indices_and_weights(name):
    loss = getattr(nn, name)(weight=torch.tensor([1.0, 2.0, 3.0]))
    assert loss(torch.randn(4, 3), torch.tensor([0, 1, 2, 2])).shape == ()
    assert "weight" in entry("loss", name).supplied


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("NLLLoss", "models answer logits"),
        ("BCELoss", "from 0 to 1"),
        ("GaussianNLLLoss", "input, target and var"),
    ],
)
def test_a_loss_that_is_left_out_says_why(name, reason):
    with pytest.raises(UserError, match=reason):
        read_spec("linear-regression", [f"loss.name={name}"])
