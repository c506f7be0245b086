"""What the window need not have for its first paint comes later."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LATE = ("numpy", "pyqtgraph", "torch", "psutil")
_PROGRAM = """
import os, sys
from studio.app import build

window = build(sys.argv[1])
window.show()
window.grab()
print(*[name for name in sys.argv[2:] if name in sys.modules], flush=True)
os._exit(0)
"""


def test_the_window_is_painted_without_what_comes_late(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _PROGRAM, str(tmp_path / "workspace"), *LATE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == []
