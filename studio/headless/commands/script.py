"""`pytorch-studio script`: a run, a recipe or a specification as a plain PyTorch script."""

from __future__ import annotations

import argparse
from pathlib import Path

from studio.catalog.checking import read_spec
from studio.catalog.recipes import looks_like_file, recipes
from studio.runs.atomic import write_text
from studio.runs.folder import RunFolder
from studio.runs.workspace import Workspace
from studio.scripting.training import training_script
from studio.spec.errors import UserError

SUMMARY = "Print a run, a recipe or a specification as a plain PyTorch script that gives the same numbers."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("subject", metavar="RUN_OR_SPEC", help="ID of a run, name of a recipe, or a .toml file")
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change one key of a recipe or specification",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write it there instead of printing it")


def run(arguments: argparse.Namespace) -> int:
    """Print or write the script."""
    text = _script(arguments)
    if arguments.out is None:
        print(text, end="")
        return 0
    try:
        write_text(arguments.out, text)
    except OSError as error:
        raise UserError(
            "script.not_written", f"{arguments.out} could not be written.", f"{error.strerror or error}."
        ) from error
    print(f"Written to {arguments.out}.")
    return 0


def _script(arguments: argparse.Namespace) -> str:
    subject = arguments.subject
    names = [one.name for one in recipes()]
    if looks_like_file(subject) or subject in names:
        return training_script(read_spec(subject, arguments.settings))
    try:
        folder = RunFolder.open(Workspace.find(arguments.workspace), subject)
    except UserError as error:
        if error.name != "run.unknown":
            raise
        known = ", ".join(f"`{name}`" for name in names)
        what = f"{subject!r} is neither a run of this workspace nor a recipe."
        raise UserError(error.name, what, f"Recipes are {known}.", error.remedy) from None
    if arguments.settings:
        raise UserError("usage", "`--set` changes a recipe or a specification, not a run that is done.")
    return training_script(folder.read_spec(), folder.read_result().get("changes", ()))
