"""Tables as people have them: read whatever their dialect, split soundly, and refused in one clear line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.catalog.checking import read_spec
from studio.engine.building import load_samples
from studio.engine.models import open_model
from studio.headless.command_line import main
from studio.runs.workspace import Workspace
from studio.spec.errors import UserError
from studio.spec.model_ref import ModelRef
from studio.spec.run import RunSpec
from studio.zoo.datasets import table as module
from studio.zoo.datasets.table import table
from studio.zoo.files import tables
from studio.zoo.files.dialects import dialect_of
from studio.zoo.files.errors import DataError
from tests.own_data import write_table
from tests.training_runs import train

GOOD = "x1,x2,y\n" + "".join(f"{row}.5,{row * 2},{'ab'[row % 2]}\n" for row in range(40))

SPEC = """
[data]
name = "table"
path = "{path}"
target = "bought"
{more}
[model]
name = "mlp"
[loss]
name = "CrossEntropyLoss"
[optimizer]
name = "AdamW"
[training]
epochs = 2
"""


def write(folder: Path, text: str | bytes, name: str = "data.csv") -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


ONE_CLASS = GOOD.replace(",b", ",a")
NUMBERS: dict[str, Any] = {"target": "x1", "task": "regression"}
FREE_TEXT = "x,t,y\n" + "".join(f"{row},t{row},{'ab'[row % 2]}\n" for row in range(40))

REFUSED: list[tuple[str, str | bytes, dict[str, Any], str, str]] = [
    ("ragged long", GOOD + "1,2,a,4\n", {}, "data.ragged", "data.csv, line 42 has 4 fields; the first"),
    ("ragged short", GOOD + "1\n", {}, "data.ragged", "line 42 has 1 field; the first line has 3."),
    ("header only", "x1,x2,y\n", {}, "data.no_rows", "data.csv has a header but no rows."),
    ("empty", "", {}, "data.empty", "data.csv is empty."),
    ("blank", "\ufeff \n\n", {}, "data.empty", "data.csv is empty."),
    ("wide", ",".join(map(str, range(20_001))) + "\n", {}, "data.too_wide", "has 20,001 columns"),
    ("stray", GOOD + "abc,1,a\n", {}, "data.text_among_numbers", "row 42: 'abc' in the column 'x1' is no number."),
    ("gap", GOOD + ",1,a\n", {}, "data.missing", "row 42: the column 'x1' has no value there."),
    ("infinite", GOOD + "inf,1,a\n", {}, "data.infinite", "row 42: the column 'x1' is infinite there."),
    ("no target", GOOD + "1,1,\n", {}, "data.target_missing", "row 42: the target 'y' has no value there."),
    ("unknown target", GOOD, {"target": "Y "}, "data.no_such_column", "Did you mean 'y'?"),
    ("unknown column", GOOD, {"leave_out": ["X1"]}, "data.no_such_column", "Did you mean 'x1'?"),
    ("one class", GOOD.replace(",b", ",a"), {}, "data.one_class", "has only one class, 'a'."),
    ("class of one", GOOD + "1,1,c\n", {}, "data.class_of_one", "The class 'c' of the target 'y' has a single"),
    ("numbers", GOOD, {"task": "regression"}, "data.target_no_number", "row 2: the target 'y' is 'a' there, no n"),
    ("one value", "x,y\n1,5\n2,5\n3,5\n", {"task": "regression"}, "data.one_value", "is 5 in every row."),
    ("binary", bytes(range(256)) * 40, {}, "data.not_text", "is not a text file."),
    ("quote", 'x1,y\n"1,a\n2,b\n', {}, "data.ragged", "line 3 has 1 field"),
    ("bad encoding", "ä,y\n1,2\n".encode("latin-1"), {"encoding": "utf-8"}, "data.encoding", "not text in utf-8"),
    ("no encoding", GOOD, {"encoding": "utf-88"}, "data.encoding", "'utf-88' is not known."),
    ("only a target", "y\na\nb\na\nb\n", {}, "data.no_features", "no column to learn from"),
    ("few rows", "x,y\n1,a\n2,a\n3,b\n4,b\n", {}, "data.too_few_rows", "4 samples are too few for this split."),
    ("bad split", GOOD, {"split_by": "x2"}, "data.bad_split", "Row 3 of the column 'x2' says '2'."),
    ("bad time", GOOD, {"time_by": "y"} | NUMBERS, "data.bad_time", "is no time."),
    ("one group", ONE_CLASS, {"group_by": "y"} | NUMBERS, "data.one_group", "of one group"),
    ("free text", FREE_TEXT, {"columns": ["t"]}, "data.unfit_column", "'t' of data.csv cannot be learnt from."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said", "name", "words"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED]
)
def test_what_cannot_be_trained_on_is_said_in_one_line(
    tmp_path: Path, text: str | bytes, said: dict[str, Any], name: str, words: str
) -> None:
    values = {"target": "y", "task": "classification"} | said
    with pytest.raises(DataError) as caught:
        table(write(tmp_path, text), values.pop("target"), values.pop("task"), **values)
    assert caught.value.name == name
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("data.xlsx", b"no zip", "data.unreadable"),
        ("data.parquet", b"no parquet", "data.unreadable"),
        ("data.xls", b"old", "data.unsupported"),
    ],
)
def test_damaged_files_are_named(tmp_path: Path, name: str, content: bytes, error: str) -> None:
    with pytest.raises(DataError, match=name) as caught:
        table(write(tmp_path, content, name), "y", "classification")
    assert caught.value.name == error


def test_a_missing_file_suggests_the_one_beside_it(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "people.csv")
    with pytest.raises(DataError, match=r"Did you mean 'people\.csv'"):
        table(str(tmp_path / "peple.csv"), "y", "classification")
    with pytest.raises(DataError, match="is a folder"):
        table(str(tmp_path), "y", "classification")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize(("delimiter", "decimal"), [(",", "."), (";", ","), ("\t", "."), ("|", ",")])
def test_the_dialect_is_found(tmp_path: Path, encoding: str, delimiter: str, decimal: str) -> None:
    usual = table(str(write_table(tmp_path / "usual.csv")), "bought", "classification")
    path = write_table(tmp_path / "other.csv", encoding=encoding, delimiter=delimiter, decimal=decimal)
    found = table(str(path), "bought", "classification")
    assert all(torch.equal(one, two) for one, two in zip(usual, found, strict=True))


def test_all_kinds_of_files_say_the_same(tmp_path: Path) -> None:
    path = write_table(tmp_path / "people.csv")
    frame = pd.read_csv(path)
    frame.to_excel(tmp_path / "people.xlsx", index=False)
    frame.to_parquet(tmp_path / "people.parquet")
    frame.to_csv(tmp_path / "people.tsv", sep="\t", index=False)
    usual = table(str(path), "bought", "classification")
    for name in ("people.xlsx", "people.parquet", "people.tsv"):
        found = table(str(tmp_path / name), "bought", "classification")
        assert all(torch.equal(one, two) for one, two in zip(usual, found, strict=True)), name


@settings(max_examples=60, deadline=None)
@given(
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]),
    names=st.lists(st.text("abcdefgäöüß ", min_size=1, max_size=8), min_size=2, max_size=6),
    rows=st.lists(st.lists(st.text("abc ,;|é0123456789.-", max_size=8), min_size=2, max_size=2), min_size=3),
)
def test_delimiter_and_encoding_are_guessed(
    tmp_path_factory: pytest.TempPathFactory,
    delimiter: str,
    encoding: str,
    names: list[str],
    rows: list[list[str]],
) -> None:
    others = {",", ";", "\t", "|"} - {delimiter}
    clean = [["".join("_" if sign in others else sign for sign in cell) for cell in row] for row in rows]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(names)
    writer.writerows([(row * len(names))[: len(names)] for row in clean])
    path = tmp_path_factory.mktemp("guess") / "data.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    found = dialect_of(path)
    assert found.delimiter == delimiter
    assert path.read_bytes().decode(found.encoding).removeprefix("\ufeff") == text.getvalue()


def test_numbers_are_standardised_by_the_training_rows_only(tmp_path: Path) -> None:
    train_x, _, test_x, _ = table(write(tmp_path, GOOD), "y", "classification")
    assert torch.allclose(train_x.mean(0), torch.zeros(2), atol=1e-6)
    assert torch.allclose(train_x.std(0, correction=0), torch.ones(2), atol=1e-6)
    assert not torch.allclose(test_x.mean(0), torch.zeros(2), atol=1e-3)


def test_columns_become_numbers_by_their_kind(tmp_path: Path) -> None:
    path = write_table(tmp_path / "people.csv")
    train_x, train_y, test_x, test_y = table(str(path), "bought", "classification")
    assert train_x.shape == (96, 7), "age, height, three cities, day, income; the id is left out"
    assert set(train_x[:, 2:5].unique().tolist()) == {0.0, 1.0}
    assert torch.equal(train_x[:, 2:5].sum(1), torch.ones(96))
    assert train_y.dtype == torch.int64
    share = torch.cat([train_y, test_y]).double().mean()
    assert abs(train_y.double().mean() - share) < 0.02, "stratified"
    assert len(test_x) == 24


def test_a_large_table_is_read_in_pieces_and_lies_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(write_table(tmp_path / "people.csv", gaps=5))
    for missing in ("median", "drop"):
        usual = table(path, "bought", "classification", missing=missing)
        with monkeypatch.context() as patch:
            patch.setattr(tables, "BYTES_AT_ONCE", 1)
            patch.setattr(tables, "ROWS_AT_ONCE", 7)
            patch.setattr(module, "ROWS_AT_ONCE", 7)
            patch.setattr(module, "LARGEST_IN_MEMORY", 1)
            patch.setattr(module, "room", _noted := _Noted())
            pieces = table(path, "bought", "classification", missing=missing)
        assert _noted.are_large == [True, True]
        for one, two in zip(usual, pieces, strict=True):
            assert torch.allclose(one, two, atol=1e-6)
        assert torch.equal(pieces[0].index_select(0, torch.tensor([3, 1])), pieces[0][[3, 1]])


class _Noted:
    """Makes room as usual, and notes of what kind."""

    def __init__(self) -> None:
        self.are_large: list[bool] = []
        self._make = module.room

    def __call__(self, count: int, width: int, is_large: bool) -> Any:
        self.are_large.append(is_large)
        made = self._make(count, width, is_large)
        assert isinstance(made, np.memmap) == is_large
        return made


def test_rows_can_be_dropped_filled_and_kept_once(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + GOOD.partition("\n")[2] + ",3,a\n1,2,c\n")
    said: dict[str, Any] = {"missing": "drop", "rare": "drop"}
    assert len(table(path, "y", "classification", **said)[0]) == 64
    assert len(table(path, "y", "classification", duplicates="drop", **said)[0]) == 32
    said["missing"] = "median"
    assert len(table(path, "y", "classification", **said)[0]) == 64


def test_splits_by_column_group_and_time(tmp_path: Path) -> None:
    parts = ["train" if row < 30 else "test" for row in range(40)]
    rows = [f"{row}.5,{parts[row]},g{row % 5},2024-03-{row % 28 + 1:02d},{'ab'[row % 2]}" for row in range(40)]
    path = write(tmp_path, "x,part,who,day,y\n" + "\n".join(rows))
    said = {"leave_out": ["who", "day"]}
    train_x, _, test_x, _ = table(path, "y", "classification", split_by="part", **said)
    assert (len(train_x), len(test_x)) == (30, 10)
    said = {"leave_out": ["part", "day", "who"]}
    by_group = table(path, "x", "regression", group_by="who", leave_out=["part", "day"])
    assert len(by_group[2]) == 8, "one group of five"
    groups = {round(float(x)) % 5 for x in by_group[3].flatten() - 0.5}
    assert len(groups) == 1
    times = table(path, "x", "regression", time_by="day", leave_out=["part", "who"])
    days = [(round(float(x) - 0.5)) % 28 for x in times[3].flatten()]
    assert min(days) >= 15, "the latest days are the test"


def test_a_target_can_be_standardised_and_the_label_says_how(tmp_path: Path) -> None:
    path = write_table(tmp_path / "people.csv")
    spec = read_spec_of(tmp_path, path, "scale_target = true", target="income", task="regression")
    samples = load_samples(spec)
    assert samples.labels[0].startswith("income, standardised: (value - ")
    assert abs(float(samples.train_y.mean())) < 1e-5
    assert samples.given["out_features"] == 1
    assert samples.input.shape == (samples.train_x.shape[1],)


def read_spec_of(
    folder: Path, path: Path, more: str = "", *, target: str = "bought", task: str = "classification"
) -> RunSpec:
    """The specification of a training on a table, read from a file beside it."""
    text = SPEC.format(path=path.name, more=more).replace('"bought"', f'"{target}"')
    text = text if task == "classification" else text.replace("CrossEntropyLoss", "MSELoss")
    (folder / "spec.toml").write_text(f'task = "{task}"\n{text}')
    return read_spec(folder / "spec.toml")


def test_a_relative_path_is_meant_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_table(tmp_path / "people.csv")
    assert read_spec_of(tmp_path, path).data.parameters["path"] == str(path)
    monkeypatch.chdir(tmp_path)
    spec = read_spec(tmp_path / "spec.toml", ["data.path=other.csv"])
    assert spec.data.parameters["path"] == str(tmp_path / "other.csv")


def test_the_command_line_trains_on_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_table(tmp_path / "people.csv")
    read_spec_of(tmp_path, path)
    assert main(["train", str(tmp_path / "spec.toml"), "--json", "--workspace", str(tmp_path / "ws")]) == 0
    ended = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert ended["outcome"] == "finished"
    path.write_text("")
    assert main(["train", str(tmp_path / "spec.toml"), "--workspace", str(tmp_path / "ws")]) in (1, 2)
    said = capsys.readouterr().err.strip().splitlines()
    assert "people.csv is empty." in said[-1]
    assert main(["datasets", "--json"]) == 0
    known = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert {"table", "images", "arrays", "image_arrays", "text", "torchvision_set", "huggingface"} <= known.keys()
    assert known["table"]["parameters"]["missing"] == "refuse"


def test_a_run_opens_when_its_file_is_gone(tmp_path: Path, workspace: Workspace) -> None:
    path = write_table(tmp_path / "people.csv")
    read_spec_of(tmp_path, path)
    trained = train(workspace, str(tmp_path / "spec.toml"))
    assert trained.ended.outcome == "finished", trained.ended.error
    reference = ModelRef.parse(f"run:{trained.ended.result['run']}@best")
    opened = open_model(reference, workspace)
    assert opened.labels == ("no", "yes")
    assert opened.samples is not None
    assert opened.module(opened.samples).shape == (24, 2)
    path.unlink()
    opened = open_model(reference, workspace)
    assert opened.samples is None
    answer = opened.module(torch.ones(2, 7))
    out, name = str(tmp_path / "out"), trained.ended.result["run"]
    command = ["export", str(reference), "--format", "safetensors,state_dict", "--out", out]
    assert main([*command, "--workspace", str(workspace.root)]) == 0
    for suffix in ("safetensors", "pth"):
        exported = open_model(ModelRef.parse(f"{out}/{name}.{suffix}"))
        assert torch.equal(exported.module(torch.ones(2, 7)), answer), "built again without the user's file"


def test_a_refusal_reaches_the_user_by_its_name(tmp_path: Path) -> None:
    path = write_table(tmp_path / "people.csv", gaps=1)
    with pytest.raises(UserError) as caught:
        load_samples(read_spec_of(tmp_path, path))
    assert caught.value.name == "data.missing"
    assert caught.value.what == "people.csv, row 2: the column 'height' has no value there."
    assert "median" in caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "Export of 3 May\nmeter 7\n\nx1,x2,y\n" + GOOD.partition("\n")[2],
        GOOD.replace(",", "  "),
        "x1,x2,y\n" + "".join(f"r{row},{row}.5,{row * 2},{'ab'[row % 2]}\n" for row in range(40)),
    ],
    ids=["lines above", "spaces", "names of rows"],
)
def test_other_layouts_are_found(tmp_path: Path, text: str) -> None:
    usual = table(write(tmp_path, GOOD, "usual.csv"), "y", "classification")
    found = table(write(tmp_path, text), "y", "classification")
    assert all(torch.equal(one, two) for one, two in zip(usual, found, strict=True))


def test_a_file_without_names_has_numbered_columns(tmp_path: Path) -> None:
    usual = table(write(tmp_path, GOOD, "usual.csv"), "y", "classification")
    found = table(write(tmp_path, GOOD.partition("\n")[2]), "column 3", "classification", header=False)
    assert all(torch.equal(one, two) for one, two in zip(usual, found, strict=True))


def test_rows_without_a_target_are_left_out_where_gaps_are_filled(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + "1,2,\n,3,a\n")
    assert sum(map(len, table(path, "y", "classification", missing="median")[::2])) == 41
    path = write(tmp_path, "x,z,y\n" + "1,,a\n,2,b\n" * 8)
    with pytest.raises(DataError, match="Every row of"):
        table(path, "y", "classification", missing="drop")
