"""The window needs no torch in its process, and the engine no Qt: each runs with the other blocked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

BLOCK = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {packages!r}:
            raise ImportError(name + " is blocked in this process")

sys.meta_path.insert(0, Blocked())
"""

BUILD_THE_WINDOW = """
from pathlib import Path
from PySide6.QtCore import QTimer
from studio import app

window = app.build(workspace=Path(sys.argv[1]))
window.closed.connect(window.application.quit)  # it hides first, and ends when its work has
window.show()
QTimer.singleShot(0, window.close)
window.application.exec()
print("shown as", window.windowTitle())
"""

TRAIN = """
from studio.headless.command_line import main

raise SystemExit(main(sys.argv[1:]))
"""


def _python(packages: set[str], program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `program` in a Python that can import none of `packages`."""
    return subprocess.run(
        [sys.executable, "-c", BLOCK.format(packages=packages) + program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_window_is_built_without_torch(tmp_path: Path) -> None:
    result = _python({"torch", "torchvision", "onnx", "onnxruntime"}, BUILD_THE_WINDOW, str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert "shown as PyTorch Studio" in result.stdout


def test_engine_trains_without_qt(tmp_path: Path) -> None:
    result = _python(
        {"PySide6", "shiboken6", "pyqtgraph"},
        TRAIN,
        *("train", "linear-regression", "--set", "training.epochs=3", "--json", "--workspace", str(tmp_path)),
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["outcome"] == "finished"


def test_block_blocks() -> None:
    result = _python({"torch"}, "import torch")
    assert "torch is blocked in this process" in result.stderr
