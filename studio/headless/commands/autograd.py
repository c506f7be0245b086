"""``pytorch-studio autograd FILE.py``: run a snippet and say what PyTorch did, forward and backward."""

from __future__ import annotations

import argparse
import json
import sys
import tokenize
from pathlib import Path

from studio.spec.errors import UserError
from studio.spec.job import Control, resolve
from studio.spec.recording import Recorded, Recording, SnippetRequest
from studio.spec.recording_json import recording_tables

SUMMARY = "record a snippet: values, graph, gradients"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the file and the options."""
    parser.add_argument("file", metavar="FILE.py", help="the Python file to run")
    parser.add_argument("--json", action="store_true", help="print the whole recording as one JSON object")
    parser.add_argument(
        "--seconds", type=_positive, default=30.0, metavar="N", help="time limit of the snippet (default 30)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run and record; 0 when the snippet ran to its end, 1 when it failed, 130 when it was interrupted.

    Raises:
        UserError: the file is missing or is not text.
    """
    path = Path(arguments.file)
    request = SnippetRequest(
        text=read_snippet(path), file=path.name, folder=str(path.resolve().parent), seconds=arguments.seconds
    )
    job = resolve("studio.engine.autograd.job:run")  # by name, for PyTorch takes seconds to import
    recorded = [event.recording for event in job(request, Control()) if isinstance(event, Recorded)]
    recording = recorded[0]
    if arguments.json:
        print(json.dumps(recording_tables(recording), ensure_ascii=False, allow_nan=False))
    else:
        _print(recording)
    if recording.error is None:
        return 0
    return 130 if recording.error.name == "snippet.interrupted" else 1


def read_snippet(path: Path) -> str:
    """The text of a Python file, in the encoding that it declares.

    Raises:
        UserError: it cannot be opened, or is not text.
    """
    try:
        with tokenize.open(path) as stream:
            return stream.read()
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else str(error.strerror).lower()
        raise UserError("snippet.unreadable", f"{path} could not be read: {reason}.") from None
    except (UnicodeDecodeError, SyntaxError):
        raise UserError(
            "snippet.not_text", f"{path} is not Python text.", "It is not UTF-8.", "Give a .py file."
        ) from None


def _print(recording: Recording) -> None:
    if recording.stdout:
        print(recording.stdout, end="" if recording.stdout.endswith("\n") else "\n")
    if recording.stderr:
        print(recording.stderr, end="", file=sys.stderr)
    for leaf in recording.own_leaves:
        gradient = leaf.grad.text(60) if leaf.grad else "none"
        print(f"{leaf.name} = {leaf.value.text(60)}, gradient {gradient}")
    passes = sum(each.has_backward for each in recording.passes)
    print(
        f"{_count(len(recording.operations), 'operation')}, {_count(len(recording.nodes), 'graph node')}, "
        f"{_count(passes, 'backward pass', 'backward passes')}, {recording.seconds * 1000:.0f} ms"
    )
    for note in recording.notes:
        print(note, file=sys.stderr)
    if recording.error is not None:
        error = recording.error
        where = f"{recording.file}, line {error.line}: " if error.line else f"{recording.file}: "
        text = " ".join(part for part in (error.what, error.why, error.remedy) if part)
        print(where + text, file=sys.stderr)


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _positive(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from None
    if not 0 < seconds < 1e6:
        raise argparse.ArgumentTypeError("it must be above 0 seconds")
    return seconds
