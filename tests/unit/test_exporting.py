"""Exports of small models made here: every format is written, loaded back by other code, and judged."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from studio.engine.exporting import onnx_format, torchscript_format
from studio.engine.exporting.job import export_model
from studio.engine.exporting.parity import compare, make_samples, reference
from studio.engine.exporting.subject import prepare
from studio.engine.model_files import input_spec, labels, open_file_model, read_metadata
from studio.engine.models import OpenedModel
from studio.spec.errors import UserError
from studio.spec.events import Ended, Event, Progressed, Started
from studio.spec.exports import FORMATS, Exported, ExportedFile, ExportRequest, FormatName, merged_files
from studio.spec.job import Control
from studio.spec.model_input import InputSpec
from studio.spec.model_ref import ModelRef

ALL: tuple[FormatName, ...] = tuple(one.name for one in FORMATS)


class SmallNet(nn.Module):
    """A convolution with batch norm and dropout: what evaluation mode matters for."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(4 * 64, 10)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits (N, 10) of pictures (N, 1, 8, 8)."""
        hidden = torch.relu(self.norm(self.features(pictures)))
        return self.head(self.dropout(hidden.flatten(1)))


def opened(module: nn.Module, shape: tuple[int, ...] = (1, 8, 8), task: str = "classify") -> OpenedModel:
    """A model as the studio opens it, with 20 real samples."""
    kind = "image" if len(shape) == 3 else "tensor"
    samples = torch.rand((20, *shape), generator=torch.Generator().manual_seed(3))
    return OpenedModel(
        module=module,
        ref=ModelRef("run", "0001-small", "best"),
        title="0001-small",
        input=InputSpec(kind=kind, shape=shape),
        labels=tuple(f"digit {index}" for index in range(10)),
        task=task,
        licence="yours",
        source="run 0001-small, step 10",
        sampled=lambda: samples,
    )


@pytest.fixture
def small() -> OpenedModel:
    torch.manual_seed(0)
    return opened(SmallNet().eval())


def request_for(folder: Path, *formats: FormatName, **options: object) -> ExportRequest:
    given = {"measure": False, **options}
    return ExportRequest("run:0001-small", formats or ALL, str(folder), **given)  # type: ignore[arg-type]  # options vary


def events_of(model: OpenedModel, request: ExportRequest, control: Control | None = None) -> list[Event]:
    return list(export_model(model, request, control or Control(), 'recipe = "digits-cnn"'))


def files_of(model: OpenedModel, request: ExportRequest) -> dict[str, ExportedFile]:
    events = events_of(model, request)
    files = merged_files(event.file for event in events if isinstance(event, Exported))
    return {file.format: file for file in files}


def test_every_format_is_written_proven_and_measured(small: OpenedModel, tmp_path: Path) -> None:
    events = events_of(small, request_for(tmp_path, measure=True))
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Ended)
    assert events[-1].outcome == "finished"
    done = [event.done / event.total for event in events if isinstance(event, Progressed)]
    assert done == sorted(done)
    assert done[-1] == 1
    files = merged_files(event.file for event in events if isinstance(event, Exported))
    assert [file.format for file in files] == list(ALL)
    for file in files:
        assert file.is_good, file
        assert file.max_rel_diff is not None
        assert file.max_rel_diff <= 1e-5
        assert file.top1_agreement == 1.0
        assert Path(str(file.path)).stat().st_size == file.bytes
        assert {1, 2, 7} <= set(file.batch_sizes)
        assert file.real_samples == 20
        assert file.made_samples > 0
        assert file.own_floor is not None
        assert 0 < file.own_floor < 1e-5
    measured = {file.format for file in files if file.latency_ms and file.eager_latency_ms and file.speed}
    assert measured == {"onnx", "torchscript", "pt2"}
    assert [file["format"] for file in events[-1].result["files"]] == list(ALL)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"0001-small{one.suffix}" for one in FORMATS)


def test_onnx_answers_as_the_model_in_code_of_its_own(small: OpenedModel, tmp_path: Path) -> None:
    file = files_of(small, request_for(tmp_path, "onnx"))["onnx"]
    session = onnxruntime.InferenceSession(str(file.path), providers=["CPUExecutionProvider"])
    for size in (1, 5):
        batch = torch.rand(size, 1, 8, 8)
        with torch.no_grad():
            expected = small.module(batch)
        found = torch.from_numpy(session.run(None, {"input": batch.numpy()})[0])
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_onnx_names_no_file_of_this_computer(small: OpenedModel, tmp_path: Path) -> None:
    file = files_of(small, request_for(tmp_path, "onnx", "pt2"))
    for one in file.values():
        content = Path(str(one.path)).read_bytes()
        assert str(Path(__file__).parent).encode() not in content
        assert b"site-packages" not in content


@pytest.mark.parametrize("opset", [18, 20, 22])
def test_the_opset_is_the_one_asked_for(small: OpenedModel, tmp_path: Path, opset: int) -> None:
    file = files_of(small, request_for(tmp_path, "onnx", opset=opset))["onnx"]
    assert file.opset == opset
    assert onnx.load(str(file.path)).opset_import[0].version == opset


def test_an_opset_that_was_not_written_is_said(small: OpenedModel, tmp_path: Path) -> None:
    file = files_of(small, request_for(tmp_path, "onnx", opset=13))["onnx"]
    assert file.is_good
    assert file.opset == 18
    assert "Opset 13 is not available; the file was written with opset 18." in file.notes


def test_an_opset_that_is_none_fails_with_the_range(small: OpenedModel, tmp_path: Path) -> None:
    file = files_of(small, request_for(tmp_path, "onnx", opset=99))["onnx"]
    assert file.verdict == "failed"
    assert file.error is not None
    assert file.error.name == "export.opset"
    assert "18 to 26" in file.error.line()


def test_a_fixed_batch_is_one_sample(small: OpenedModel, tmp_path: Path) -> None:
    files = files_of(small, request_for(tmp_path, "onnx", "pt2", dynamic_batch=False))
    assert all(file.is_good and file.batch_sizes == (1,) for file in files.values())
    graph = onnx.load(str(files["onnx"].path)).graph
    assert [size.dim_value for size in graph.input[0].type.tensor_type.shape.dim] == [1, 1, 8, 8]


@pytest.mark.parametrize("name", ALL)
def test_every_format_carries_labels_and_input(small: OpenedModel, tmp_path: Path, name: FormatName) -> None:
    file = files_of(small, request_for(tmp_path, name))[name]
    path = Path(str(file.path))
    metadata = read_metadata(path)
    assert labels(path, metadata) == small.labels
    assert input_spec(path, metadata) == small.input
    assert metadata["task"] == "classify"
    assert metadata["source"] == small.source
    assert metadata["model"] == "run:0001-small@best"
    assert metadata["spec"] == 'recipe = "digits-cnn"'


@pytest.mark.parametrize("name", ["onnx", "torchscript", "pt2"])
def test_a_file_with_a_graph_opens_and_answers(small: OpenedModel, tmp_path: Path, name: FormatName) -> None:
    file = files_of(small, request_for(tmp_path, name))[name]
    model = open_file_model(Path(str(file.path)))
    batch = torch.rand(3, 1, 8, 8)
    with torch.no_grad():
        torch.testing.assert_close(model.module(batch), small.module(batch), rtol=1e-4, atol=1e-5)
    assert (model.labels, model.input, model.task) == (small.labels, small.input, "classify")


def test_a_state_dict_stays_a_plain_one(small: OpenedModel, tmp_path: Path) -> None:
    file = files_of(small, request_for(tmp_path, "state_dict"))["state_dict"]
    fresh = SmallNet()
    fresh.load_state_dict(torch.load(str(file.path), weights_only=True))
    assert torch.equal(fresh.head.weight, small.module.head.weight)


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


def test_a_model_left_in_training_mode_is_exported_in_evaluation_mode(small: OpenedModel, tmp_path: Path) -> None:
    small.module.train()
    files = files_of(small, request_for(tmp_path, "onnx", "torchscript", "pt2"))
    assert all(file.is_good and "training mode" in file.notes[0] for file in files.values())
    assert small.module.training, "the model that was handed over must stay as it was"


class RandomDropout(nn.Module):
    """Functional dropout that forgets evaluation mode."""

    def forward(self, values: Tensor) -> Tensor:
        """Values (N, 4), half of them dropped."""
        return nn.functional.dropout(values, 0.5, training=True)


def test_a_model_that_answers_at_random_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        files_of(opened(RandomDropout(), (4,)), request_for(tmp_path, "onnx"))
    assert caught.value.name == "export.not_deterministic"


class Branching(nn.Module):
    """A branch that looks at the data."""

    def forward(self, values: Tensor) -> Tensor:
        """Values (N, 4), doubled where their sum is positive."""
        return values * 2 if values.sum() > 0 else values - 1


def test_a_branch_on_the_data_fails_by_name_and_spares_the_others(tmp_path: Path) -> None:
    files = files_of(opened(Branching(), (4,)), request_for(tmp_path, "onnx", "torchscript", "pt2"))
    for name in ("onnx", "pt2"):
        assert files[name].verdict == "failed"
        assert files[name].error is not None
        assert files[name].error.name == "export.depends_on_data", files[name].error.details
    assert files["torchscript"].is_good
    assert [path.name for path in tmp_path.iterdir()] == ["0001-small.pt"]


class Unsupported(nn.Module):
    """An operator that ONNX lacks."""

    def forward(self, values: Tensor) -> Tensor:
        """Values (N, 4), their Bessel function."""
        return torch.special.bessel_j0(values)


def test_an_unsupported_operator_is_named(tmp_path: Path) -> None:
    files = files_of(opened(Unsupported(), (4,)), request_for(tmp_path, "onnx", "pt2"))
    assert files["pt2"].is_good
    assert files["onnx"].error is not None
    assert files["onnx"].error.name == "export.unsupported_operator"
    assert "bessel_j0" in files["onnx"].error.what
    assert "\x1b" not in files["onnx"].error.line()


class FixedView(nn.Module):
    """A view that fixes the number of samples."""

    def forward(self, values: Tensor) -> Tensor:
        """Two samples (2, 4) and no others."""
        return values.reshape(2, 4) if len(values) == 2 else values


def test_a_model_that_fixes_the_batch_is_told_so(tmp_path: Path) -> None:
    file = files_of(opened(FixedView(), (4,)), request_for(tmp_path, "pt2"))["pt2"]
    assert file.error is not None
    assert file.error.name == "export.batch_is_fixed", file.error.details


def test_files_that_are_there_are_not_replaced_unasked(small: OpenedModel, tmp_path: Path) -> None:
    there = tmp_path / "0001-small.onnx"
    there.write_bytes(b"precious")
    with pytest.raises(UserError) as caught:
        files_of(small, request_for(tmp_path, "onnx", "pt2"))
    assert caught.value.name == "export.exists"
    assert "0001-small.onnx" in caught.value.what
    assert there.read_bytes() == b"precious"
    assert files_of(small, request_for(tmp_path, "onnx", overwrite=True))["onnx"].is_good
    assert there.read_bytes() != b"precious"


def test_a_failing_export_leaves_the_earlier_file(tmp_path: Path) -> None:
    there = tmp_path / "0001-small.onnx"
    there.write_bytes(b"earlier and good")
    file = files_of(opened(Branching(), (4,)), request_for(tmp_path, "onnx", overwrite=True))["onnx"]
    assert file.verdict == "failed"
    assert there.read_bytes() == b"earlier and good"
    assert [path.name for path in tmp_path.iterdir()] == ["0001-small.onnx"]


def test_a_folder_that_cannot_be_made_is_said(small: OpenedModel, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        files_of(small, request_for(tmp_path / "file" / "inside", "onnx"))
    assert caught.value.name == "export.folder_not_writable"


def test_a_full_disk_is_said_before_the_work(
    small: OpenedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1000})())
    file = files_of(small, request_for(tmp_path, "onnx"))["onnx"]
    assert file.error is not None
    assert file.error.name == "export.disk_full"
    assert not list(tmp_path.iterdir())


def test_a_stop_ends_after_the_format_and_leaves_nothing_half_done(small: OpenedModel, tmp_path: Path) -> None:
    control = Control()
    events: list[Event] = []
    for event in export_model(small, request_for(tmp_path, measure=True), control):
        events.append(event)
        if isinstance(event, Exported):
            control.stop()
    assert [event.file.format for event in events if isinstance(event, Exported)] == ["onnx"]
    assert isinstance(events[-1], Ended)
    assert events[-1].outcome == "stopped"
    assert [path.name for path in tmp_path.iterdir()] == ["0001-small.onnx"]


def test_what_a_killed_export_left_is_removed(small: OpenedModel, tmp_path: Path) -> None:
    orphan = tmp_path / ".export-99999999-abc"
    orphan.mkdir()
    (orphan / "half.onnx").write_bytes(b"half")
    files_of(small, request_for(tmp_path, "safetensors"))
    assert not orphan.exists()


class Traced(nn.Module):
    """What the TorchScript compiler cannot read, and tracing can."""

    def forward(self, values: Tensor) -> Tensor:
        """Values (N, 4) through a comprehension over a set."""
        return values * float(sum({number**2 for number in (1, 2)}))


def test_tracing_is_the_fallback_and_said(tmp_path: Path) -> None:
    file = files_of(opened(Traced().eval(), (4,)), request_for(tmp_path, "torchscript"))["torchscript"]
    assert file.is_good, file.error
    assert file.notes == (torchscript_format.LEGACY, torchscript_format.TRACED)


def test_a_regression_has_no_top_class(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = opened(nn.Linear(1, 1).eval(), (1,), task="regress")
    files = files_of(model, request_for(tmp_path))
    assert all(file.is_good and file.top1_agreement is None for file in files.values())


def test_the_weights_of_a_model_with_tied_layers_survive(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
    module[2].weight = module[0].weight
    files = files_of(opened(module.eval(), (4,)), request_for(tmp_path, "safetensors", "state_dict"))
    assert all(file.verdict == "equal" for file in files.values())


@pytest.fixture
def quiet_torch() -> Iterator[None]:
    """torch.jit warns that it is deprecated, here where the test itself calls it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


class Sneaky(nn.Module):
    """TorchScript code that runs when the file is read."""

    def forward(self, values: Tensor) -> Tensor:
        """The same values."""
        return values

    @torch.jit.export
    def __getstate__(self) -> tuple[int, bool]:
        """Nothing of worth."""
        return (1, self.training)

    @torch.jit.export
    def __setstate__(self, state: tuple[int, bool]) -> None:
        """Run at loading."""
        self.training = state[1]


@pytest.mark.usefixtures("quiet_torch")
def test_torchscript_that_runs_at_loading_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "sneaky.pt"
    torch.jit.save(torch.jit.script(Sneaky()), str(path))
    with pytest.raises(UserError) as caught:
        open_file_model(path)
    assert caught.value.name == "model_file.code"


def test_foreign_onnx_without_our_metadata_opens(small: OpenedModel, tmp_path: Path) -> None:
    file = files_of(small, request_for(tmp_path, "onnx"))["onnx"]
    graph = onnx.load(str(file.path))
    del graph.metadata_props[:]
    path = tmp_path / "foreign.onnx"
    onnx.save(graph, str(path))
    assert read_metadata(path) == {}
    model = open_file_model(path)
    assert model.input.shape == (1, 8, 8)
    assert model.input.kind == "image"
    assert model.title == "foreign"


@pytest.mark.parametrize("suffix", [".onnx", ".safetensors", ".pt2"])
@pytest.mark.parametrize("content", [b"", b"\x00garbage\xff" * 40])
def test_damaged_files_are_said_to_be(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        open_file_model(path)
    assert caught.value.name == "model_file.damaged"


def test_the_json_has_exactly_the_promised_keys(small: OpenedModel, tmp_path: Path) -> None:
    events = events_of(small, request_for(tmp_path, "safetensors"))
    file = json.loads(json.dumps(events[-1].result))["files"][0]  # type: ignore[attr-defined]  # the last one is Ended
    assert list(file) == [
        "format",
        "path",
        "sha256",
        "bytes",
        "verdict",
        "max_abs_diff",
        "max_rel_diff",
        "top1_agreement",
        "latency_ms",
        "error",
    ]


def test_made_samples_are_pictures_as_the_model_wants_them(small: OpenedModel) -> None:
    wanted = InputSpec(kind="image", shape=(3, 32, 32), mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
    samples = make_samples(replace(small, input=wanted, sampled=None))
    assert samples.real == 0
    assert samples.batch.shape[1:] == (3, 32, 32)
    assert float(samples.batch.min()) == -2.0
    assert float(samples.batch.max()) == 2.0
