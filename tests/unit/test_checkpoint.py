"""A checkpoint is there whole or not at all, and a bad one is noticed before it is used."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest
import torch

from studio.engine import checkpoint
from studio.spec.errors import UserError

CONTENT = {"model": {"weight": torch.arange(1000.0)}, "step": 3}


def test_what_is_saved_is_loaded(tmp_path):
    sha256, size = checkpoint.save(tmp_path / "a.pt", CONTENT)
    assert size == (tmp_path / "a.pt").stat().st_size
    assert sha256 == hashlib.sha256((tmp_path / "a.pt").read_bytes()).hexdigest()
    loaded = checkpoint.load(tmp_path / "a.pt", sha256)
    assert torch.equal(loaded["model"]["weight"], CONTENT["model"]["weight"])
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_checkpoint_that_is_cut_off_is_refused(tmp_path, share):
    path = tmp_path / "a.pt"
    checkpoint.save(path, CONTENT)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UserError, match="damaged"):
        checkpoint.load(path)


def test_a_flipped_bit_is_noticed_by_the_hash(tmp_path):
    path = tmp_path / "a.pt"
    sha256, size = checkpoint.save(path, CONTENT)
    data = bytearray(path.read_bytes())
    data[size // 2] ^= 4
    path.write_bytes(data)
    with pytest.raises(UserError, match="SHA-256 differs"):
        checkpoint.load(path, sha256)


def test_a_pickle_with_code_is_refused_and_does_not_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    torch.save({"model": Trap()}, tmp_path / "a.pt")
    with pytest.raises(UserError, match="damaged"):
        checkpoint.load(tmp_path / "a.pt")
    assert not (tmp_path / "ran").exists()


def test_a_missing_and_a_newer_checkpoint_are_told_apart(tmp_path):
    with pytest.raises(UserError, match="is not there"):
        checkpoint.load(tmp_path / "none.pt")
    torch.save({"model": {}, "format": 99}, tmp_path / "a.pt")
    with pytest.raises(UserError, match="newer version"):
        checkpoint.load(tmp_path / "a.pt")


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_refuses_leaves_the_old_checkpoint_and_no_rest(tmp_path, monkeypatch, call):
    path = tmp_path / "a.pt"
    sha256, _ = checkpoint.save(path, CONTENT)

    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(*((os, "fsync") if call == "fsync" else (Path, "replace")), refuse)
    with pytest.raises(UserError, match="No space left on device"):
        checkpoint.save(path, {**CONTENT, "step": 4})
    assert checkpoint.load(path, sha256)["step"] == 3
    assert [one.name for one in tmp_path.iterdir()] == ["a.pt"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_named_and_not_torchs_own_confusion(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "temporary_path", lambda _: tmp_path / "full")
    (tmp_path / "full").symlink_to("/dev/full")
    with pytest.raises(UserError, match="No space left on device"):
        checkpoint.save(tmp_path / "a.pt", {"model": {"weight": torch.zeros(1_000_000)}})
    assert not (tmp_path / "a.pt").exists()


def test_the_hash_of_weights_is_as_defined():
    state = {"b": torch.tensor([[1.0, 2.0]]), "a": torch.tensor(3)}
    text = hashlib.sha256()
    for key in ("a", "b"):
        tensor = state[key]
        text.update(key.encode() + str(tensor.dtype).encode() + str(tuple(tensor.shape)).encode())
        text.update(tensor.numpy().astype(tensor.numpy().dtype.newbyteorder("<")).tobytes())
    assert checkpoint.weights_sha256(state) == text.hexdigest()
    transposed = {"w": torch.arange(6.0).view(2, 3).t()}
    assert checkpoint.weights_sha256(transposed) == checkpoint.weights_sha256({"w": transposed["w"].clone()})
