"""Folders of images as people have them: decoded soundly, in memory or from their files, flaws by name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from studio.engine.models import open_model
from studio.engine.preparing import prepare
from studio.engine.training.data import batches
from studio.engine.vision.reading import read_image
from studio.runs.workspace import Workspace
from studio.spec.model_ref import ModelRef
from studio.zoo.datasets import images as module
from studio.zoo.datasets.images import describe, images
from studio.zoo.files.errors import DataError
from studio.zoo.files.pictures import Pictures, decoded
from tests.logfail import LogWatch
from tests.own_data import write_pictures
from tests.training_runs import train

SPEC = """
[data]
name = "images"
path = "shapes"
size = 24
[model]
name = "cnn"
channels = [8, 16]
[loss]
name = "CrossEntropyLoss"
[optimizer]
name = "AdamW"
[training]
epochs = 2
batch_size = 8
"""


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    """Forty pictures of two classes."""
    return write_pictures(tmp_path / "shapes")


def refused(path: Path, **said: Any) -> DataError:
    with pytest.raises(DataError) as caught:
        images(str(path), **said)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_folder_a_class_becomes_tensors(shapes: Path) -> None:
    train_x, _, test_x, test_y = images(str(shapes), size=24)
    assert isinstance(train_x, torch.Tensor)
    assert (train_x.shape, test_x.shape) == ((32, 3, 24, 24), (8, 3, 24, 24))
    assert -1 <= float(train_x.min()) < float(train_x.max()) <= 1
    assert test_y.bincount().tolist() == [4, 4], "stratified"
    grey = images(str(shapes), size=24, color="grey")[0]
    assert grey.shape[1] == 1


def test_vision_gives_the_same_pixels(shapes: Path) -> None:
    pictures = Pictures([str(path) for path in sorted(shapes.rglob("*.*"))], 24, 3)
    spec, labels = describe(str(shapes), size=24)
    assert labels == ("circle", "square")
    for index, file in enumerate(pictures.files):
        assert torch.equal(prepare(read_image(Path(file), spec.least_side).image, spec), pictures[index])


def test_what_is_read_from_files_is_the_same_as_in_memory(
    shapes: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shapes.parent / "spec.toml").write_text(SPEC)
    usual = images(str(shapes), size=24)
    weights = []
    for in_memory, as_numbers in ((10**9, 10**9), (10**9, 1), (1, 1)):
        monkeypatch.setattr(module, "LARGEST_DECODED", in_memory)
        monkeypatch.setattr(module, "LARGEST_AS_NUMBERS", as_numbers)
        found = images(str(shapes), size=24)
        assert isinstance(found[0], Pictures) == (as_numbers == 1)
        assert torch.equal(found[0][:], usual[0])
        assert torch.equal(found[2][torch.tensor([5, 2])], usual[2][[5, 2]])
        assert torch.equal(torch.cat(list(found[0].split(7))), usual[0])
        trained = train(workspace, str(shapes.parent / "spec.toml"), ["training.device=cpu"])
        assert trained.ended.outcome == "finished", trained.ended.error
        weights.append(trained.ended.result["weights_sha256"])
    assert len(set(weights)) == 1
    opened = open_model(ModelRef.parse(f"run:{trained.ended.result['run']}@best"), workspace)
    assert opened.samples is not None
    assert opened.module(opened.samples).shape == (8, 2)


def test_batches_are_read_ahead_in_the_same_order(shapes: Path) -> None:
    files = sorted(str(path) for path in shapes.rglob("*.*"))
    lazy = Pictures(files, 16, 3)
    eager, targets = lazy[:], torch.arange(len(files))
    for order in (None, (3, 1)):
        one = list(batches(lazy, targets, 7, order=order, start=2))  # type: ignore[arg-type]
        two = list(batches(eager, targets, 7, order=order, start=2))
        assert len(one) == len(two) == 4
        for (x, y), (other_x, other_y) in zip(one, two, strict=True):
            assert torch.equal(x, other_x)
            assert torch.equal(y, other_y)


def test_a_file_that_breaks_while_it_trains_ends_the_run_by_name(
    shapes: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shapes.parent / "spec.toml").write_text(SPEC)
    monkeypatch.setattr(module, "LARGEST_DECODED", 1)
    monkeypatch.setattr(module, "LARGEST_AS_NUMBERS", 1)
    (shapes / "circle" / "circle003.jpg").write_bytes(b"")
    trained = train(workspace, str(shapes.parent / "spec.toml"), ["training.device=cpu"])
    assert trained.ended.outcome == "failed"
    assert trained.ended.error is not None
    assert trained.ended.error.name == "data.bad_image"
    assert "circle003.jpg" in trained.ended.error.what


def test_ten_damaged_files_are_named_or_left_out(shapes: Path, expected_logs: LogWatch) -> None:
    for number in range(10):
        path = shapes / "square" / f"bad{number}.jpg"
        whole = (shapes / "square" / "square001.jpg").read_bytes()
        path.write_bytes((b"", b"text", whole[: len(whole) // 2])[number % 3])
    (shapes / "square" / "notes.txt").write_text("not an image")
    error = refused(shapes, size=16)
    assert error.name == "data.bad_image"
    assert "bad0.jpg could not be read: the file is empty." in error.what
    assert "10 files" in error.what
    assert "skip_bad" in error.remedy
    expected_logs.allow("10 of 50 images cannot be read and are left out")
    assert sum(map(len, images(str(shapes), size=16, skip_bad=True)[::2])) == 40


def test_folders_that_are_no_classes_are_said(tmp_path: Path, shapes: Path) -> None:
    assert refused(tmp_path / "none").name == "data.no_such_file"
    assert "Did you mean 'shapes'?" in str(refused(tmp_path / "shape"))
    assert refused(shapes / "circle").name == "data.no_classes"
    (tmp_path / "void").mkdir()
    assert refused(tmp_path / "void").name == "data.no_files"
    (shapes / "triangle").mkdir()
    error = refused(shapes)
    assert (error.name, "triangle" in error.what) == ("data.empty_class", True)
    assert len(images(str(shapes), size=16, leave_out=["triangle"])[0]) == 32
    assert refused(shapes, leave_out=["triangle", "circle"]).name == "data.one_class"
    Image.new("RGB", (20, 20)).save(shapes / "triangle" / "one.png")
    assert refused(shapes).name == "data.class_of_one"
    assert refused(shapes / "circle" / "circle000.png").name == "data.is_file"


def test_links_in_circles_and_hidden_folders_do_no_harm(shapes: Path) -> None:
    (shapes / "circle" / "again").symlink_to(shapes, target_is_directory=True)
    (shapes / ".cache").mkdir()
    (shapes / "__MACOSX").mkdir()
    assert sum(map(len, images(str(shapes), size=16)[::2])) == 40


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_named(shapes: Path) -> None:
    (shapes / "circle").chmod(0)
    try:
        assert refused(shapes).name == "data.unreadable"
    finally:
        (shapes / "circle").chmod(0o755)


def test_folders_train_and_test_are_the_split(tmp_path: Path) -> None:
    write_pictures(tmp_path / "all" / "train", each=6)
    write_pictures(tmp_path / "all" / "test", each=3)
    train_x, _, test_x, _ = images(str(tmp_path / "all"), size=16)
    assert (len(train_x), len(test_x)) == (12, 6)
    write_pictures(tmp_path / "digits", each=5)
    (tmp_path / "digits" / "circle").rename(tmp_path / "digits" / "0")
    (tmp_path / "digits" / "square").rename(tmp_path / "digits" / "1")
    assert len(images(str(tmp_path / "digits"), size=16)[0]) == 8, "0 and 1 are classes, not train and test"


def test_labels_come_from_a_table(tmp_path: Path) -> None:
    shapes = write_pictures(tmp_path / "shapes", each=6)
    flat = tmp_path / "flat"
    flat.mkdir()
    lines = ["file;label"]
    for path in sorted(shapes.rglob("*.*")):
        path.rename(flat / path.name)
        lines.append(f"{path.stem};{path.name[:6]}")
    labels = tmp_path / "labels.csv"
    labels.write_text("\n".join(lines))
    assert len(images(str(flat), size=16, labels_csv=str(labels))[0]) == 9
    labels.write_text("\n".join([*lines, "square999.jpg;square"]))
    error = refused(flat, size=16, labels_csv=str(labels))
    assert "labels.csv, row 14: there is no file 'square999.jpg'" in error.what
    labels.write_text("\n".join([*lines, "square001.jpg;"]))
    assert "row 14: there is no label" in refused(flat, labels_csv=str(labels)).what


def test_files_that_are_there_twice_are_kept_once(shapes: Path) -> None:
    first = shapes / "circle" / "circle000.png"
    (shapes / "circle" / "copy.png").write_bytes(first.read_bytes())
    assert sum(map(len, images(str(shapes), size=16)[::2])) == 41
    assert sum(map(len, images(str(shapes), size=16, duplicates="drop")[::2])) == 40


def test_odd_pictures_look_as_they_are_meant(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 32 * 32).reshape(32, 32).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    deep = decoded(str(tmp_path / "deep.png"), 32, 1)
    assert (int(deep.min()), int(deep.max())) == (0, 255)
    Image.new("RGBA", (32, 32), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert int(decoded(str(tmp_path / "clear.png"), 16, 3).min()) == 255, "white lies behind what is see-through"
    turned = Image.new("RGB", (40, 20))
    turned.paste((255, 255, 255), (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.png", exif=exif)
    assert decoded(str(tmp_path / "turned.png"), 20, 1)[0, 0].min() == 255
    Image.new("L", (1, 60_000)).save(tmp_path / "strip.png")
    with pytest.raises(DataError, match="too long and thin"):
        decoded(str(tmp_path / "strip.png"), 1000, 3)
