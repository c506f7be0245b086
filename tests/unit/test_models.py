"""A model by its name: the built-in one, torchvision's, other weights, and what is refused."""

import http.server
import threading
from functools import partial
from pathlib import Path

import pytest
import torch
import torchvision
from torch import nn
from torchvision.models import EfficientNet_B0_Weights, detection, list_models, segmentation

from studio.engine import download, weights
from studio.engine.models import open_model
from studio.engine.preparing import prepare
from studio.spec.errors import UserError
from studio.spec.model_input import InputSpec
from studio.spec.model_names import BUILTIN, holds_model, imagenet_labels, known_models
from studio.spec.model_ref import ModelRef


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of torch's hub."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "torch" / "hub" / "checkpoints"


def test_names_are_torchvisions_own():
    shipped = {model.ref.partition(":")[2]: model.task for model in known_models()[1:]}
    real = {
        name: task
        for task, module in (("classify", torchvision.models), ("detect", detection), ("segment", segmentation))
        for name in list_models(module=module)
    }
    assert shipped == real
    assert known_models()[0].ref == BUILTIN
    assert imagenet_labels() == tuple(EfficientNet_B0_Weights.DEFAULT.meta["categories"])


def test_builtin_is_the_published_network():
    model = open_model(ModelRef.parse(BUILTIN))
    assert model.parameters == known_models()[0].parameters == 4_652_008
    assert not model.module.training
    assert model.task == "classify"
    assert len(model.labels) == 1000
    # Photographs: china.jpg is a palace or the sky over it, flower.jpg a daisy, in whole and in crops.
    assert model.samples.shape == (8, 3, 224, 224)
    names = [model.labels[index] for index in model.module(model.samples).argmax(1)]
    assert names[:2] == ["palace", "daisy"]


def test_builtin_pads_the_odd_pixel_to_the_right():
    from studio.zoo.models.efficientnet_lite0 import SameConv2d

    convolution = SameConv2d(1, 1, 3, 2, bias=False)
    nn.init.ones_(convolution.weight)
    answer = convolution(torch.ones(1, 1, 4, 4))
    assert answer.tolist() == [[[[9, 6], [6, 4]]]]


def test_files_with_models_are_told_from_weights(tmp_path: Path):
    weights_file, damaged = tmp_path / "w.pt", tmp_path / "d.pt"
    torch.save(nn.Linear(1, 1).state_dict(), weights_file)
    damaged.write_bytes(b"PK\x03\x04 no archive")
    assert [holds_model(path) for path in (weights_file, damaged, tmp_path / "none.pt")] == [False] * 3
    program = torch.export.export(nn.Linear(1, 1), (torch.zeros(2, 1),))
    renamed = tmp_path / "renamed.pt"
    torch.export.save(program, tmp_path / "m.pt2")
    (tmp_path / "m.pt2").rename(renamed)
    assert holds_model(renamed)


def test_resnet50_with_random_weights_is_the_same_each_time():
    x = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    state = torch.get_rng_state()
    models = [open_model(ModelRef.parse("torchvision:resnet50"), pretrained=False) for _ in range(2)]
    assert torch.equal(torch.get_rng_state(), state)
    with torch.inference_mode():
        first, second = (model.module(x) for model in models)
    assert first.shape == (1, 1000)
    assert first.softmax(1).sum().item() == pytest.approx(1, abs=1e-5)
    assert torch.equal(first, second)


@pytest.mark.parametrize(
    "name", ["googlenet", "inception_v3", "lraspp_mobilenet_v3_large", "ssdlite320_mobilenet_v3_large"]
)
def test_torchvision_models_that_are_built_differently(name: str):
    model = open_model(ModelRef.parse(f"torchvision:{name}"), pretrained=False)
    image = prepare(_picture(), model.input, crop=model.task == "classify")
    with torch.inference_mode():
        answer = model.module(image[None])
    if model.task == "classify":
        assert answer.shape == (1, 1000)
    elif model.task == "segment":
        assert answer["out"].shape[1] == len(model.labels) == 21
    else:
        assert set(answer[0]) >= {"boxes", "labels", "scores"}


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(UserError, match="resnet50") as caught:
        open_model(ModelRef.parse("torchvision:resnet5O"))
    assert caught.value.name == "model.unknown"


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_weights_from_a_file(tmp_path: Path, suffix: str):
    given = torchvision.models.resnet18(num_classes=4).eval()
    path = tmp_path / f"mine{suffix}"
    if suffix == ".pt":
        torch.save({"state_dict": {f"module.{name}": value for name, value in given.state_dict().items()}}, path)
    else:
        from safetensors.torch import save_file

        save_file(given.state_dict(), path)
    model = open_model(ModelRef.parse("torchvision:resnet18"), weights=path)
    x = torch.rand(1, 3, 64, 64)
    assert torch.equal(model.module(x), given(x))
    assert model.labels == ("class 0", "class 1", "class 2", "class 3")


def test_weights_of_another_architecture_name_the_difference(tmp_path: Path):
    path = tmp_path / "other.pt"
    torch.save(nn.Sequential(nn.Linear(2, 3), nn.Linear(8, 3)).state_dict(), path)
    state = weights.load_state_dict(path)
    with pytest.raises(UserError, match="another architecture") as caught:
        weights.fit(nn.Sequential(nn.Linear(2, 3), nn.Linear(8, 5)), state, path.name)
    assert "1.weight is 3×8 in the file, 5×8 in the model" in caught.value.what
    with pytest.raises(UserError) as caught:
        weights.fit(nn.Sequential(nn.Linear(2, 3)), state, path.name)
    assert "1.weight is in the file, not in the model" in caught.value.what


class _Runs:
    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


def test_weights_with_code_are_not_opened(tmp_path: Path):
    path, marker = tmp_path / "evil.pt", tmp_path / "ran"
    torch.save({"weight": _Runs(marker)}, path)
    with pytest.raises(UserError, match="can run code") as caught:
        weights.load_state_dict(path)
    assert caught.value.name == "weights.code"
    assert "weights_only" not in str(caught.value)
    assert not marker.exists()


@pytest.mark.parametrize("content", [b"", b"no weights at all", b"PK\x03\x04" + b"\0" * 50])
@pytest.mark.parametrize("name", ["w.pt", "w.safetensors"])
def test_damaged_weights(tmp_path: Path, content: bytes, name: str):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UserError, match=name) as caught:
        weights.load_state_dict(path)
    assert caught.value.name == "weights.unreadable"


def test_no_network_says_what_to_do(hub: Path, monkeypatch: pytest.MonkeyPatch):
    # A proxy that nobody listens at: no request leaves this computer.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(UserError, match="no network") as caught:
        open_model(ModelRef.parse("torchvision:squeezenet1_1"))
    assert caught.value.name == "model.no_network"
    assert "load a file" in caught.value.remedy
    assert caught.value.action == "vision.load_weights"


class _Server(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path):
    """A web server over a folder, on this computer."""
    folder = tmp_path / "served"
    folder.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Server, directory=folder)) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def _named_by_hash(content: bytes) -> str:
    import hashlib

    return f"net-{hashlib.sha256(content).hexdigest()[:8]}.pth"


def test_download_tells_its_progress_and_is_kept(tmp_path: Path, server):
    folder, address = server
    content = bytes(range(256)) * 4000
    name = _named_by_hash(content)
    (folder / name).write_bytes(content)
    told: list[tuple[int, int]] = []
    path = download.cached(f"{address}/{name}", tmp_path / "cache", lambda *sizes: told.append(sizes))
    assert path.read_bytes() == content
    assert told[-1] == (len(content), len(content))
    (folder / name).unlink()
    assert download.cached(f"{address}/{name}", tmp_path / "cache") == path


def test_damaged_download_is_thrown_away(tmp_path: Path, server):
    folder, address = server
    (folder / "net-0123abcd.pth").write_bytes(b"other bytes")
    with pytest.raises(UserError, match="damaged") as caught:
        download.cached(f"{address}/net-0123abcd.pth", tmp_path / "cache")
    assert caught.value.name == "model.bad_download"
    assert list((tmp_path / "cache").iterdir()) == []


def test_download_that_is_ended_by_the_caller_leaves_what_came(tmp_path: Path, server):
    folder, address = server
    content = bytes(1 << 20)
    name = _named_by_hash(content)
    (folder / name).write_bytes(content)

    class EndedError(Exception):
        pass

    def end(done: int, total: int) -> None:
        raise EndedError

    with pytest.raises(EndedError):
        download.cached(f"{address}/{name}", tmp_path / "cache", end)
    assert download.cached(f"{address}/{name}", tmp_path / "cache").read_bytes() == content


@pytest.mark.parametrize("name", ["EfficientNet_V2_S_Weights", "ResNet50_Weights", "MobileNet_V3_Small_Weights"])
@pytest.mark.parametrize("size", [(451, 300), (300, 451), (224, 224), (37, 91), (640, 427)])
def test_preparing_is_torchvisions_to_the_bit(name: str, size: tuple[int, int]):
    from studio.engine.torchvision_models import _input_of

    transforms = getattr(torchvision.models, name).DEFAULT.transforms()
    image = _picture(size)
    assert torch.equal(prepare(image, _input_of(transforms, "classify")), transforms(image))


def test_preparing_one_channel_scaled_and_inverted():
    from PIL import Image

    spec = InputSpec(kind="image", shape=(1, 2, 2), resize=2, scale=16.0, inverted=True)
    sample = prepare(Image.new("RGB", (2, 2), (255, 255, 255)), spec)
    assert torch.equal(sample, torch.zeros(1, 2, 2))
    assert prepare(Image.new("RGB", (8, 8)), spec).max() == 16


def _picture(size: tuple[int, int] = (451, 300)):
    import numpy as np
    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)
