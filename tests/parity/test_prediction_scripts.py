"""The script that the Vision tab shows gives the numbers that the tab shows, without the studio."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torchvision

from studio.engine.vision.job import run
from studio.runs.workspace import Workspace
from studio.scripting.predicting import prediction_script
from studio.spec.events import Event
from studio.spec.job import Control, drive
from studio.spec.model_names import BUILTIN
from studio.spec.predictions import ModelOpened, Predict, Predicted, VisionRequest


def _photographs() -> tuple[str, ...]:
    import skimage
    import sklearn

    pictures, others = Path(skimage.__file__).parent / "data", Path(sklearn.__file__).parent / "datasets/images"
    return tuple(map(str, (pictures / "chelsea.png", pictures / "camera.png", others / "flower.jpg")))


def _both(workspace: Workspace, tmp_path: Path, model: str, weights: str = "") -> tuple[list[str], list[str]]:
    """What the job says and what the script prints: a line an answer."""
    events: list[Event] = []
    asked = Predict(1, model, _photographs(), weights=weights)
    drive(run, VisionRequest(str(workspace.root), asked), Control(), events.append)
    opened = next(event for event in events if isinstance(event, ModelOpened))
    said = [
        f"{label.probability:.6f}  {label.name}"
        for event in events
        if isinstance(event, Predicted)
        for label in event.prediction.labels
    ]
    script = tmp_path / "script.py"
    script.write_text(prediction_script(opened, _photographs(), workspace=workspace, weights=weights))
    assert not re.search(r"^\s*(import|from) studio", script.read_text(), flags=re.MULTILINE)
    result = subprocess.run(
        [sys.executable, "-W", "error", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return said, [line.strip() for line in result.stdout.splitlines() if line.startswith("  ")]


def test_builtin(workspace: Workspace, tmp_path: Path):
    said, printed = _both(workspace, tmp_path, BUILTIN)
    assert printed == said
    assert len(said) == 15


def test_torchvision_with_weights_from_a_file(workspace: Workspace, tmp_path: Path):
    torch.manual_seed(0)
    weights = tmp_path / "mine.pth"
    torch.save(torchvision.models.squeezenet1_1(num_classes=7).state_dict(), weights)
    said, printed = _both(workspace, tmp_path, "torchvision:squeezenet1_1", str(weights))
    assert printed == said
    assert len(said) == 15


def test_run(workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    from studio.headless.command_line import main

    train = ["train", "digits-cnn", "--set", "training.epochs=1", "--workspace", str(workspace.root)]
    assert main(train) == 0
    said, printed = _both(workspace, tmp_path, "run:1")
    assert printed == said
    assert len(said) == 15
