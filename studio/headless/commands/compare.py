"""`pytorch-studio compare RUN RUN…`: how runs differ, in what was asked and what came out."""

from __future__ import annotations

import argparse
from typing import Any

from studio.headless.console import duration, number, print_json, table
from studio.runs.details import RunDetails, differences, read_details
from studio.runs.folder import RunFolder
from studio.runs.workspace import Workspace
from studio.spec.errors import UserError

SUMMARY = "Show how runs differ: specification, result, packages."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", nargs="+", metavar="RUN", help="IDs or numbers of two or more runs")
    parser.add_argument("--json", action="store_true", help="print one object")


def run(arguments: argparse.Namespace) -> int:
    """Print the differences.

    Raises:
        UserError: fewer than two runs are named, or one of them is unknown.
    """
    if len(arguments.run) < 2:
        raise UserError("usage", "Only one run is named.", "", "Name two or more runs to compare.")
    workspace = Workspace.find(arguments.workspace)
    runs = [read_details(RunFolder.open(workspace, name)) for name in arguments.run]
    packages = differences([details.environment.get("packages") or {} for details in runs])
    changed = differences([details.spec for details in runs])
    if arguments.json:
        print_json(
            {
                "runs": [_outcome(details) for details in runs],
                "specification": {row.key: row.values for row in changed},
                "packages": {row.key: row.values for row in packages},
            }
        )
        return 0
    lines = [("status", *(details.row.status for details in runs))]
    lines += [("best", *(_best(details) for details in runs))]
    lines += [("time", *(duration(details.row.seconds) for details in runs))]
    lines += [("weights", *(_weights(details)[:12] or "–" for details in runs))]
    lines += [(row.key, *map(_text, row.values)) for row in changed]
    lines += [(row.key, *map(_text, row.values)) for row in packages]
    print(table(("", *(details.row.id for details in runs)), lines))
    if not changed:
        print("The specifications are the same.")
    return 0


def _outcome(details: RunDetails) -> dict[str, Any]:
    return {
        **details.row.as_json(),
        "metrics": details.result.get("metrics") or {},
        "weights_sha256": _weights(details),
    }


def _best(details: RunDetails) -> str:
    return f"{number(details.row.best)} {details.row.metric}".strip()


def _weights(details: RunDetails) -> str:
    return str(details.result.get("weights_sha256") or "")


def _text(value: Any) -> str:
    if isinstance(value, float):
        return number(value)
    return "–" if value is None else str(value)
