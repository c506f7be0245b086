"""Arrays, texts and the data sets of other libraries: read soundly, refused in one line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio.zoo.datasets.arrays import arrays
from studio.zoo.datasets.arrays import describe as describe_arrays
from studio.zoo.datasets.huggingface import huggingface
from studio.zoo.datasets.image_arrays import describe as describe_images
from studio.zoo.datasets.image_arrays import image_arrays
from studio.zoo.datasets.text import describe as describe_text
from studio.zoo.datasets.text import text
from studio.zoo.datasets.torchvision_set import describe as describe_set
from studio.zoo.datasets.torchvision_set import torchvision_set
from studio.zoo.files.errors import DataError

RNG = np.random.default_rng(0)
ROWS = RNG.normal(3, 2, size=(50, 4))
CLASSES = np.arange(50) % 3


def save(folder: Path, **named: Any) -> str:
    np.savez(folder / "data.npz", **named)
    return str(folder / "data.npz")


def test_rows_of_numbers_are_standardised_and_split(tmp_path: Path) -> None:
    path = save(tmp_path, x=ROWS, y=CLASSES)
    train_x, train_y, test_x, _ = arrays(path, "classification")
    assert (train_x.shape, test_x.shape, train_y.dtype) == ((40, 4), (10, 4), torch.int64)
    assert torch.allclose(train_x.mean(0), torch.zeros(4), atol=1e-6)
    assert describe_arrays(path, "classification")[1] == ("0", "1", "2")
    assert arrays(path, "regression")[1].shape == (40, 1)
    words = np.array(["low", "mid", "high"])[CLASSES]
    assert describe_arrays(save(tmp_path, data=ROWS, labels=words), "classification")[1] == ("high", "low", "mid")


def test_a_split_of_their_own_is_kept(tmp_path: Path) -> None:
    path = save(tmp_path, x_train=ROWS[:30], y_train=CLASSES[:30], x_test=ROWS[30:], y_test=CLASSES[30:])
    found = arrays(path, "classification", standardise=False)
    assert torch.equal(found[2], torch.from_numpy(ROWS[30:].astype(np.float32)))
    np.save(tmp_path / "x.npy", ROWS)
    np.save(tmp_path / "y.npy", CLASSES)
    found = arrays(str(tmp_path / "x.npy"), "classification", targets=str(tmp_path / "y.npy"))
    assert len(found[0]) == 40


@pytest.mark.parametrize(
    ("named", "said", "name"),
    [
        ({"x": ROWS}, {}, "data.no_such_array"),
        ({"x": ROWS, "y": CLASSES}, {"x": "xs"}, "data.no_such_array"),
        ({"x": ROWS, "y": CLASSES[:9]}, {}, "data.lengths"),
        ({"x": np.array([{}], dtype=object), "y": [1]}, {}, "data.pickled"),
        ({"x": np.where(ROWS > 8, np.nan, ROWS) * np.inf, "y": CLASSES}, {}, "data.not_finite"),
        ({"x": ROWS, "y": ROWS}, {}, "data.bad_targets"),
        ({"x": ROWS, "y": ROWS[:, 0]}, {}, "data.bad_targets"),
        ({"x": ROWS, "y": np.zeros(50)}, {}, "data.one_class"),
        ({"x": np.array(["a"] * 50), "y": CLASSES}, {}, "data.no_numbers"),
    ],
)
def test_arrays_that_cannot_be_trained_on_are_refused(
    tmp_path: Path, named: dict[str, Any], said: dict[str, str], name: str
) -> None:
    with np.errstate(invalid="ignore"), pytest.raises(DataError) as caught:
        arrays(save(tmp_path, **named), "classification", **said)
    assert caught.value.name == name
    assert "\n" not in str(caught.value)


def test_pixels_come_channels_first_or_last(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 255, (50, 12, 10, 3), dtype=np.uint8)
    last = image_arrays(save(tmp_path, images=pixels, labels=CLASSES))
    first = image_arrays(save(tmp_path, images=np.moveaxis(pixels, -1, 1), labels=CLASSES))
    assert last[0].shape == (40, 3, 12, 10)
    assert torch.equal(last[0], first[0])
    assert -1 <= float(last[0].min()) < float(last[0].max()) <= 1
    path = save(tmp_path, x=pixels[..., 0] / 255, y=CLASSES)
    assert image_arrays(path)[0].shape == (40, 1, 12, 10)
    assert describe_images(path)[0].mean == ()
    with pytest.raises(DataError, match="no set of images"):
        image_arrays(save(tmp_path, x=ROWS, y=CLASSES))


def test_texts_come_from_a_table_or_from_folders(tmp_path: Path) -> None:
    lines = [
        f'"A {("fine", "poor")[row % 2]} film, it\'s number {row}",{("good", "bad")[row % 2]}' for row in range(40)
    ]
    path = tmp_path / "texts.csv"
    path.write_text("\n".join(["review,label", *lines]), encoding="utf-16")
    said = {"target": "label", "text_column": "review", "max_length": 9}
    train_x, train_y, test_x, _ = text(str(path), **said)  # type: ignore[arg-type]
    assert (train_x.shape, train_x.dtype) == ((32, 9), torch.int64)
    assert int(test_x.max()) <= int(train_x.max())
    assert (test_x == 1).any(), "numbers that no training text has are unknown"
    assert describe_text(str(path), **said)[1] == ("bad", "good")  # type: ignore[arg-type]
    letters = text(str(path), level="characters", **said)  # type: ignore[arg-type]
    assert not torch.equal(letters[0], train_x)
    for name in ("bad", "good"):
        (tmp_path / "texts" / name).mkdir(parents=True)
        for number in range(8):
            (tmp_path / "texts" / name / f"{number}.txt").write_text(f"{name} {number}")
    found = text(str(tmp_path / "texts"), max_length=4)
    assert (len(found[0]), len(found[2])) == (12, 4)
    assert len(train_y.unique()) == 2
    with pytest.raises(DataError, match="is the target is not said"):
        text(str(path), text_column="review")
    path.write_text("review,label\nfine,good\n,bad\n")
    with pytest.raises(DataError, match=r"row 3: the column 'review' has no value"):
        text(str(path), **said)  # type: ignore[arg-type]


def test_sets_of_torchvision_are_read_or_their_files_are_asked_for(tmp_path: Path) -> None:
    state = torch.get_rng_state()
    found = torchvision_set("FakeData", size=8)
    assert (found[0].shape, found[2].shape) == ((160, 3, 8, 8), (40, 3, 8, 8))
    assert len(describe_set("FakeData", size=8)[1]) == 10
    assert torch.equal(state, torch.get_rng_state()), "nothing is drawn from the global numbers"
    with pytest.raises(DataError, match=r"MNIST could not be read from .* set download to true"):
        torchvision_set("MNIST", folder=str(tmp_path))


def test_the_hub_says_how_to_get_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DataError, match=r'pip install "pytorch-studio\[huggingface\]"'):
        huggingface("mnist")
