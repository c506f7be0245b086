"""Exports of small models made here: every format is written, loaded back, put in place or refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from studio.engine.exporting import torchscript_format
from studio.engine.exporting.job import export_model
from studio.engine.model_files import open_file_model
from studio.engine.models import OpenedModel
from studio.spec.errors import UserError
from studio.spec.events import Ended, Event, Progressed, Started
from studio.spec.exports import FORMATS, Exported, merged_files
from studio.spec.job import Control
from tests.exported_models import ALL, SmallNet, events_of, files_of, opened, request_for


@pytest.fixture
def small() -> OpenedModel:
    torch.manual_seed(0)
    return opened(SmallNet().eval())


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


def test_a_model_left_in_training_mode_is_exported_in_evaluation_mode(small: OpenedModel, tmp_path: Path) -> None:
    small.module.train()
    files = files_of(small, request_for(tmp_path, "onnx", "torchscript", "pt2"))
    assert all(file.is_good and "training mode" in file.notes[0] for file in files.values())
    assert small.module.training, "the model that was handed over must stay as it was"


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


def test_the_weights_of_a_model_with_tied_layers_survive(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
    module[2].weight = module[0].weight
    files = files_of(opened(module.eval(), (4,)), request_for(tmp_path, "safetensors", "state_dict"))
    assert all(file.verdict == "equal" for file in files.values())


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


def test_a_model_in_float64_is_exported_in_float32_and_said(small: OpenedModel, tmp_path: Path) -> None:
    small.module.double()
    files = files_of(small, request_for(tmp_path, "onnx", "safetensors"))
    assert all(file.is_good and "float64" in file.notes[0] for file in files.values())
    assert next(small.module.parameters()).dtype == torch.float64


def test_an_exported_file_is_not_exported_again(small: OpenedModel, tmp_path: Path) -> None:
    file = files_of(small, request_for(tmp_path, "onnx"))["onnx"]
    again = replace(small, module=open_file_model(Path(str(file.path))).module)
    with pytest.raises(UserError) as caught:
        files_of(again, request_for(tmp_path, "pt2"))
    assert caught.value.name == "export.is_exported"
