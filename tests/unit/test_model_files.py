"""Model files say what they are without being run, and open to answer as the model does."""

from __future__ import annotations

import pickle
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import onnx
import pytest
import torch
from torch import Tensor, nn

from studio.engine.model_files import input_spec, labels, open_file_model, read_metadata
from studio.engine.models import OpenedModel
from studio.spec.errors import UserError
from studio.spec.exports import FormatName
from tests.exported_models import ALL, SmallNet, files_of, opened, request_for


@pytest.fixture
def small() -> OpenedModel:
    torch.manual_seed(0)
    return opened(SmallNet().eval())


@pytest.mark.parametrize("name", ALL)
def test_every_format_carries_labels_and_input(small: OpenedModel, tmp_path: Path, name: FormatName) -> None:
    file = files_of(small, request_for(tmp_path, name))[name]
    path = Path(str(file.path))
    metadata = read_metadata(path)
    assert labels(path, metadata) == small.labels
    assert input_spec(path, metadata) == small.input
    assert metadata["task"] == "classify"
    assert metadata["source"] == small.source
    assert metadata["model"] == "run:0001-small@best"
    assert metadata["spec"] == 'recipe = "digits-cnn"'


@pytest.mark.parametrize("name", ["onnx", "torchscript", "pt2"])
def test_a_file_with_a_graph_opens_and_answers(small: OpenedModel, tmp_path: Path, name: FormatName) -> None:
    file = files_of(small, request_for(tmp_path, name))[name]
    model = open_file_model(Path(str(file.path)))
    batch = torch.rand(3, 1, 8, 8)
    with torch.no_grad():
        torch.testing.assert_close(model.module(batch), small.module(batch), rtol=1e-4, atol=1e-5)
    assert (model.labels, model.input, model.task) == (small.labels, small.input, "classify")


def test_a_state_dict_stays_a_plain_one(small: OpenedModel, tmp_path: Path) -> None:
    file = files_of(small, request_for(tmp_path, "state_dict"))["state_dict"]
    fresh = SmallNet()
    fresh.load_state_dict(torch.load(str(file.path), weights_only=True))
    assert torch.equal(fresh.head.weight, small.module.head.weight)


@pytest.fixture
def quiet_torch() -> Iterator[None]:
    """torch.jit warns that it is deprecated, here where the test itself calls it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


class Sneaky(nn.Module):
    """TorchScript code that runs when the file is read."""

    def forward(self, values: Tensor) -> Tensor:
        """The same values."""
        return values

    @torch.jit.export
    def __getstate__(self) -> tuple[int, bool]:
        """Nothing of worth."""
        return (1, self.training)

    @torch.jit.export
    def __setstate__(self, state: tuple[int, bool]) -> None:
        """Run at loading."""
        self.training = state[1]


@pytest.mark.usefixtures("quiet_torch")
def test_torchscript_that_runs_at_loading_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "sneaky.pt"
    torch.jit.save(torch.jit.script(Sneaky()), str(path))
    with pytest.raises(UserError) as caught:
        open_file_model(path)
    assert caught.value.name == "model_file.code"


@pytest.mark.usefixtures("quiet_torch")
def test_torchscript_that_writes_files_is_not_opened(tmp_path: Path) -> None:
    class Writer(nn.Module):
        def forward(self, values: Tensor) -> Tensor:
            torch.save(values, "stolen.pt")
            return values

    path = tmp_path / "writer.pt"
    torch.jit.save(torch.jit.script(Writer()), str(path))
    with pytest.raises(UserError, match=r"torch\.save") as caught:
        open_file_model(path)
    assert caught.value.name == "model_file.code"


@pytest.mark.usefixtures("quiet_torch")
def test_torchscript_calls_of_torchvision_are_its_layers_only(tmp_path: Path) -> None:
    import torchvision  # noqa: F401  # registers what is called here

    class Reader(nn.Module):
        def forward(self, values: Tensor) -> Tensor:
            return values + torch.ops.image.read_file("/etc/passwd")

    class Suppressor(nn.Module):
        def forward(self, boxes: Tensor) -> Tensor:
            return torch.ops.torchvision.nms(boxes, boxes[:, 0], 0.5)

    reader, layer = tmp_path / "reader.pt", tmp_path / "layer.pt"
    torch.jit.save(torch.jit.script(Reader()), str(reader))
    torch.jit.save(torch.jit.script(Suppressor()), str(layer))
    with pytest.raises(UserError, match=r"image\.read_file") as caught:
        open_file_model(reader)
    assert caught.value.name == "model_file.code"
    with pytest.raises(UserError, match="does not say what it takes"):
        open_file_model(layer)


def test_a_program_in_the_layout_of_an_older_torch_is_not_opened(tmp_path: Path) -> None:
    hostile, made = tmp_path / "hostile.pt2", tmp_path / "made"
    with zipfile.ZipFile(hostile, "w") as bad:
        bad.writestr("version", "8.8")
        for part in ("exported_program.json", "state_dict.pt", "constants.pt", "example_inputs.pt"):
            bad.writestr(f"serialized_{part}", pickle.dumps(Touch(made)))
    with pytest.raises(UserError) as caught:
        open_file_model(hostile)
    assert caught.value.name == "model_file.code"
    assert not made.exists()


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self._path), "w")


def _old_pickle(member: str, content: bytes, trap: bytes) -> bytes:
    return trap if "/sample_inputs/" in member else content


def _pickled_weights(member: str, content: bytes, trap: bytes) -> bytes:
    if "/weights/weight_" in member:
        return trap
    # JSON may spell a letter of a key by its number.
    return content.replace(b'"use_pickle": false', b'"use\\u005fpickle": true')


def _other_call(member: str, content: bytes, trap: bytes) -> bytes:
    return re.sub(rb"torch\.ops\.aten\.\w+\.\w+", b"torch.os.system", content)


def _size_as_code(member: str, content: bytes, trap: bytes) -> bytes:
    return re.sub(rb'"expr_str": "[^"]+"', b'"expr_str": "print(1)"', content)


@pytest.mark.parametrize("edit", [_old_pickle, _pickled_weights, _other_call, _size_as_code])
def test_a_program_that_could_run_code_is_not_opened(
    small: OpenedModel, tmp_path: Path, edit: Callable[[str, bytes, bytes], bytes]
) -> None:
    file = files_of(small, request_for(tmp_path, "pt2"))["pt2"]
    hostile, made = tmp_path / "hostile.pt2", tmp_path / "made"
    trap = pickle.dumps(Touch(made))
    with zipfile.ZipFile(str(file.path)) as good, zipfile.ZipFile(hostile, "w") as bad:
        members = {name: good.read(name) for name in good.namelist()}
        edited = {name: edit(name, content, trap) for name, content in members.items()}
        for name, content in edited.items():
            bad.writestr(name, content)
    assert edited != members
    with pytest.raises(UserError) as caught:
        open_file_model(hostile)
    assert caught.value.name == "model_file.code"
    assert not made.exists()


def test_foreign_onnx_without_our_metadata_opens(small: OpenedModel, tmp_path: Path) -> None:
    file = files_of(small, request_for(tmp_path, "onnx"))["onnx"]
    graph = onnx.load(str(file.path))
    del graph.metadata_props[:]
    path = tmp_path / "foreign.onnx"
    onnx.save(graph, str(path))
    assert read_metadata(path) == {}
    model = open_file_model(path)
    assert model.input.shape == (1, 8, 8)
    assert model.input.kind == "image"
    assert model.title == "foreign"


def _sums(path: Path, kind: int, batch: int | str) -> Path:
    """An ONNX file that sums each sample, with numbers of one type as its input."""
    taken = onnx.helper.make_tensor_value_info("x", kind, [batch, 3])
    given = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [batch, 1])
    axes = onnx.helper.make_tensor("axes", onnx.TensorProto.INT64, [1], [1])
    nodes = [
        onnx.helper.make_node("Cast", ["x"], ["f"], to=onnx.TensorProto.FLOAT),
        onnx.helper.make_node("ReduceSum", ["f", "axes"], ["y"]),
    ]
    graph = onnx.helper.make_graph(nodes, "sums", [taken], [given], [axes])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, str(path))
    return path


@pytest.mark.parametrize("kind", [onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT])
def test_onnx_gets_its_numbers_in_its_own_type(tmp_path: Path, kind: int) -> None:
    model = open_file_model(_sums(tmp_path / "sums.onnx", kind, "n"))
    assert model.module(torch.ones(2, 3)).tolist() == [[3.0], [3.0]]


@pytest.mark.parametrize(
    ("kind", "batch", "name"),
    [
        (onnx.TensorProto.UINT8, "n", "model_file.other_input"),
        (onnx.TensorProto.FLOAT, 4, "model_file.fixed_batch"),
    ],
)
def test_onnx_that_takes_what_nothing_gives_says_so(
    tmp_path: Path, kind: int, batch: int | str, name: str
) -> None:
    with pytest.raises(UserError) as caught:
        open_file_model(_sums(tmp_path / "sums.onnx", kind, batch))
    assert caught.value.name == name


@pytest.mark.parametrize("header", [b"[]", b'{"__metadata__": 3}', b"7"])
def test_a_safetensors_header_that_is_no_table_is_damage(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "odd.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(UserError) as caught:
        open_file_model(path)
    assert caught.value.name == "model_file.damaged"


@pytest.mark.parametrize("suffix", [".onnx", ".safetensors", ".pt2"])
@pytest.mark.parametrize("content", [b"", b"\x00garbage\xff" * 40])
def test_damaged_files_are_said_to_be(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        open_file_model(path)
    assert caught.value.name == "model_file.damaged"
