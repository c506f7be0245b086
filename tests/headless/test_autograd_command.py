"""``pytorch-studio autograd FILE.py``, called as the dispatcher calls it."""

from __future__ import annotations

import argparse
import json
import signal
from pathlib import Path

import pytest

from studio.headless.commands import autograd
from studio.resources import resource
from studio.spec.errors import UserError


def command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    autograd.add_arguments(parser)
    return autograd.run(parser.parse_args(words))


def test_the_first_lesson_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(str(resource("lessons", "01-dynamic-graphs.py")), "--json") == 0
    tables = json.loads(capsys.readouterr().out)
    assert {leaf["name"]: leaf["grad"] for leaf in tables["leaves"]} == {"x": 3.0, "y": 8.0}
    assert set(tables) >= {"leaves", "ops", "graph", "backward", "stdout", "error"}
    assert tables["stdout"] == "tensor(3.) tensor(8.)\n"


def test_the_first_lesson_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(str(resource("lessons", "01-dynamic-graphs.py"))) == 0
    out = capsys.readouterr().out
    assert "x = 2, gradient 3\n" in out
    assert "y = 3, gradient 8\n" in out


def test_an_interrupted_snippet_ends_with_the_code_for_it(tmp_path: Path) -> None:
    path = tmp_path / "interrupted.py"
    path.write_text("import signal\nsignal.raise_signal(signal.SIGINT)\n", encoding="utf-8")
    # What is started in the background by a shell begins deaf to it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert command(str(path)) == 130
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_snippet_that_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wrong ä.py"
    path.write_text("import torch\ntorch.ones(2, requires_grad=True).backward()\n", encoding="utf-8")
    assert command(str(path), "--json") == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["line"] == 2
    assert error["what"]
    assert error["remedy"]


def test_a_snippet_finds_the_module_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "beside_the_snippet.py").write_text("number = 4.0\n", encoding="utf-8")
    path = tmp_path / "snippet.py"
    path.write_text("from beside_the_snippet import number\nprint(number)\n", encoding="utf-8")
    assert command(str(path)) == 0
    assert "4.0" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00bad", b"# coding: klingon\n"])
def test_a_file_that_is_missing_or_not_text(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "snippet.py"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        command(str(path))
    assert caught.value.name in ("snippet.unreadable", "snippet.not_text")
    assert str(path) in caught.value.what
