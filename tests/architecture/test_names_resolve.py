"""Whatever the code calls by name, "module:function", is there: jobs, ingredients, entry points."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import pytest

from studio.bridge.job_table import JOBS
from studio.spec.job import resolve

ROOT = Path(__file__).resolve().parents[2]
_NAME = re.compile(r"(?:studio|torch|torchvision|sklearn)(?:\.\w+)*:[A-Za-z_]\w*(?:\.\w+)*")


def _names_in_code() -> Iterator[str]:
    for path in sorted((ROOT / "studio").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _NAME.fullmatch(node.value):
                yield node.value
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    yield from project["scripts"].values()


@pytest.mark.parametrize("job", JOBS)
def test_job_resolves(job: str) -> None:
    assert callable(resolve(JOBS[job].target))


@pytest.mark.parametrize("name", sorted(set(_names_in_code())))
def test_name_resolves(name: str) -> None:
    module, _, qualname = name.partition(":")
    assert callable(reduce(getattr, qualname.split("."), importlib.import_module(module)))


def test_missing_name_is_noticed() -> None:
    with pytest.raises(AttributeError):
        resolve("studio.spec.job:run_away")
