"""What a window that crashed wrote down is said by the next one, once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from studio.bridge.logs import Funnel

CRASH = """
import ctypes, sys
from pathlib import Path
from studio.bridge.logs import Funnel

Funnel(Path(sys.argv[1])).install()
if sys.argv[2] == "crash":
    ctypes.string_at(0)
print("works", flush=True)
sys.stdin.readline()
"""
ROOT = Path(__file__).resolve().parents[2]


def window(folder: Path, what: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CRASH, str(folder), what],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_a_crash_is_said_once_and_another_window_keeps_its_log(tmp_path: Path) -> None:
    with window(tmp_path, "work") as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "works\n"
        with window(tmp_path, "crash") as crashing:
            crashing.wait(timeout=30)
        first = Funnel(tmp_path)
        crash = first.install()
        first.uninstall()
        assert crash is not None
        assert crash.name == "window.crashed"
        assert "Segmentation fault" in crash.details
        assert [path.name for path in tmp_path.glob("crash-*.log")] == [f"crash-{other.pid}.log"]
        second = Funnel(tmp_path)
        assert second.install() is None
        second.uninstall()
        other.kill()
