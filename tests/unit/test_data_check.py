"""What is told of data before training: roles, classes, findings, and fixes that mend without touching a file."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.bridge.job_table import JOBS
from studio.catalog.checking import build_spec
from studio.engine.building import load_samples
from studio.engine.training.data_check.job import look, run
from studio.spec.data_check import CheckData, DataFindings, DataSummary, Finding
from studio.spec.events import Event
from studio.spec.job import Control, drive, resolve
from studio.zoo.files import tables
from studio.zoo.files.columns import look_at
from tests.own_data import write_pictures, write_table


def looked(path: Path, task: str = "", **data: Any) -> tuple[DataSummary | None, dict[str, Finding]]:
    """The summary, and the findings by name."""
    summary, findings = None, {}
    for event in look(CheckData({"path": str(path), **data}, task)):
        if isinstance(event, DataSummary):
            summary = event
        else:
            findings = {one.name: one for one in event.findings}
    return summary, findings


def mended(path: Path, finding: Finding, summary: DataSummary) -> tuple[DataSummary, dict[str, Finding]]:
    """What is found once a fix is applied."""
    assert finding.fix
    data = {**summary.tables["data"], **finding.fix}
    task = str(data.pop("task", summary.tables["task"]))
    data.pop("path")
    again, findings = looked(path, task, **data)
    assert again is not None
    return again, findings


def write(folder: Path, header: str, rows: list[str]) -> Path:
    path = folder / "data.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_roles_kinds_and_classes_are_guessed(tmp_path: Path) -> None:
    summary, findings = looked(write_table(tmp_path / "people.csv"))
    assert summary is not None
    assert {one.name: (one.role, one.kind) for one in summary.columns} == {
        "id": ("left out", "row number"),
        "age": ("feature", "number"),
        "height": ("feature", "number"),
        "city": ("feature", "category"),
        "joined": ("feature", "date"),
        "income": ("feature", "number"),
        "bought": ("target", "category"),
    }
    assert dict(summary.classes).keys() == {"yes", "no"}
    assert summary.counts == "120 rows · 7 columns · 96 train · 24 test"
    assert len(summary.rows) == 50
    assert summary.header[0] == "id"
    assert not [one for one in findings.values() if one.severity == "bad"]
    spec = build_spec(summary.tables)
    assert (spec.task, spec.model.name, spec.loss.name) == ("classification", "mlp", "CrossEntropyLoss")
    assert load_samples(spec).labels == ("no", "yes")


def test_a_number_as_target_is_regression(tmp_path: Path) -> None:
    summary, _ = looked(write_table(tmp_path / "people.csv"), target="income")
    assert summary is not None
    assert summary.tables["task"] == "regression"
    assert summary.tables["loss"] == {"name": "MSELoss"}
    assert summary.tables["data"]["scale_target"] is True
    assert len(summary.classes) == 10
    build_spec(summary.tables)


def sixty(x: str = "", y: str = "") -> list[str]:
    """Rows x,z,y; the eighth has another x or y where one is given ("-" for none)."""
    rows = [[str(row), str(row % 7), "ab"[row % 2]] for row in range(60)]
    rows[7][0] = x.strip("-") if x else rows[7][0]
    rows[7][2] = y.strip("-") if y else rows[7][2]
    return [",".join(row) for row in rows]


AWAY = [f"{row % 13},{row % 2},{'ab'[row % 2]}" for row in range(100)]
TWICE = [f"{row % 20},{row % 7},{'ab'[row % 20 // 10]}" for row in range(280)]
FLAWS = {
    "a gap": (sixty("-"), "data.missing", "row 9"),
    "a word": (sixty("ten"), "data.text_among_numbers", "row 9: 'ten'"),
    "infinite": (sixty("inf"), "data.infinite", "row 9"),
    "no target": (sixty(y="-"), "data.target_missing", "row 9"),
    "a class of one": (sixty(y="c"), "data.class_of_one", "'c'"),
    "given away": (AWAY, "data.gives_away", "'z' alone"),
    "rows twice": (TWICE, "data.duplicates_across", "test rows are in the training rows"),
}


@pytest.mark.parametrize("flaw", [*FLAWS])
def test_a_flaw_is_found_and_its_fix_mends_it(tmp_path: Path, flaw: str) -> None:
    rows, name, words = FLAWS[flaw]
    path = write(tmp_path, "x,z,y", rows)
    before = path.read_bytes()
    summary, findings = looked(path)
    assert summary is not None
    assert name in findings
    assert words in findings[name].what
    again, left = mended(path, findings[name], summary)
    assert name not in left
    assert not [one for one in left.values() if one.severity == "bad"]
    load_samples(build_spec(again.tables))
    assert path.read_bytes() == before


def test_what_cannot_be_mended_here_is_said(tmp_path: Path) -> None:
    rows = [f"{row},{row % 5},same,,a" for row in range(60)]
    _, findings = looked(write(tmp_path, "x,z,constant,nothing,y", rows), target="y", task="classification")
    assert findings["data.one_class"].severity == "bad"
    assert "'constant' is the same in every row" in findings["data.constant"].what
    assert "'nothing' is empty" in findings["data.empty_column"].what
    rows = [f"{row},{row % 5},{'rare' if row < 3 else 'usual'}" for row in range(90)]
    assert "'usual' has 87 rows, 'rare' 3" in looked(write(tmp_path, "x,z,y", rows))[1]["data.imbalance"].what
    rows = [f"{row % 4},{row % 3},{'ab'[row % 2]}" for row in range(12)] * 4
    rows += [f"{row + 10},5,a" for row in range(90)] + ["3,1,a", "3,1,b"]
    assert "data.contradictions" in looked(write(tmp_path, "x,z,y", rows))[1]
    rows = [f"{row % 17},{row % 5 if row else 1_000_000},{'ab'[row % 2]}" for row in range(90)]
    outlier = looked(write(tmp_path, "x,z,y", rows))[1]["data.outliers"]
    assert (outlier.severity, outlier.place) == ("info", "data.csv, row 2")
    rows = [f"{row * 1.1},{row % 2}" for row in range(30)]
    assert "data.no_header" in looked(write(tmp_path, "1.5,0", rows))[1]
    unknown = looked(write(tmp_path, "x,z,y", sixty()), target="Y")[1]["data.no_such_column"]
    assert (unknown.fix, unknown.fix_title) == ({"target": "y"}, "Use y")


def test_several_flaws_are_said_at_once(tmp_path: Path) -> None:
    rows = [f"{'' if row == 3 else row},{'?' if row == 4 else row % 9},{'ab'[row % 2]}" for row in range(60)]
    rows[5] = "5,5,c"
    _, findings = looked(write(tmp_path, "x,z,y", rows))
    assert {"data.missing", "data.class_of_one"} <= findings.keys()


def test_of_a_large_file_the_first_rows_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_table(tmp_path / "people.csv", rows=300)
    monkeypatch.setattr(tables, "BYTES_AT_ONCE", 1)
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 60)
    summary, findings = looked(path)
    assert summary is not None
    assert summary.counts == "120 or more rows · 7 columns"
    assert "The first 120 rows were looked at" in findings["data.looked_at"].what
    assert len(load_samples(build_spec(summary.tables)).train_x) == 240, "training reads all"


def test_names_that_are_data_are_read_as_data(tmp_path: Path) -> None:
    rows = [f"{row % 9}.{row % 7},{row % 5}.5,{('setosa', 'virginica')[row % 2]}" for row in range(40)]
    path = write(tmp_path, rows[0], rows[1:])
    _, findings = looked(path)
    assert findings["data.no_header"].fix == {"header": False}
    summary, findings = looked(path, header=False)
    assert summary is not None
    assert [one.name for one in summary.columns] == ["column 1", "column 2", "column 3"]
    assert (summary.tables["data"]["target"], "data.no_header" in findings) == ("column 3", False)
    load_samples(build_spec(summary.tables))


def test_images_are_looked_at(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "shapes", each=30)
    summary, findings = looked(folder)
    assert summary is not None
    assert summary.counts == "60 images · 2 classes"
    assert len(summary.pictures) == 24
    assert {one.label for one in summary.pictures} == {"circle", "square"}
    assert (summary.tables["data"]["name"], summary.tables["model"]["name"]) == ("images", "cnn")
    assert not findings
    build_spec(summary.tables)
    for number in range(10):
        (folder / "circle" / f"bad{number}.jpg").write_bytes(b"\xff\xd8\xff broken")
    (folder / "empty").mkdir()
    for path in sorted((folder / "square").iterdir())[:8]:
        shutil.copy(path, folder / "square" / f"again-{path.name}")
    shutil.copy(folder / "circle" / "circle001.jpg", folder / "square" / "torn.jpg")
    summary, findings = looked(folder)
    assert summary is not None
    assert "10 of 79 files cannot be read" in findings["data.bad_image"].what
    assert "circle001.jpg" in findings["data.contradictions"].what
    assert {"data.duplicates", "data.duplicates_across"} & findings.keys()
    for _ in range(5):
        fixable = [one for one in findings.values() if one.fix]
        if not fixable:
            break
        summary, findings = mended(folder, fixable[0], summary)
    assert {one.severity for one in findings.values()} <= {"info"}


def test_pictures_that_look_alike_across_the_split_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    write_pictures(folder / "train", each=12, side=90)
    (folder / "test").mkdir()
    rng = np.random.default_rng(0)
    for name in ("circle", "square"):
        (folder / "test" / name).mkdir()
        for number in range(3):
            noise = np.repeat(np.repeat(rng.integers(0, 255, (6, 6, 3), dtype=np.uint8), 12, 0), 12, 1)
            Image.fromarray(noise).save(folder / "train" / name / f"noise{number}.png")
            Image.fromarray(noise).resize((60, 60)).save(folder / "test" / name / f"small{number}.jpg", quality=80)
    summary, findings = looked(folder)
    assert summary is not None
    assert "6 test images look almost like training images" in findings["data.near_duplicates"].what
    fix = findings["data.near_duplicates"].fix
    assert fix is not None
    assert "test/circle/small0.jpg" in fix["leave_out"]


def test_arrays_and_texts_are_looked_at(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "rows.npz", x=rng.normal(size=(50, 4)), y=np.arange(50) % 3)
    summary, findings = looked(tmp_path / "rows.npz")
    assert summary is not None
    assert (summary.tables["data"]["name"], summary.tables["task"]) == ("arrays", "classification")
    assert not findings
    pixels = rng.integers(0, 255, (50, 12, 12), dtype=np.uint8)
    np.savez(
        tmp_path / "pixels.npz", x_train=pixels, y_train=np.arange(50) % 2, x_test=pixels, y_test=np.arange(50) % 2
    )
    summary, _ = looked(tmp_path / "pixels.npz")
    assert summary is not None
    assert (summary.tables["data"]["name"], len(summary.pictures)) == ("image_arrays", 24)
    np.savez(tmp_path / "bad.npz", x=np.array([[1.0], [np.nan]]), y=[0, 1])
    assert "data.not_finite" in looked(tmp_path / "bad.npz")[1]
    np.savez(tmp_path / "objects.npz", x=np.array([{}], dtype=object), y=[1])
    assert "data.pickled" in looked(tmp_path / "objects.npz")[1]
    lines = [
        f'"{("a fine", "a poor")[row % 2]} film, number {row}",{("good", "bad")[row % 2]}' for row in range(40)
    ]
    summary, findings = looked(write(tmp_path, "review,label", lines))
    assert summary is not None
    assert (summary.tables["data"]["name"], summary.tables["data"]["text_column"]) == ("text", "review")
    assert summary.columns[0].role == "text"
    assert not findings


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=40),
    words=st.lists(st.sampled_from(["red", "green", "blue"]), min_size=8, max_size=40),
)
def test_kinds_are_guessed_whatever_the_values(numbers: list[float], words: list[str]) -> None:
    import pandas as pd

    count = min(len(numbers), len(words))
    frame = pd.DataFrame({"n": numbers[:count], "w": words[:count], "t": [str(one) for one in numbers[:count]]})
    found = {one.name: one for one in look_at([frame], ["n", "w", "t"], None)}
    assert found["n"].kind in ("number", "constant")
    assert found["w"].kind in ("category", "constant")
    assert found["t"].kind == found["n"].kind, "numbers as text are numbers"
    pieces = [frame.iloc[:3], frame.iloc[3:]]
    again = {one.name: one for one in look_at(pieces, ["n", "w", "t"], None)}
    assert {name: one.kind for name, one in again.items()} == {name: one.kind for name, one in found.items()}
    assert again["w"].values == found["w"].values


def test_the_job_serves_later_requests_and_drops_what_is_stale(tmp_path: Path) -> None:
    path = write_table(tmp_path / "people.csv")
    control, heard = Control(), []

    def hear(event: Event) -> None:
        if not isinstance(event, DataFindings):
            return
        heard.append(event.number)
        if event.number == 1:
            control.send(CheckData({"path": str(path)}, "", 2))
            control.send(CheckData({"path": str(path), "target": "city"}, "", 3))
        else:
            control.stop()

    ended = drive(run, CheckData({"path": str(path)}, "", 1), control, hear)
    assert heard == [1, 3]
    assert ended.outcome == "stopped"
    assert resolve(JOBS["check_data"].target) is run
