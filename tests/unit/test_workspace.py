"""The workspace: made where it is missing, refused where it cannot be written, one window at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from studio.runs.workspace import Workspace, default_root
from studio.spec.errors import UserError

HOLD = """
import sys
from pathlib import Path
from studio.runs.workspace import Workspace

workspace = Workspace.open(Path(sys.argv[1]))
print(workspace.take_lock(), flush=True)
sys.stdin.readline()
"""


def test_it_is_made_with_its_folders(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "deep" / "Ümlaut 'and' \"quotes\"\n" / "日本")
    assert workspace.runs.is_dir()
    assert workspace.exports.is_dir()


def test_the_environment_names_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTORCH_STUDIO_WORKSPACE", str(tmp_path / "named"))
    assert Workspace.open().root == tmp_path / "named"
    assert Workspace.open(tmp_path / "asked").root == tmp_path / "asked"
    monkeypatch.delenv("PYTORCH_STUDIO_WORKSPACE")
    assert default_root().name == "pytorch-studio"


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError) as raised:
        Workspace.open(tmp_path / "file" / "workspace")
    assert raised.value.name == "workspace.not_writable"
    assert str(tmp_path / "file" / "workspace") in raised.value.what
    assert "--workspace" in raised.value.remedy


def test_a_second_window_is_noticed_and_a_kill_frees(workspace: Workspace) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(workspace.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline().strip() == "True"
        assert not workspace.take_lock()
        owner = workspace.lock_owner()
        assert owner is not None
        assert owner.pid == first.pid
        first.kill()
        first.wait()
        assert workspace.take_lock()
    owner = workspace.lock_owner()
    assert owner is not None
    assert owner.pid == os.getpid()
    workspace.free_lock()


def test_the_same_window_may_take_it_again_and_give_it_back(workspace: Workspace) -> None:
    other = Workspace.open(workspace.root)
    assert workspace.take_lock()
    assert workspace.take_lock()
    assert not other.take_lock()
    workspace.free_lock()
    assert other.take_lock()
    other.free_lock()


def test_one_that_is_read_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UserError) as raised:
        Workspace.find(tmp_path / "tpyo")
    assert raised.value.name == "workspace.missing"
    assert not (tmp_path / "tpyo").exists()
    assert Workspace.find().root == default_root()


@pytest.mark.skipif(not hasattr(os, "setuid") or os.getuid() != 0, reason="only root can become somebody else")
def test_another_users_workspace_is_locked_though_it_cannot_be_written() -> None:
    look = (
        "import os, sys; from pathlib import Path; from studio.runs.workspace import Workspace\n"
        "os.setuid(65534)\n"
        "print(Workspace.find(Path(sys.argv[1])).take_lock(), flush=True)"
    )
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to other users
        Path(folder).chmod(0o755)
        workspace = Workspace.open(Path(folder, "workspace"))
        assert workspace.take_lock()
        arguments = [sys.executable, "-c", look, str(workspace.root)]
        held = subprocess.run(arguments, capture_output=True, text=True, check=False)
        workspace.free_lock()
        free = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert (held.stdout, free.stdout) == ("False\n", "True\n"), held.stderr + free.stderr
