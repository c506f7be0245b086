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
    answers = [event.prediction for event in events if isinstance(event, Predicted)]
    said = [f"{label.probability:.6f}  {label.name}" for answer in answers for label in answer.labels]
    said += [
        f"{box.score:.6f}  {box.name} at {[round(side, 1) for side in box.box]}"
        for answer in answers
        for box in answer.boxes
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


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("squeezenet1_1", {}),
        # It changes the numbers of its input itself, where its published weights want that.
        ("googlenet", {"aux_logits": False, "init_weights": False}),
    ],
)
def test_torchvision_with_weights_from_a_file(
    workspace: Workspace, tmp_path: Path, name: str, options: dict[str, bool]
):
    torch.manual_seed(0)
    weights = tmp_path / "mine.pth"
    torch.save(torchvision.models.get_model(name, num_classes=7, **options).state_dict(), weights)
    said, printed = _both(workspace, tmp_path, f"torchvision:{name}", str(weights))
    assert printed == said
    assert len(said) == 15


def test_torchvision_segmenter_with_auxiliary_layers(workspace: Workspace, tmp_path: Path):
    torch.manual_seed(0)
    weights = tmp_path / "mine.pth"
    model = torchvision.models.segmentation.deeplabv3_mobilenet_v3_large(
        num_classes=5, weights_backbone=None, aux_loss=True
    )
    torch.save(model.state_dict(), weights)
    said, printed = _both(workspace, tmp_path, "torchvision:deeplabv3_mobilenet_v3_large", str(weights))
    # The tab leaves the background, class 0, out and says the largest first; the script goes by number.
    assert sorted(line for line in printed if "class 0" not in line) == sorted(said)
    assert said


def test_torchvision_detector(workspace: Workspace, tmp_path: Path):
    torch.manual_seed(0)
    weights = tmp_path / "mine.pth"
    model = torchvision.models.detection.ssdlite320_mobilenet_v3_large(num_classes=91, weights_backbone=None)
    with torch.no_grad():
        for layer in model.head.classification_head.module_list:
            layer[1].bias.view(-1, 91)[:, 17] += 6  # it sees cats everywhere
    torch.save(model.state_dict(), weights)
    said, printed = _both(workspace, tmp_path, "torchvision:ssdlite320_mobilenet_v3_large", str(weights))
    assert printed == said
    assert "cat at [" in said[0]


def test_run(workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    from studio.headless.command_line import main

    train = ["train", "digits-cnn", "--set", "training.epochs=1", "--workspace", str(workspace.root)]
    assert main(train) == 0
    said, printed = _both(workspace, tmp_path, "run:1")
    assert printed == said
    assert len(said) == 15
