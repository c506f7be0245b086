"""`python main.py` where a window cannot be opened: one line, and the exit code that the design names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio import __version__

ROOT = Path(__file__).resolve().parents[2]


def _start(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    without = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in without}
    return subprocess.run(
        [sys.executable, "main.py", *arguments],
        cwd=ROOT,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_no_display_is_said_in_one_line() -> None:
    result = _start()
    assert result.returncode == 2
    assert result.stderr.startswith("There is no display")
    assert result.stderr.count("\n") == 1


def test_workspace_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    result = _start("--workspace", str(tmp_path / "file" / "workspace"), QT_QPA_PLATFORM="offscreen")
    assert result.returncode == 2
    assert result.stderr.startswith(f"The workspace {tmp_path / 'file' / 'workspace'} cannot be written")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("module", ["main.py", "-m"])
def test_version(module: str) -> None:
    command = [sys.executable, "main.py"] if module == "main.py" else [sys.executable, "-m", "studio"]
    result = subprocess.run([*command, "--version"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == f"PyTorch Studio {__version__}\n"


def test_unknown_command_names_the_nearest() -> None:
    result = _start("tarin", "digits-cnn")
    assert result.returncode == 2
    assert "`train`" in result.stderr
    assert result.stderr.count("\n") == 1
