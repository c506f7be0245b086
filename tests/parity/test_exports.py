"""Exports of real models, compared with the original by other code than the studio's."""

from __future__ import annotations

import runpy
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from studio.engine.building import load_samples
from studio.engine.exporting.job import run
from studio.engine.models import open_model
from studio.runs.folder import RunFolder
from studio.runs.workspace import Workspace
from studio.scripting.using_files import usage_script
from studio.spec.exports import FORMATS, Exported, ExportedFile, ExportRequest, FormatName
from studio.spec.job import Control
from studio.spec.model_ref import ModelRef
from tests.training_runs import train


def export(
    model: str, folder: Path, *formats: FormatName, workspace: str = "", name: str = ""
) -> dict[str, ExportedFile]:
    request = ExportRequest(
        model, formats, str(folder), name, workspace=workspace, pretrained=False, measure=False, overwrite=True
    )
    files = {event.file.format: event.file for event in run(request, Control()) if isinstance(event, Exported)}
    assert all(file.is_good for file in files.values()), files
    return files


@pytest.fixture
def _quiet_torchscript() -> Iterator[None]:
    """torch.jit warns that it is deprecated, here where the tests themselves call it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*torch\.jit\.", category=FutureWarning)
        yield


@pytest.mark.usefixtures("_quiet_torchscript")
def test_resnet18_at_224_as_onnx_and_torchscript(tmp_path: Path) -> None:
    """torch.onnx.export of a (1, 3, 224, 224) model, and torch.jit.script, save and load."""
    files = export("torchvision:resnet18", tmp_path, "onnx", "torchscript")
    original = open_model(ModelRef.parse("torchvision:resnet18"), pretrained=False).module
    picture = torch.rand((1, 3, 224, 224), generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        expected = original(picture).numpy()
        scripted = torch.jit.load(str(files["torchscript"].path))(picture).numpy()
    session = onnxruntime.InferenceSession(str(files["onnx"].path), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"input": picture.numpy()})
    for answer in (scripted, found):
        np.testing.assert_allclose(answer, expected, atol=1e-4 * float(np.abs(expected).max()))
        assert answer.argmax() == expected.argmax()


@pytest.mark.parametrize(
    ("recipe", "settings", "shape"),
    [
        ("digits-gan", ["model.latent=5"], (5,)),
        ("scenes-detection", ["data.train_count=32", "data.test_count=8"], (3, 48, 48)),
    ],
)
def test_what_answers_with_pictures_or_maps_answers_the_same_from_its_file(
    workspace: Workspace, tmp_path: Path, recipe: str, settings: list[str], shape: tuple[int, ...]
) -> None:
    trained = train(workspace, recipe, ["training.epochs=1", "training.device=cpu", *settings])
    run_id = str(trained.ended.result["run"])
    file = export(f"run:{run_id}", tmp_path, "onnx", workspace=str(workspace.root))["onnx"]
    opened = open_model(ModelRef("run", run_id, "best"), workspace)
    assert opened.samples is not None
    assert opened.samples.shape[1:] == shape
    assert file.real_samples >= 8
    session = onnxruntime.InferenceSession(str(file.path), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"input": opened.samples[:8].numpy()})
    with torch.no_grad():
        expected = opened.module(opened.samples[:8]).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-4 * float(np.abs(expected).max()))


def test_a_run_classifies_the_held_out_digits_as_its_files_do(workspace: Workspace, tmp_path: Path) -> None:
    trained = train(workspace, "digits-cnn", ["training.epochs=2"])
    run_id = str(trained.ended.result["run"])
    files = export(f"run:{run_id}", tmp_path, "onnx", "pt2", "safetensors", workspace=str(workspace.root))
    opened = open_model(ModelRef("run", run_id, "best"), workspace)
    samples = load_samples(RunFolder.open(workspace, run_id).read_spec())
    with torch.no_grad():
        expected = opened.module(samples.test_x).argmax(1)
    accuracy = float((expected == samples.test_y).float().mean())
    assert accuracy > 0.8, "a model that has learnt nothing proves little"

    session = onnxruntime.InferenceSession(str(files["onnx"].path), providers=["CPUExecutionProvider"])
    (logits,) = session.run(None, {"input": samples.test_x.numpy()})
    assert np.array_equal(logits.argmax(1), expected.numpy())
    with torch.no_grad():
        program = torch.export.load(str(files["pt2"].path)).module()
        assert torch.equal(program(samples.test_x).argmax(1), expected)
    assert files["onnx"].real_samples >= 8

    for file in files.values():
        again = open_model(ModelRef("file", str(file.path)))
        assert again.labels == opened.labels
        assert again.input == opened.input
        with torch.no_grad():
            assert torch.equal(again.module(samples.test_x).argmax(1), expected)


@pytest.mark.usefixtures("_quiet_torchscript")
@pytest.mark.parametrize("model", ["run:1", "builtin:efficientnet-lite0", "torchvision:lraspp_mobilenet_v3_large"])
def test_the_lines_make_the_model_that_weights_belong_to(
    model: str, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if model == "run:1":
        train(workspace, "digits-cnn", ["training.epochs=1"])
    monkeypatch.chdir(tmp_path)
    name = 'my "best" net\'s'
    files = export(model, tmp_path, "safetensors", "state_dict", workspace=str(workspace.root), name=name)
    opened = open_model(ModelRef.parse(model), workspace, pretrained=False)
    for file in files.values():
        script = tmp_path / f"use_{file.format}.py"
        script.write_text(usage_script(file), encoding="utf-8")
        left = runpy.run_path(str(script))
        with torch.no_grad():
            expected = opened.module(left["x"])
        torch.testing.assert_close(left["y"], expected, rtol=0, atol=0)


@pytest.mark.usefixtures("_quiet_torchscript")
def test_the_lines_take_any_name(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(workspace, "linear-regression", ["training.epochs=1"])
    monkeypatch.chdir(tmp_path)
    names = tuple(one.name for one in FORMATS)
    for file in export("run:1", tmp_path, *names, workspace=str(workspace.root), name='my "best" net').values():
        script = tmp_path / f"use_{file.format}.py"
        script.write_text(usage_script(file), encoding="utf-8")
        assert runpy.run_path(str(script))["y"].shape == (1, 1)


@pytest.mark.usefixtures("_quiet_torchscript")
def test_the_lines_that_say_how_to_use_a_file_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = tuple(one.name for one in FORMATS)
    files = export("torchvision:squeezenet1_1", tmp_path, *names)
    monkeypatch.chdir(tmp_path)
    for name in names:
        script = tmp_path / f"use_{name}.py"
        script.write_text(usage_script(files[name]), encoding="utf-8")
        left = runpy.run_path(str(script))
        assert left["y"].shape == (1, 1000)


@pytest.mark.usefixtures("_quiet_torchscript")
def test_the_lines_take_tokens_and_sizes_that_the_data_said(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(workspace, "text-classification", ["training.epochs=1", "data.most=60"])
    monkeypatch.chdir(tmp_path)
    names = tuple(one.name for one in FORMATS)
    for file in export("run:1", tmp_path, *names, workspace=str(workspace.root)).values():
        script = tmp_path / f"use_{file.format}.py"
        script.write_text(usage_script(file), encoding="utf-8")
        assert runpy.run_path(str(script))["y"].shape == (1, 10), file.format
