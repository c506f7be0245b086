"""Lint, format and types are part of the suite, so that one command covers them all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _run(*arguments: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_lint() -> None:
    _run("ruff", "check", "--quiet", ".")


def test_format() -> None:
    _run("ruff", "format", "--check", "--quiet", ".")


@pytest.mark.slow
def test_types() -> None:
    _run("mypy")
