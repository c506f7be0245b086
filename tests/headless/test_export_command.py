"""`pytorch-studio export`: what it prints, what it leaves, how it ends."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from studio.headless.command_line import main
from studio.runs.workspace import Workspace
from tests.training_runs import train

MODEL = "torchvision:squeezenet1_1"
KEYS = [
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


def export(*arguments: str) -> int:
    return main(["export", *arguments, "--no-pretrained"])


def test_json_is_the_promised_shape(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = export(MODEL, "--format", "onnx,torchscript,pt2", "--out", str(tmp_path), "--json")
    assert code == 0
    shown = json.loads(capsys.readouterr().out)
    assert list(shown) == ["files"]
    assert [file["format"] for file in shown["files"]] == ["onnx", "torchscript", "pt2"]
    for file in shown["files"]:
        assert list(file) == KEYS
        content = Path(file["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert len(content) == file["bytes"]
        assert file["verdict"] in ("equal", "equal within tolerance")
        assert file["max_rel_diff"] < 1e-4
        assert file["top1_agreement"] == 1.0
        assert file["latency_ms"] > 0
        assert file["error"] is None


def test_a_file_that_fails_is_told_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = "torchvision:ssdlite320_mobilenet_v3_large"
    code = export(model, "--format", "onnx,state_dict", "--out", str(tmp_path), "--json")
    assert code == 1
    onnx, weights = json.loads(capsys.readouterr().out)["files"]
    assert onnx["verdict"] == "failed"
    assert onnx["path"] is None
    assert set(onnx["error"]) == {"what", "why", "remedy"}
    assert weights["verdict"] == "equal"


def test_the_table_says_format_verdict_and_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = export(MODEL, "--format", "safetensors", "--out", str(tmp_path), "--name", "mine")
    assert code == 0
    shown = capsys.readouterr().out
    assert "safetensors  equal" in shown
    assert str(tmp_path / "mine.safetensors") in shown
    assert "weights only" in shown


def test_the_files_go_to_the_workspace_unless_told(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(MODEL, "--format", "safetensors", "--workspace", str(workspace.root)) == 0
    capsys.readouterr()
    assert (workspace.exports / "squeezenet1_1" / "squeezenet1_1.safetensors").is_file()


def test_what_is_there_is_kept_unless_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = tmp_path / "squeezenet1_1.safetensors"
    there.write_bytes(b"precious")
    assert export(MODEL, "--format", "safetensors", "--out", str(tmp_path)) == 2
    assert "already in" in capsys.readouterr().err
    assert there.read_bytes() == b"precious"
    assert export(MODEL, "--format", "safetensors", "--out", str(tmp_path), "--overwrite") == 0
    assert there.read_bytes() != b"precious"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((MODEL, "--format", "onxn"), "Did you mean onnx?"),
        ((MODEL, "--format", ""), "No export format is named."),
        (("nonsense",), "does not name a model"),
        (("torchvision:resnet5",), "resnet50"),
        (("run:0099-nothing",), "0099-nothing"),
    ],
)
def test_bad_input_is_one_clear_line(
    arguments: tuple[str, ...], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(*arguments, "--out", str(tmp_path)) == 2
    told = capsys.readouterr()
    assert words in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


def test_a_folder_that_cannot_be_made_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    assert export(MODEL, "--out", str(tmp_path / "file" / "inside")) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_run_named_by_its_number_gives_files_of_its_whole_name(workspace: Workspace, tmp_path: Path) -> None:
    run = str(train(workspace, "linear-regression").ended.result["run"])
    number = run.partition("-")[0].lstrip("0")
    options = ["--format", "safetensors", "--out", str(tmp_path / "out"), "--workspace", str(workspace.root)]
    assert main(["export", f"run:{number}", *options]) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"{run}.safetensors"]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--name", "sub/x"], "'sub/x' is not the name of a file."),
        (["--name", "../esc"], "'../esc' is not the name of a file."),
        (["--out", "~nosuchuser/x"], "There is no user 'nosuchuser' on this computer."),
    ],
)
def test_what_leads_elsewhere_is_refused(
    options: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(MODEL, *options) == 2
    assert line in capsys.readouterr().err


def test_a_model_longer_than_any_name_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    for model in ("a" * 300, "a" * 300 + ".onnx"):
        assert export(model) == 2
        assert "does not name a model" in capsys.readouterr().err
