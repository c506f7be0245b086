"""The import contracts of pyproject.toml hold, and each notices an import that breaks it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = [
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
]
ROOMS = [
    "app.py", "ui", "bridge", "headless", "engine", "zoo", "scripting", "runs", "settings", "catalog", "spec",
    "resources.py", "engine/autograd", "engine/training", "engine/exporting", "engine/vision", "ui/pages",
    "ui/pages/autograd", "ui/pages/training", "ui/pages/runs", "ui/pages/exporting", "ui/pages/vision",
]  # fmt: skip

BREACHES = {
    "Layers, downwards only": {"spec/run.py": "import studio.catalog"},
    "The rooms of the engine are independent": {"engine/vision/job.py": "import studio.engine.training"},
    "The pages are independent": {"ui/pages/runs/page.py": "from studio.ui.pages import training"},
    "The window names jobs, it does not import them": {"bridge/jobs.py": "import studio.headless"},
    "The window starts without the engine": {"app.py": "import studio.engine"},
    "Qt stays in the window": {"headless/train.py": "import PySide6"},
    "torch stays in the engine": {"ui/x.py": "import torch"},
    "The composition root imports no torch": {"app.py": "import torch"},
    "No cycles": {
        "engine/models.py": "import studio.engine.building",
        "engine/building.py": "import studio.engine.models",
    },
}


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", command, "--config", str(ROOT / "pyproject.toml"), "--no-cache"],
        cwd=folder,
        env={"PATH": "", "PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def made_house(tmp_path: Path) -> Path:
    """The rooms of the house, all empty."""
    (tmp_path / "studio").mkdir()
    for room in ROOMS:
        path = tmp_path / "studio" / room
        if path.suffix:
            path.touch()
        else:
            path.mkdir()
            (path / "__init__.py").touch()
    (tmp_path / "studio" / "__init__.py").touch()
    return tmp_path


def test_contracts_hold() -> None:
    result = _lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_contracts_hold_in_an_empty_house(made_house: Path) -> None:
    result = _lint(made_house)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("contract", BREACHES)
def test_contract_notices(contract: str, made_house: Path) -> None:
    for path, source in BREACHES[contract].items():
        (made_house / "studio" / path).write_text(source + "\n", encoding="utf-8")
    result = _lint(made_house)
    assert f"{contract} BROKEN" in result.stdout, result.stdout + result.stderr


def test_new_room_must_be_placed(made_house: Path) -> None:
    (made_house / "studio" / "attic.py").touch()
    result = _lint(made_house)
    assert "Layers, downwards only BROKEN" in result.stdout, result.stdout + result.stderr


def test_every_contract_is_broken_once() -> None:
    assert set(BREACHES) == set(CONTRACTS)
