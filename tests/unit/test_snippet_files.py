"""Leaves that can be turned in the text, and only those."""

from __future__ import annotations

import pytest

from studio.ui.pages.autograd.source_file import lessons, literals, with_literal


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
