"""Planted defects are caught, and what cannot be judged is never called equal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import onnx
import pytest
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from studio.engine.exporting import onnx_format
from studio.engine.exporting.parity import compare, make_samples, reference
from studio.engine.exporting.subject import flatten, prepare
from studio.engine.models import OpenedModel
from studio.spec.errors import UserError
from studio.spec.model_input import InputSpec
from tests.exported_models import SmallNet, files_of, opened, request_for


@pytest.fixture
def small() -> OpenedModel:
    torch.manual_seed(0)
    return opened(SmallNet().eval())


def test_changed_weights_in_the_file_are_caught(small: OpenedModel, tmp_path: Path) -> None:
    samples = make_samples(small)
    subject = prepare(small, samples.batch[:2])
    path = tmp_path / "model.onnx"
    onnx_format.write(subject, path)
    found = reference(subject, samples)
    assert compare(found, onnx_format.load(path)).verdict == "equal within tolerance"

    graph = onnx.load(str(path))
    weight = next(one for one in graph.graph.initializer if len(one.dims) == 2)
    changed = numpy_helper.to_array(weight).copy()
    changed[3] += 0.02
    weight.CopyFrom(numpy_helper.from_array(changed, weight.name))
    onnx.save(graph, str(path))
    verdict = compare(found, onnx_format.load(path))
    assert verdict.verdict == "not equal"
    assert verdict.reason is not None
    assert verdict.reason.name == "export.not_equal"


def test_a_swapped_pair_of_classes_is_caught(small: OpenedModel) -> None:
    samples = make_samples(small)
    subject = prepare(small, samples.batch[:2])
    order = torch.tensor([1, 0, *range(2, 10)])
    verdict = compare(reference(subject, samples), lambda batch: (subject.run(batch)[0][:, order],))
    assert verdict.verdict == "not equal"


def test_a_file_that_ignores_its_input_is_caught(small: OpenedModel) -> None:
    """Also where the answers vary so little that the size of the difference alone would pass."""
    with torch.no_grad():
        small.module.head.weight.mul_(1e-4)
        small.module.head.bias.copy_(torch.arange(10.0))
    samples = make_samples(small)
    subject = prepare(small, samples.batch[:2])
    constant = subject.run(samples.batch[:1])[0]
    verdict = compare(reference(subject, samples), lambda batch: (constant.expand(len(batch), -1),))
    assert verdict.max_rel_diff is not None
    assert verdict.max_rel_diff < 1e-3
    assert verdict.verdict == "not equal"


def test_a_folded_batch_size_is_caught(small: OpenedModel) -> None:
    samples = make_samples(small)
    subject = prepare(small, samples.batch[:2])
    verdict = compare(reference(subject, samples), lambda batch: (subject.run(batch)[0][:1],))
    assert verdict.verdict == "not equal"
    assert verdict.reason is not None
    assert "shapes" in verdict.reason.why


def test_a_constant_model_is_never_called_equal(small: OpenedModel, tmp_path: Path) -> None:
    nn.init.zeros_(small.module.head.weight)
    files = files_of(small, request_for(tmp_path))
    for name in ("onnx", "torchscript", "pt2"):
        assert files[name].verdict == "failed"
        assert files[name].error is not None
        assert files[name].error.name == "export.cannot_be_proven"
        assert files[name].path is None
    # Weights are compared bit for bit, which needs no answers.
    assert files["safetensors"].verdict == files["state_dict"].verdict == "equal"


class RandomDropout(nn.Module):
    """Functional dropout that forgets evaluation mode."""

    def forward(self, values: Tensor) -> Tensor:
        """Values (N, 4), half of them dropped."""
        return nn.functional.dropout(values, 0.5, training=True)


def test_a_model_that_answers_at_random_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        files_of(opened(RandomDropout(), (4,)), request_for(tmp_path, "onnx"))
    assert caught.value.name == "export.not_deterministic"


def test_a_regression_has_no_top_class(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = opened(nn.Linear(1, 1).eval(), (1,), task="regress")
    files = files_of(model, request_for(tmp_path))
    assert all(file.is_good and file.top1_agreement is None for file in files.values())


def test_made_samples_are_pictures_as_the_model_wants_them(small: OpenedModel) -> None:
    wanted = InputSpec(kind="image", shape=(3, 32, 32), mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
    samples = make_samples(replace(small, input=wanted, sampled=None))
    assert samples.real == 0
    assert samples.batch.shape[1:] == (3, 32, 32)
    assert float(samples.batch.min()) == -2.0
    assert float(samples.batch.max()) == 2.0


def test_every_tensor_of_a_nested_output_is_compared() -> None:
    one, two, three = torch.zeros(1), torch.ones(1), torch.full((1,), 2.0)
    assert flatten({"a": {"x": one}, "b": {"x": two}}) == {"a_x": one, "b_x": two}
    assert flatten([{"x": one}, {"x": two}]) == {"output_0_x": one, "output_1_x": two}
    assert list(flatten({"a_b": one, "a": {"b": two}}).values()) == [one, two]
    assert flatten(three) == {"output": three}
    assert flatten((one, None, two)) == {"output_0": one, "output_2": two}


def test_the_imaginary_part_counts() -> None:
    class Turn(nn.Module):
        def forward(self, values: Tensor) -> Tensor:
            return torch.complex(values.flatten(1), 2 * values.flatten(1))

    model = replace(opened(Turn().eval()), task="regress")
    samples = make_samples(model)
    subject = prepare(model, samples.batch[:2])
    found = reference(subject, samples)
    assert compare(found, subject.run).verdict == "equal"

    def without(batch: Tensor) -> tuple[Tensor, ...]:
        return (torch.complex(batch.flatten(1), torch.zeros_like(batch.flatten(1))),)

    assert compare(found, without).verdict == "not equal"
    assert compare(found, lambda batch: (batch.flatten(1),)).verdict == "not equal"
