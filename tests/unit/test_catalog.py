"""The shelf knows what torch has, without importing it, and as torch itself says it."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from studio.catalog.entries import KINDS, Parameter
from studio.catalog.modules import IN_SIZES
from studio.catalog.shelf import RUN_DEFAULTS, entries, entry, suitable
from studio.catalog.signatures import SourceFile, parameter_help, written_type
from studio.spec.errors import UserError
from studio.spec.job import resolve


def test_no_torch_is_imported():
    code = (
        "import sys; from studio.catalog.shelf import KINDS, entries;"
        "assert all(entries(kind) for kind in KINDS);"
        "raise SystemExit('torch' in sys.modules or 'numpy' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_factories_and_signatures_are_those_of_the_imported_objects(kind):
    for one in entries(kind):
        signature = inspect.signature(resolve(one.factory))
        for parameter in one.parameters:
            real = signature.parameters[parameter.name]
            if real.default is inspect.Parameter.empty:
                filled_in = parameter.name in IN_SIZES or (one.name, parameter.name) == ("Linear", "out_features")
                assert parameter.required or (one.name, parameter.name) in RUN_DEFAULTS or filled_in
            else:
                assert parameter.default == real.default, f"{one.name}.{parameter.name}"
        required = {
            name
            for name, real in signature.parameters.items()
            if real.default is inspect.Parameter.empty and real.kind not in (real.VAR_POSITIONAL, real.VAR_KEYWORD)
        }
        assert required <= {one.name for one in one.parameters} | set(one.supplied)


def test_every_plain_optimizer_of_torch_is_offered():
    classes = {
        name
        for name, value in vars(torch.optim).items()
        if inspect.isclass(value) and issubclass(value, torch.optim.Optimizer)
    }
    assert classes - {one.name for one in entries("optimizer")} == {"Optimizer", "SparseAdam", "Muon"}


def test_schedulers_that_need_functions_or_other_schedulers_are_left_out():
    names = {one.name for one in entries("scheduler")}
    assert {"OneCycleLR", "StepLR", "CosineAnnealingLR", "ReduceLROnPlateau"} <= names
    assert not names & {"LambdaLR", "MultiplicativeLR", "SequentialLR", "ChainedScheduler"}
    assert entry("scheduler", "OneCycleLR").tags == ("each_step",)
    assert entry("scheduler", "ReduceLROnPlateau").tags == ("each_epoch", "by_metric")


def test_losses_are_offered_by_task():
    assert "CrossEntropyLoss" in {one.name for one in suitable("loss", "classification")}
    assert "MSELoss" not in {one.name for one in suitable("loss", "classification")}
    assert "MSELoss" in {one.name for one in suitable("loss", "regression")}


def test_help_comes_from_docstrings():
    assert entry("optimizer", "AdamW").parameter("betas").help.startswith("coefficients used")
    assert entry("model", "mlp").parameter("hidden").help == "widths of the hidden layers, first one first."


def test_unknown_names_get_the_nearest():
    with pytest.raises(UserError, match="Did you mean `AdamW`"):
        entry("optimizer", "AdmW")
    with pytest.raises(UserError, match="Did you mean `optimizer`"):
        entries("optimiser")


def test_an_optimizer_that_is_left_out_says_why():
    with pytest.raises(UserError, match="sparse gradients only"):
        entry("optimizer", "SparseAdam")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("float | Tensor", "float"),
        ("Optional[int]", "int | None"),
        ("list[float] | float", "float"),
        ("tuple[float | Tensor, float | Tensor]", "tuple[float, float]"),
        ("Sequence[int]", "list[int]"),
        ("tuple[int, ...]", "list[int]"),
        ("bool | None", "bool | None"),
    ],
)
def test_types_are_told_in_few_words(text, expected):
    assert written_type(ast.parse(text, mode="eval").body) == (expected, ())


def test_choices_come_from_literals():
    assert written_type(ast.parse("Literal['a', 'b']", mode="eval").body) == ("str", ("a", "b"))


def test_help_of_many_lines_is_one_line():
    doc = "Does.\n\nArgs:\n    a (int): first\n        and more. Default: 3.\n    b: second.\n\nReturns:\n    none"
    assert parameter_help(doc) == {"a": "first and more.", "b": "second."}


def test_a_source_file_gives_defaults_that_are_named_or_computed(tmp_path):
    path = tmp_path / "some.py"
    path.write_text("EPS = 1e-3\ndef f(a, b: float = 1 / 4, c: float = EPS, d: float = -1, g=print): ...\n")
    arguments = {one.name: one for one in SourceFile(path).arguments("f")}
    assert [arguments[name].default for name in "bcd"] == [0.25, 1e-3, -1.0]
    assert arguments["a"].required
    assert arguments["g"].annotation is None


def test_what_is_allowed_is_a_phrase():
    share = Parameter("p", "float", minimum=0, maximum=1, exclusive_maximum=True)
    assert share.allowed() == "0 or more and below 1"
    assert Parameter("p", "str", choices=("a", "b")).allowed() == "one of `a`, `b`"
