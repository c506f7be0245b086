"""`pytorch-studio show RUN`: all that is known of a run."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from studio.headless.console import duration, number, print_json, size, table
from studio.runs.details import RunDetails, read_details
from studio.runs.folder import RunFolder
from studio.runs.workspace import Workspace

SUMMARY = "Show a run: where it stands, its specification, result, checkpoints and environment."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", metavar="RUN", help="ID or number of the run, such as 0014-digits-cnn or 14")
    parser.add_argument("--json", action="store_true", help="print one object")


def run(arguments: argparse.Namespace) -> int:
    """Print the run."""
    workspace = Workspace.find(arguments.workspace)
    details = read_details(RunFolder.open(workspace, arguments.run))
    if arguments.json:
        print_json(details.as_json())
    else:
        print("\n\n".join(part for part in _parts(details) if part))
    return 0


def _parts(details: RunDetails) -> list[str]:
    row = details.row
    about = {
        "run": row.id,
        "status": row.status + (f" – {row.problem}" if row.problem else ""),
        row.metric or "metric": f"best {number(row.best)}, last {number(row.value)}",
        "epochs": f"{row.epoch} of {row.epochs}, step {row.step}",
        "time": duration(row.seconds),
        "started": row.created[:19].replace("T", " ") + " UTC",
        "folder": details.folder,
    }
    machine: dict[str, object] = {
        key: details.environment[key]
        for key in ("studio", "python", "platform", "processor", "device")
        if key in details.environment
    }
    machine |= details.environment.get("packages") or {}
    return [
        _pairs(about),
        _titled("Specification", _pairs(details.spec)),
        _titled("Result", _pairs(details.result.get("metrics") or {})),
        _titled("Checkpoints", _checkpoints(details)),
        _titled("Environment", _pairs(machine)),
    ]


def _titled(title: str, text: str) -> str:
    return f"{title}\n{text}" if text else ""


def _pairs(values: Mapping[str, object]) -> str:
    width = max(map(len, values), default=0)
    return "\n".join(
        f"  {key:<{width}}  {number(value) if isinstance(value, float) else value}"
        for key, value in values.items()
    )


def _checkpoints(details: RunDetails) -> str:
    if not details.checkpoints:
        return ""
    rows = [
        (
            f"  {entry.step}",
            str(entry.epoch),
            number(entry.metric),
            size(entry.size),
            "best" if entry.is_best else "",
        )
        for entry in details.checkpoints
    ]
    return table(("  step", "epoch", "metric", "size", ""), rows)
