"""Tensors and calls that are not plain: the recording takes what it can and changes nothing."""

from __future__ import annotations

import contextlib
import io
import json
import pickle

import pytest
import torch

from studio.engine.autograd.running import record
from studio.spec.recording import Recording, SnippetRequest
from studio.spec.recording_json import recording_tables

BACK = "(w * 2).sum().backward()\n"

VIEWS = {
    "an embedding with padding": "e = torch.nn.Embedding(5, 3, padding_idx=0)\nw = e.weight\n",
    "an orthogonal weight": "w = torch.ones(3, 3, requires_grad=True)\ntorch.nn.init.orthogonal_(w)\n",
    "a slice": "w = torch.ones(4, requires_grad=True)\nwith torch.no_grad():\n    w[0:2].fill_(5)\n",
    "a named slice": "w = torch.ones(4, requires_grad=True)\nwith torch.no_grad():\n    (v := w[:2]).fill_(5)\n",
}


def recorded(text: str) -> Recording:
    recording = record(SnippetRequest("import torch\ntorch.manual_seed(0)\n" + text))
    assert recording.error is None, recording.error.details
    return recording


@pytest.mark.parametrize("name", VIEWS)
def test_a_part_of_a_parameter_is_written_without_gradients(name: str) -> None:
    recording = recorded(VIEWS[name] + BACK + "print(w.tolist())\n")
    torch.manual_seed(0)
    space: dict[str, torch.Tensor] = {}
    exec("import torch\n" + VIEWS[name], space)
    assert recording.stdout == f"{space['w'].tolist()}\n"
    (leaf,) = (leaf for leaf in recording.leaves if leaf.grad is not None)
    assert leaf.value.numbers == tuple(space["w"].reshape(-1).tolist())


def test_a_module_that_fails_when_asked_for_its_parameters_costs_names_only() -> None:
    recording = recorded(
        "class Broken(torch.nn.Module):\n"
        "    def named_parameters(self):\n        raise ValueError('no')\n"
        "m = Broken()\n(torch.ones(2, requires_grad=True) * 2).sum().backward()\n"
    )
    assert recording.backward


def test_compiled_code_runs_as_it_is_written_and_that_is_said() -> None:
    before = torch.compile
    recording = recorded(
        "f = torch.compile(lambda x: (x.sin() * 2).sum())\nprint(f(torch.ones(3)).item())\n"
        "x = torch.ones(3, requires_grad=True)\n(y := f(x)).backward()\n"
    )
    assert recording.stdout == f"{(torch.ones(3).sin() * 2).sum().item()}\n"
    assert "sin" in [operation.name for operation in recording.operations]
    assert any("torch.compile" in note for note in recording.notes)
    assert torch.compile is before
    assert not recorded("x = torch.ones(3)\n").notes


RAGGED = "x = torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(4, 3)], requires_grad=True"
UNUSUAL = {
    "a lazy module": "m = torch.nn.LazyLinear(3)\nm(torch.ones(2, 4)).sum().backward()\nprint(m.weight.grad)\n",
    "a lazy module without a call": "m = torch.nn.LazyLinear(3)\nw = torch.ones(1)\n",
    "nested": RAGGED + ")\ny = x * 2\n",
    "jagged": RAGGED + ", layout=torch.jagged)\ny = x * 2\n",
    "traced": "f = torch.jit.trace(lambda x: x * 2 + x.size(0), (torch.ones(3),))\n"
    "print(f(torch.ones(3)), [node.kind() for node in f.graph.nodes()])\n",
    "exported": "m = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.ReLU())\n"
    "p = torch.export.export(m, (torch.ones(2, 3),))\nprint(p.graph)\n",
    "fake": "from torch._subclasses import FakeTensorMode\nwith FakeTensorMode():\n"
    "    x = torch.ones(3, requires_grad=True)\n    x.sin().sum().backward()\nprint(x.grad)\n",
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_a_recording_of_unusual_tensors_travels_and_prints(
    name: str, capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    recording = recorded(UNUSUAL[name])
    # As text: what was never written may be NaN, which equals nothing.
    assert repr(pickle.loads(pickle.dumps(recording))) == repr(recording)
    json.dumps(recording_tables(recording), allow_nan=False)
    exec("import torch\ntorch.manual_seed(0)\n" + UNUSUAL[name], {"__name__": "__main__"})
    assert recording.stdout == capsys.readouterr().out


def test_the_own_code_of_a_tensor_subclass_is_called_as_often_as_without_recording() -> None:
    text = (
        "import torch\nclass Telling(torch.Tensor):\n    @classmethod\n"
        "    def __torch_function__(cls, func, types, args=(), kwargs=None):\n        print(func.__name__)\n"
        "        return super().__torch_function__(func, types, args, kwargs or {})\n"
        "x = torch.ones(3).as_subclass(Telling)\nx.requires_grad_()\n(x * 2).sum().backward()\nx + 1\n"
    )
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(text, {})
    assert recorded(text).stdout == out.getvalue()
