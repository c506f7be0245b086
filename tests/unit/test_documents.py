"""What the documents say is so: links lead somewhere, commands and recipes exist, help is there for each tab."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from studio.catalog.recipes import recipes
from studio.headless.command_line import commands

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "studio" / "README.md",
    *sorted((ROOT / "resources" / "docs").glob("*.md")),
    *sorted((ROOT / "resources" / "help").glob("*.md")),
]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in DOCUMENTS}


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)#\s]+)\)", TEXTS[name])
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (ROOT / name).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("name", TEXTS)
def test_commands_exist(name: str) -> None:
    named = set(re.findall(r"pytorch-studio ([a-z]+)", TEXTS[name]))
    assert named <= set(commands())


def test_recipes_exist() -> None:
    known = {recipe.name for recipe in recipes()}
    text = "\n".join(TEXTS.values())
    assert set(re.findall(r"pytorch-studio train ([\w-]+)", text)) <= known
    assert all(f"*{name}*" in TEXTS["resources/help/train.md"] for name in known)


def test_each_tab_has_help() -> None:
    pages = {"autograd", "train", "runs", "export", "vision", "index", "keyboard"}
    assert pages <= {path.stem for path in DOCUMENTS}


@pytest.mark.parametrize("mark", ["open", "tests"])
def test_readme_has_one_line_for_each_purpose(mark: str) -> None:
    blocks = re.findall(rf"<!-- {mark} -->\n```bash\n(.*?)```\n<!-- /{mark} -->", TEXTS["README.md"], re.DOTALL)
    assert len(blocks) == 1
    assert blocks[0].count("\n") == 1


def test_both_lines_of_the_readme_fetch_the_same_libraries() -> None:
    packages = re.findall(r"apt-get install -y ([^;]+);", TEXTS["README.md"])
    assert len(packages) == 2
    assert len(set(packages)) == 1
