"""The script of a run on one's own data, run without the studio, has the run's losses and weights, bit for bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.catalog.checking import read_spec
from studio.catalog.shelf import models_for
from studio.engine.checkpoint import weights_sha256
from studio.scripting.training import training_script
from studio.zoo.datasets import images
from tests.own_data import write_pictures, write_table
from tests.parity.test_training_scripts import RUNNER
from tests.training_runs import train

COMMON = """
[training]
epochs = 2
batch_size = 16
device = "cpu"
"""
ADAM = '[optimizer]\nname = "AdamW"\n'
CLASSES = '[loss]\nname = "CrossEntropyLoss"\n'
NUMBERS = '[loss]\nname = "MSELoss"\n'
MLP = '[model]\nname = "mlp"\nhidden = [16]\n'
CNN = '[model]\nname = "cnn"\nchannels = [8]\n'

CASES = {
    "table": ('name = "table"\npath = "people.csv"\ntarget = "bought"\nmissing = "median"', CLASSES + MLP),
    "regression": (
        'name = "table"\npath = "people.csv"\ntarget = "income"\nmissing = "drop"\nscale_target = true',
        NUMBERS + MLP,
    ),
    "images": ('name = "images"\npath = "shapes"\nsize = 16\ncolor = "grey"', CLASSES + CNN),
    "arrays": ('name = "arrays"\npath = "rows.npz"', CLASSES + MLP),
    "image_arrays": ('name = "image_arrays"\npath = "pixels.npz"', CLASSES + CNN),
    "fake": ('name = "torchvision_set"\ndataset = "FakeData"\nsize = 16', CLASSES + CNN),
}
TEXT = 'name = "text"\npath = "texts.csv"\ntarget = "label"\ntext_column = "review"\nmax_length = 8'


def cases() -> dict[str, tuple[str, str]]:
    """The cases; texts need a model that takes tokens."""
    readers = models_for("text", "classification")
    return CASES | ({"text": (TEXT, f'{CLASSES}[model]\nname = "{readers[0].name}"\n')} if readers else {})


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Specifications beside the files that they name by relative paths."""
    folder = tmp_path_factory.mktemp("own")
    write_table(folder / "people.csv", gaps=4)
    write_pictures(folder / "shapes", each=14)
    rng = np.random.default_rng(0)
    np.savez(folder / "rows.npz", x=rng.normal(size=(60, 5)), y=np.arange(60) % 3)
    np.savez(folder / "pixels.npz", x=rng.integers(0, 255, (60, 10, 10), dtype=np.uint8), y=np.arange(60) % 3)
    lines = [f'"a {("fine", "poor")[row % 2]} film, number {row}",{("good", "bad")[row % 2]}' for row in range(60)]
    (folder / "texts.csv").write_text("\n".join(["review,label", *lines]))
    found = {}
    for name, (data, more) in cases().items():
        task = "regression" if name == "regression" else "classification"
        found[name] = folder / f"{name}.toml"
        found[name].write_text(f'task = "{task}"\n[data]\n{data}\n{more}{ADAM}{COMMON}')
    return found


@pytest.fixture(scope="module")
def scripts(specs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folders in which the scripts ran, all in one process that has no studio."""
    folders = {}
    for name, path in specs.items():
        folders[name] = tmp_path_factory.mktemp("script")
        (folders[name] / "script.py").write_text(training_script(read_spec(path)))
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, "-P", "-W", "error", "-c", RUNNER, *map(str, folders.values())]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folders


@pytest.mark.parametrize("name", [*cases()])
def test_the_script_gives_the_same_bits(workspace, specs, scripts, name):
    trained = train(workspace, str(specs[name]))
    assert trained.ended.outcome == "finished", trained.ended.error
    losses = json.loads((scripts[name] / "losses.json").read_text())
    assert [float.fromhex(loss) for loss in losses] == trained.curve("loss/train")
    state = torch.load(scripts[name] / "model.pt", weights_only=True)
    assert weights_sha256(state) == trained.ended.result["weights_sha256"]


@pytest.mark.parametrize("name", [*cases()])
def test_the_script_is_plain_and_well_formed(specs, tmp_path, name):
    text = training_script(read_spec(specs[name]))
    assert "studio" not in text.replace("PyTorch Studio", "")
    path = tmp_path / "script.py"
    path.write_text(text)
    rules = ["--isolated", "--line-length=115", "--select=E,F,W,I,B,UP"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", *rules, str(path)], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode()


def test_the_script_reads_images_from_their_files_with_the_same_bits(workspace, specs, scripts, monkeypatch):
    monkeypatch.setattr(images, "LARGEST_DECODED", 1)
    monkeypatch.setattr(images, "LARGEST_AS_NUMBERS", 1)
    trained = train(workspace, str(specs["images"]))
    losses = json.loads((scripts["images"] / "losses.json").read_text())
    assert [float.fromhex(loss) for loss in losses] == trained.curve("loss/train")
