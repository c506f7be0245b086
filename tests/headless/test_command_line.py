"""The dispatcher: one line and the right exit code, whatever is asked or goes wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio import __version__
from studio.headless import command_line
from studio.headless.command_line import commands, main
from studio.headless.packages import PACKAGES, Package, installed_version, missing_package
from studio.runs.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
CALL = "import sys; from studio.headless.command_line import main; sys.exit(main(sys.argv[1:]))"


def call(*arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", before + CALL, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"\n  {name} " in text for name in commands())
    assert main([]) == 0
    assert capsys.readouterr().out == text


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"PyTorch Studio {__version__}\n"


@pytest.mark.parametrize("name", commands())
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: pytorch-studio {name} ")
    assert "--workspace DIR" in text


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["shwo"], "'shwo' is not a command. Did you mean `show`?"),
        (["show"], "The following arguments are required: RUN. `pytorch-studio show --help` explains."),
        (["runs", "--jsn"], "Unrecognized arguments: --jsn. `pytorch-studio runs --help` explains."),
        (["--workspace"], "`--workspace` names no folder. `pytorch-studio --help` explains."),
        (["--workspace", "x"], "No command is named. `pytorch-studio --help` lists them."),
        (["--colour", "runs"], "'--colour' is not a command."),
        (["compare", "1"], "Only one run is named. Name two or more runs to compare."),
    ],
)
def test_bad_usage_is_one_line(argv: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(line)
    assert captured.err.count("\n") == 1


def test_workspace_may_stand_before_and_after(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (
        ["--workspace", str(workspace.root), "runs"],
        [f"--workspace={workspace.root}", "runs"],
        ["runs", "--workspace", str(workspace.root)],
    ):
        assert main(argv) == 0
        assert str(workspace.root) in capsys.readouterr().out


def test_a_workspace_that_cannot_be_written_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["train", "linear-regression", "--workspace", str(tmp_path / "file")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert main(["runs", "--workspace", str(tmp_path / "file")]) == 2
    assert "It is a file." in capsys.readouterr().err


def test_a_home_of_nobody_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--workspace", "~nosuchuser/x"]) == 2
    assert "There is no user 'nosuchuser' on this computer." in capsys.readouterr().err


class Failing:
    """A command that ends with an exception of the test's choice."""

    SUMMARY = "Fail."
    error: BaseException = RuntimeError("the dog ate it")

    @staticmethod
    def add_arguments(parser: object) -> None:
        """Declare nothing."""

    @classmethod
    def run(cls, arguments: object) -> int:
        """Fail."""
        raise cls.error


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> type[Failing]:
    monkeypatch.setitem(sys.modules, "studio.headless.commands.runs", Failing)  # type: ignore[arg-type]
    return Failing


def test_a_bug_is_one_line_that_says_where_the_log_is(
    failing: type[Failing], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(failing, "error", RuntimeError("the dog\nate it"))
    assert main(["runs"]) == 1
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    assert text.startswith("Something unexpected happened: RuntimeError: the dog ate it. Where it arose is in ")
    log = Path(text.partition("Where it arose is in ")[2].partition(";")[0])
    assert "Traceback" in log.read_text()


def test_the_traceback_is_printed_where_it_is_asked_for(
    failing: type[Failing], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs", "--traceback"]) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_an_interrupt_is_130(
    failing: type[Failing], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(failing, "error", KeyboardInterrupt())
    assert main(["runs"]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


BLOCK = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Block())
"""


def test_a_missing_torch_is_said_with_the_line_that_mends_it(tmp_path: Path) -> None:
    command = tmp_path / "fails.py"
    command.write_text("SUMMARY = ''\ndef add_arguments(p): pass\ndef run(a):\n    import torch\n    return 0\n")
    swap = (
        f"import importlib.util as u; name, path = 'studio.headless.commands.runs', {str(command)!r}\n"
        "s = u.spec_from_file_location(name, path); m = u.module_from_spec(s)\n"
        "s.loader.exec_module(m); sys.modules[s.name] = m\n"
    )
    done = call("runs", before=BLOCK.format(names=["torch"]) + swap)
    assert done.returncode == 2
    assert done.stderr.startswith("PyTorch is missing or cannot be loaded. No module named 'torch'.")
    assert "-m pip install --upgrade torch torchvision" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_broken_torch_is_told_from_other_errors(tmp_path: Path) -> None:
    package = tmp_path / "torch"
    package.mkdir()
    (package / "__init__.py").write_text("raise OSError('libtorch_cpu.so: cannot open shared object file')\n")
    done = subprocess.run(
        [sys.executable, "-c", "import torch"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert "libtorch_cpu.so" in done.stderr
    code = compile((package / "__init__.py").read_text(), str(package / "__init__.py"), "exec")
    with pytest.raises(OSError, match="libtorch") as raised:
        exec(code)
    mended = missing_package(raised.value)
    assert mended is not None
    assert mended.name == "torch.missing"
    assert missing_package(OSError("the disk is full")) is None
    assert missing_package(ImportError("no such thing", name="somewhere")) is None


def test_another_missing_package_is_named() -> None:
    error = missing_package(ModuleNotFoundError("No module named 'sklearn'", name="sklearn.datasets"))
    assert error is not None
    assert error.name == "package.missing"
    assert "scikit-learn" in error.remedy


def test_every_package_is_found_or_missing() -> None:
    assert all(installed_version(package) for package in PACKAGES)
    assert installed_version(Package("nothing-like-it", "nothing_like_it", "")) == ""


def test_listing_needs_neither_qt_nor_torch(workspace: Workspace) -> None:
    done = call(
        "runs",
        "--json",
        "--workspace",
        str(workspace.root),
        before=BLOCK.format(names=["PySide6", "torch", "numpy"]),
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


def test_a_reader_that_leaves_is_no_error(workspace: Workspace) -> None:
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        [sys.executable, "-c", CALL, "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=buffered,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_finds_no_room_is_said_once(workspace: Workspace) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", CALL, "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=ROOT,
        )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "No space left" in done.stderr


def test_a_console_that_lacks_a_character_gets_an_escape(tmp_path: Path) -> None:
    name = "tést" + os.fsdecode(b"\xff") + "…"
    (tmp_path / name).mkdir()
    narrow = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    command = [sys.executable, "-c", CALL, "--workspace", str(tmp_path / name), "runs"]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env=narrow, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "tést\\udcff…".encode("cp1252") in done.stdout


def test_json_is_utf_8_whatever_the_console_has(tmp_path: Path) -> None:
    snippet = tmp_path / "snippet.py"
    snippet.write_text("print('→' + chr(0xdcff))\n", encoding="utf-8")
    narrow = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-c", CALL, "autograd", str(snippet), "--json"]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env=narrow, check=True)
    assert json.loads(done.stdout.decode("utf-8"))["stdout"] == "→\udcff\n"


def test_the_log_takes_the_names_that_no_encoding_has(
    failing: type[Failing], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs", "--workspace", "\udcff"]) == 1
    assert "Where it arose is in " in capsys.readouterr().err


def test_only_the_module_that_is_asked_for_is_imported() -> None:
    code = (
        "import sys\nfrom studio.headless.command_line import main\nmain(['runs', '--help'])\n"
        "print([name for name in sys.modules if name.startswith('studio.headless.commands.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "['studio.headless.commands.runs']"


def test_the_log_that_cannot_be_written_does_not_hide_the_error(
    failing: type[Failing],
    isolated_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    blocked = isolated_home / "blocked"
    blocked.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    monkeypatch.setitem(os.environ, "HOME", str(blocked))
    assert main(["runs"]) == 1
    assert "With --traceback the command prints where it arose." in capsys.readouterr().err


def test_the_table_of_commands_is_the_folder_of_commands() -> None:
    folder = Path(command_line.__file__).parent / "commands"
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(commands())
