"""`predict` and `models` as a user and a program run them."""

import csv
import json
from pathlib import Path

import pytest

from studio.headless.command_line import main
from studio.spec.model_names import BUILTIN


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
