"""`predict` and `models` as a user and a program run them."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.headless.command_line import main
from studio.spec.model_names import BUILTIN

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def photograph() -> Path:
    import skimage

    return Path(skimage.__file__).parent / "data" / "coffee.png"


def test_json_is_the_interface(photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    bad = tmp_path / "bad.png"
    bad.write_text("no")
    assert main(["predict", BUILTIN, str(bad), str(photograph), "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert list(first) == list(second) == ["path", "error", "labels", "boxes", "mask"]
    assert first == {
        "path": str(bad),
        "error": "bad.png could not be read: it is not an image.",
        "labels": [],
        "boxes": [],
        "mask": None,
    }
    assert second["path"] == str(photograph)
    assert second["error"] is None
    assert len(second["labels"]) == 5
    assert second["labels"][0] == {
        "index": 967,
        "name": "espresso",
        "probability": pytest.approx(0.951, abs=0.01),
    }


def test_folder_and_table(photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / "my photos, ünsorted"
    folder.mkdir()
    (folder / "tasse, klein.png").write_bytes(photograph.read_bytes())
    (folder / "readme.txt").write_text("not an image, and not meant")
    table = tmp_path / "out.csv"
    assert main(["predict", BUILTIN, str(folder), "--csv", str(table), "--top", "2"]) == 0
    assert "espresso" in capsys.readouterr().out
    with table.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["path"] == str(folder / "tasse, klein.png")
    assert (row["label_1"], row["width"], row["height"], row["error"]) == ("espresso", "600", "400", "")
    assert "label_3" not in row


def test_a_table_that_has_no_place_is_said_before_the_model_is_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    for place in (tmp_path / "missing" / "out.csv", tmp_path):
        assert main(["predict", "torchvision:no_such_model", "x.png", "--csv", str(place)]) == 2
        assert capsys.readouterr().err.startswith(f"{place} could not be written: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_the_answers_are_printed_where_the_table_fails(photograph: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["predict", BUILTIN, str(photograph), "--csv", "/dev/full", "--json"]) == 2
    printed = capsys.readouterr()
    assert json.loads(printed.out)[0]["labels"][0]["name"] == "espresso"
    assert printed.err.startswith("/dev/full could not be written: No space left")


def test_the_table_takes_names_that_no_encoding_has(
    photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    odd = tmp_path / os.fsdecode(b"odd\xff.png")
    odd.write_bytes(photograph.read_bytes())
    table = tmp_path / "out.csv"
    assert main(["predict", BUILTIN, str(odd), "--csv", str(table)]) == 0
    assert "odd\\udcff.png" in table.read_text(encoding="utf-8-sig")
    assert "odd\\udcff.png" in capsys.readouterr().out


def test_the_table_is_written_where_the_reader_of_the_answers_goes_away(photograph: Path, tmp_path: Path):
    table = tmp_path / "out.csv"
    command = [
        sys.executable,
        "-m",
        "studio",
        "predict",
        BUILTIN,
        str(photograph),
        str(photograph.with_name("chelsea.png")),
    ]
    command += ["--csv", str(table)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 0
    assert len(table.read_text(encoding="utf-8-sig").splitlines()) == 3


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_nothing_could_be_read(more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    bad = tmp_path / "bad.png"
    bad.write_text("no")
    assert main(["predict", BUILTIN, str(bad), *more]) == 2
    assert capsys.readouterr().err == "bad.png could not be read: it is not an image.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["builtin:nothing", "x.png"], "no built-in model"),
        (["torchvision:resnet5O", "x.png"], "resnet50"),
        (["run:0042-nothing", "x.png"], "0042-nothing"),
        ([BUILTIN, "x.png", "--task", "detect"], "not to detect"),
        ([BUILTIN, "x.png", "--top", "0"], "'0' is not a number of 1 or more"),
        ([BUILTIN, "."], "holds no image"),
        (["torchvision:resnet18", "x.png", "--weights", "missing.pt"], "does not exist"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    assert main(["predict", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert said in printed.err


def test_models_lists_the_built_in_one_first(capsys: pytest.CaptureFixture[str]):
    assert main(["models", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert all(next(iter(row)) == "name" for row in rows)
    assert rows[0]["name"] == BUILTIN
    assert {row["name"]: row["task"] for row in rows}["torchvision:resnet50"] == "classify"
    assert main(["models", "--task", "segment"]) == 0
    assert "torchvision:deeplabv3_resnet50" in capsys.readouterr().out
