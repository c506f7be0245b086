"""The script of the Vision tab, where the model comes from a file of a stranger's."""

from __future__ import annotations

import ast
import zipfile
from pathlib import Path

import pytest

from studio.runs.workspace import Workspace
from studio.scripting.predicting import prediction_script
from studio.spec.errors import UserError
from studio.spec.model_input import InputSpec
from studio.spec.model_names import BUILTIN
from studio.spec.predictions import ModelOpened


def opened(model: str, title: str) -> ModelOpened:
    spec = InputSpec(kind="image", shape=(3, 8, 8), resize=8)
    return ModelOpened(1, model, title, "classify", "", "8 × 8", "", "", 1, spec, ("cat", "dog"))


@pytest.mark.parametrize("title", ['net"""\nimport evil\n"""', "net\\", 'net"'])
def test_a_title_cannot_become_code(workspace: Workspace, tmp_path: Path, title: str) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(b"")
    module = ast.parse(prediction_script(opened(str(path), title), [], workspace=workspace))
    assert "net" in str(ast.get_docstring(module))
    assert not any("evil" in ast.dump(node) for node in module.body[1:])


@pytest.mark.parametrize("name", ["/w/own.safetensors", "/w/OWN.SafeTensors", "/w/it's.safetensors"])
def test_weights_in_safetensors_are_loaded_by_their_own_library(workspace: Workspace, name: str) -> None:
    script = prediction_script(opened(BUILTIN, "Lite0"), [], workspace=workspace, weights=name)
    ast.parse(script)
    assert "from safetensors.torch import load_file" in script
    assert "weights = load_file(path)" in script


def test_a_file_of_weights_has_no_script(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weights/data.pkl", b"")
    with pytest.raises(UserError) as caught:
        prediction_script(opened(str(path), "net"), [], workspace=workspace)
    assert caught.value.name == "script.weights_only"
