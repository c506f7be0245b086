"""A snippet that fails says at which line, what, why and what helps."""

from __future__ import annotations

import sys
import threading

import pytest
import torch

from studio.engine.autograd.running import record
from studio.spec.recording import Recording, SnippetRequest

HEAD = "import torch\nx = torch.ones(3, requires_grad=True)\n"

FAULTS = {
    "autograd.saved_tensor_changed": (HEAD + "y = x.exp()\ny.add_(1)\ny.sum().backward()\n", 5),
    "autograd.leaf_changed_in_place": (HEAD + "x.add_(1)\n", 3),
    "autograd.backward_twice": (HEAD + "y = x.exp().sum()\ny.backward()\ny.backward()\n", 5),
    "autograd.nothing_requires_grad": (HEAD + "x.detach().sum().backward()\n", 3),
    "autograd.not_scalar": (HEAD + "(x * 2).backward()\n", 3),
    "autograd.unused": (
        HEAD + "y = x * 2\ntorch.autograd.grad(y.sum(), torch.ones(1, requires_grad=True) * 1)\n",
        4,
    ),
    "shape.matrices": (HEAD + "torch.ones(2, 3) @ torch.ones(2, 3)\n", 3),
    "shape.broadcast": (HEAD + "y = x + torch.ones(4)\n", 3),
    "shape.reshape": (HEAD + "x.reshape(2, 2)\n", 3),
    "dtype.mismatch": (HEAD + "torch.ones(2, 3, dtype=torch.float64) @ x\n", 3),
    "dtype.integer_gradient": ("import torch\ntorch.tensor(2, requires_grad=True)\n", 2),
    "snippet.input": ("name = input('? ')\n", 1),
    "snippet.recursion": ("def f():\n    f()\nf()\n", 2),
    "snippet.no_module": ("import no_such_module_anywhere\n", 1),
    "snippet.unknown_name": (HEAD + "y = wieght * x\n", 3),
    "snippet.syntax": ("x = 1\ny = (\n", 2),
    "snippet.exit": ("import sys\nsys.exit(3)\n", 2),
    "snippet.raised": ("\n\nraise ValueError('so it is')\n", 3),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_its_line_and_a_cure(name: str) -> None:
    text, line = FAULTS[name]
    error = record(SnippetRequest(text)).error
    assert error is not None
    assert (error.name, error.line) == (name, line)
    assert error.what.endswith(".")
    assert error.remedy


def test_what_ran_before_the_fault_is_recorded() -> None:
    recording = record(SnippetRequest(HEAD + "y = x.exp()\ny.add_(1)\nprint('so far')\ny.sum().backward()\n"))
    assert recording.stdout == "so far\n"
    assert [node.title for node in recording.nodes][:2] == ["x", "exp(x)"]


@pytest.mark.parametrize(
    "text",
    [
        "while True:\n    pass\n",
        "import time\ntime.sleep(60)\n",
        "while True:\n    try:\n        1 / 0\n    except Exception:\n        pass\n",
        "while True:\n    print('x' * 10_000)\n",
    ],
)
def test_an_endless_snippet_ends_at_its_time_limit(text: str) -> None:
    error = record(SnippetRequest(text, seconds=0.3)).error
    assert error is not None
    assert error.name == "snippet.too_long"
    assert error.line is not None


def test_the_time_limit_holds_in_a_thread_too() -> None:
    recordings: list[Recording] = []
    thread = threading.Thread(
        target=lambda: recordings.append(record(SnippetRequest("while True:\n    pass\n", seconds=0.3)))
    )
    thread.start()
    thread.join(30)
    assert recordings[0].error is not None
    assert recordings[0].error.name == "snippet.too_long"


def test_a_stop_ends_the_snippet_and_keeps_what_was_recorded() -> None:
    recording = record(SnippetRequest(HEAD + "y = x * 2\nwhile True:\n    pass\n"), should_stop=lambda: True)
    assert recording.error is not None
    assert recording.error.name == "snippet.stopped"


def test_the_process_is_as_it_was_before() -> None:
    before = (list(sys.path), sys.modules["__main__"], sys.stdin, sys.argv, torch.get_default_dtype())
    record(
        SnippetRequest(
            "import sys, torch\nsys.path.append('/nowhere')\nsys.argv = []\n"
            "torch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)\nprint(__name__)\n"
        )
    )
    assert (list(sys.path), sys.modules["__main__"], sys.stdin, sys.argv, torch.get_default_dtype()) == before
    assert torch.is_grad_enabled()


def test_an_exit_without_fault_is_no_error() -> None:
    assert record(SnippetRequest("import sys\nsys.exit()\n")).error is None


OWN_WORDS = {
    "class Bad(Exception):\n    def __str__(self):\n        return 1 / 0\nraise Bad\n": (4, "Bad was raised."),
    "import pickle\npickle.loads(b'')\n": (2, "EOFError: Ran out of input."),
    "\n\nexec('a = = 3')\n": (3, "SyntaxError: invalid syntax (<string>, line 1)."),
    "\n\nraise EOFError\n": (3, "EOFError was raised."),
}


@pytest.mark.parametrize("text", OWN_WORDS)
def test_another_error_is_told_in_its_own_words_at_its_line(text: str) -> None:
    error = record(SnippetRequest(text)).error
    assert error is not None
    assert (error.name, error.line, error.what) == ("snippet.raised", *OWN_WORDS[text])


def test_bytes_written_below_the_text_are_kept_in_their_order() -> None:
    text = "import sys\nprint('a')\nsys.stdout.buffer.write('ä'.encode())\nsys.stdout.buffer.flush()\nprint('b')\n"
    recording = record(SnippetRequest(text + "print(sys.stdout.encoding, sys.stderr.encoding)\n"))
    assert recording.error is None
    assert recording.stdout == "a\näb\nutf-8 utf-8\n"
