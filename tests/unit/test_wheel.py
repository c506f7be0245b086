"""The installed wheel works like the checkout: its command, its window, and the files that ship with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from studio import __version__

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow

START = """
from pathlib import Path
import sys

import studio
from PySide6.QtCore import QTimer
from studio import app
from studio.resources import resource

window = app.build(workspace=Path(sys.argv[1]))
window.closed.connect(window.application.quit)
window.show()
QTimer.singleShot(0, window.close)
window.application.exec()
print(studio.__file__)
print(resource("icons"))
"""


def _run(*command: str | Path, folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with the wheel, above the dependencies that the tests themselves have."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, folder=folder)
    (wheel,) = folder.glob("*.whl")
    environment = folder / "environment"
    _run(sys.executable, "-m", "venv", "--without-pip", environment, folder=folder)
    python = environment / "bin" / "python"
    _run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel),
        folder=folder,
    )
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return environment / "bin"


def test_version(installed: Path, tmp_path: Path) -> None:
    assert _run(installed / "pytorch-studio", "--version", folder=tmp_path).split()[-1] == __version__


def test_command_finds_the_recipes(installed: Path, tmp_path: Path) -> None:
    recipes = json.loads(_run(installed / "pytorch-studio", "recipes", "--json", folder=tmp_path))
    assert {"linear-regression", "digits-cnn"} <= {recipe["name"] for recipe in recipes}


def test_window_starts_with_its_own_resources(installed: Path, tmp_path: Path) -> None:
    code, icons = _run(installed / "python", "-c", START, tmp_path / "workspace", folder=tmp_path).split()
    assert Path(code).is_relative_to(installed.parent)
    assert Path(icons).is_relative_to(installed.parent)


def test_nothing_that_ships_is_missing(installed: Path) -> None:
    (packages,) = installed.parent.glob("lib/python*/site-packages")
    for folder in ("fonts", "help", "icons", "recipes"):
        ships = {path.name for path in (ROOT / "resources" / folder).iterdir()}
        assert ships == {path.name for path in (packages / "studio" / "_resources" / folder).iterdir()}
