"""Leaves that can be turned in the text, and only those."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from studio.spec.errors import UserError
from studio.ui.pages.autograd.source_file import lessons, literals, read_source, with_literal


def test_a_number_is_found_and_replaced_alone() -> None:
    text = "import torch\nä = 'ö'; x = 1\ny = torch.tensor(-2.5, requires_grad=True)  # ü\nz = y * 2.5\n"
    (found,) = literals(text)
    assert (found.name, found.value, found.line) == ("y", -2.5, 3)
    changed = with_literal(text, found, 0.1 + 0.2)
    assert changed == text.replace("(-2.5,", "(0.3,")
    assert literals(changed)[0].value == 0.3


@pytest.mark.parametrize(
    "line",
    [
        "y = torch.tensor(2.0)",
        "y = torch.tensor(2, requires_grad=True)",
        "y = torch.tensor([2.0], requires_grad=True)",
        "y = torch.tensor(2.0 + 1, requires_grad=True)",
        "y = torch.tensor(2.0, requires_grad=flag)",
        "y = torch.tensor(2.0, requires_grad=True); y = y + 1",
        "for _ in range(2): y = torch.tensor(2.0, requires_grad=True)",
        "y, z = torch.tensor(2.0, requires_grad=True), 1",
        "y = (",
    ],
)
def test_what_is_not_one_plain_number_is_left_alone(line: str) -> None:
    assert literals(f"import torch\n{line}\n") == []


def test_lessons_have_title_text_and_code() -> None:
    found = lessons()
    assert [lesson.title for lesson in found][:2] == ["Dynamic graphs", "A linear model learns"]
    assert all(lesson.text.endswith(".") and "import torch" in lesson.code for lesson in found)
    assert [literal.name for literal in literals(found[0].code)] == ["x", "y"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.py"
    os.mkfifo(pipe)
    for path, reason in ((pipe, "it is not an ordinary file"), (tmp_path, "it is a folder")):
        with pytest.raises(UserError) as caught:
            read_source(path)
        assert caught.value.what == f"{path.name} could not be opened: {reason}."


def test_of_a_huge_file_only_the_beginning_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.py"
    with path.open("wb") as stream:
        stream.truncate(3 * 10**9)
    with pytest.raises(UserError) as caught:
        read_source(path)
    assert caught.value.what == "huge.py is 3,000.0 MB."
