"""What a command says where its work failed: one line, and the details of a bug in a log."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress

import platformdirs

from studio.runs.state import now
from studio.spec.errors import ErrorReport

PROGRAM = "pytorch-studio"


def explain(error: ErrorReport, argv: Sequence[str], *, more: str = "") -> None:
    """Say on standard error what went wrong, and `more` after it.

    Args:
        error: what went wrong.
        argv: the command line; ``--traceback`` in it asks for the details, and the log names it.
        more: what the user should know besides.
    """
    # Where standard error is closed or full nobody can be told, and the exit code says it all.
    with suppress(OSError):
        print(explanation(error, argv, more=more), file=sys.stderr, flush=True)


def explanation(error: ErrorReport, argv: Sequence[str], *, more: str = "") -> str:
    """What `explain` says, as text."""
    line, details = error.line(), ""
    if "--traceback" in argv:
        details = "\n" + error.details.rstrip("\n")
    elif not error.can_be_mended:
        line = f"{' '.join(error.what.split()).rstrip('.')}. {_written_down(error, argv)}"
    return f"{line} {more}".rstrip() + details


def _written_down(error: ErrorReport, argv: Sequence[str]) -> str:
    """Put the details of a bug into the log; a sentence that says where they are."""
    try:
        path = platformdirs.user_log_path(PROGRAM, appauthor=False) / "command-line.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        # Names of files may hold what no encoding has.
        with path.open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(f"{now()} {PROGRAM} {shlex.join(argv)}\n{error.details}\n")
    except (OSError, RuntimeError, ValueError):
        return "With --traceback the command prints where it arose."
    return f"Where it arose is in {path}; with --traceback it is printed."
