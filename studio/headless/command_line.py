"""The command line: a table of commands, and one answer to whatever goes wrong in them.

A command is a module under `studio/headless/commands` with `SUMMARY`, `add_arguments(parser)` and
`run(arguments) -> int`. Only the module of the command that is asked for is imported.
"""

from __future__ import annotations

import argparse
import importlib
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from studio import __version__
from studio.headless.console import leave_broken_streams
from studio.headless.failures import PROGRAM, explain
from studio.headless.packages import missing_package
from studio.spec.errors import UserError, report
from studio.spec.run import nearest

_COMMANDS = {
    "train": "train a recipe or a specification",
    "resume": "go on with a run from its last checkpoint",
    "recipes": "list the recipes",
    "models": "list the models that can be opened here",
    "datasets": "list the data sets",
    "runs": "list the runs of the workspace",
    "show": "show a run: specification, result, checkpoints",
    "compare": "show how runs differ",
    "script": "print a run or specification as a plain PyTorch script",
    "export": "export a model, prove parity, measure",
    "predict": "classify, detect or segment images",
    "autograd": "record a snippet: values, gradients, graph",
    "doctor": "say what is installed, what is wrong and how to mend it",
}


def commands() -> tuple[str, ...]:
    """The names of all sub-commands."""
    return tuple(_COMMANDS)


def main(argv: Sequence[str]) -> int:
    """Run a command line (without the program's name) and give its exit code.

    0: done. 1: the work failed. 2: bad usage or input, said in one line. 130: interrupted.
    """
    _print_whatever_comes(as_json="--json" in argv)
    try:
        code = _run(argv)
        sys.stdout.flush()  # here, where a reader that has gone is no error
        return code
    except UserError as error:
        explain(report(error), argv)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`… | head`): nothing is wrong, and nobody listens.
        leave_broken_streams()
        return 0
    except SystemExit as end:
        # From argparse after --help.
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:
        mendable = missing_package(error)
        explain(report(mendable or error), argv)
        leave_broken_streams()
        return 2 if mendable else 1


def _print_whatever_comes(*, as_json: bool) -> None:
    """Let no character that a console lacks (a file's name may hold any) end the work: it is printed as an escape.

    JSON is UTF-8, whatever the console has.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8" if as_json else None, errors="backslashreplace")


def _run(argv: Sequence[str]) -> int:
    before, name, rest = _split(argv)
    if before and not name:
        if before[-1] == "--workspace":
            raise UserError("usage", "`--workspace` names no folder.", "", f"`{PROGRAM} --help` explains.")
        raise UserError("usage", "No command is named.", "", f"`{PROGRAM} --help` lists them.")
    if not name or name in ("-h", "--help"):
        print(overview())
        return 0
    if name == "--version":
        print(f"PyTorch Studio {__version__}")
        return 0
    command = _command(name)
    arguments = _parser(name, command).parse_args([*before, *rest])
    arguments.argv = argv
    return int(command.run(arguments))


def overview() -> str:
    """What ``--help`` prints: the window, and every command with what it does."""
    width = max(map(len, _COMMANDS))
    lines = [
        f"usage: {PROGRAM} [--workspace DIR]            open the window",
        f"       {PROGRAM} COMMAND [options]            work without a window",
        "",
        "commands:",
        *(f"  {name:<{width}}  {summary}" for name, summary in _COMMANDS.items()),
        "",
        "options:",
        "  --workspace DIR  where runs and exports are kept",
        "  --version        print the version",
        "  --help           print this; after a command, print its options",
    ]
    return "\n".join(lines)


class _Parser(argparse.ArgumentParser):
    """A parser that answers bad usage with one line."""

    def error(self, message: str) -> NoReturn:
        sentence = message[:1].upper() + message[1:] + ("" if message.endswith(".") else ".")
        raise UserError("usage", sentence, "", f"`{self.prog} --help` explains.")


def _split(argv: Sequence[str]) -> tuple[list[str], str, list[str]]:
    # `--workspace DIR` and `--traceback` may stand before the command as well as after it.
    before: list[str] = []
    rest = list(argv)
    while rest and (rest[0] == "--traceback" or rest[0].split("=")[0] == "--workspace"):
        takes_value = rest[0] == "--workspace"
        before += rest[: 1 + takes_value]
        rest = rest[1 + takes_value :]
    return before, (rest[0] if rest else ""), rest[1:]


def _command(name: str) -> ModuleType:
    if name not in _COMMANDS:
        raise UserError(
            "usage.unknown_command",
            f"{name!r} is not a command.",
            "",
            nearest(name, list(_COMMANDS)),
        )
    return importlib.import_module(f"studio.headless.commands.{name}")


def _parser(name: str, command: ModuleType) -> argparse.ArgumentParser:
    parser = _Parser(prog=f"{PROGRAM} {name}", description=command.SUMMARY)
    command.add_arguments(parser)
    parser.add_argument("--workspace", type=Path, metavar="DIR", help="where runs and exports are kept")
    parser.add_argument("--traceback", action="store_true", help="on an error, print where it arose")
    return parser
