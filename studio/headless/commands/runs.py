"""`pytorch-studio runs`: the runs of a workspace, newest first."""

from __future__ import annotations

import argparse

from studio.headless.console import duration, number, print_json, table
from studio.runs.index import RunIndex
from studio.runs.row import RunRow
from studio.runs.workspace import Workspace

SUMMARY = "List the runs of the workspace, newest first."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print an array of objects")


def run(arguments: argparse.Namespace) -> int:
    """Print the list."""
    workspace = Workspace.find(arguments.workspace)
    index = RunIndex(workspace)
    index.refresh()
    rows = index.rows()
    if arguments.json:
        print_json([row.as_json() for row in rows])
    elif rows:
        head = ("run", "status", "metric", "best", "last", "epochs", "time", "started")
        print(table(head, [_cells(row) for row in rows]))
    else:
        print(f"No run yet in {workspace.root}. Train one: pytorch-studio train digits-cnn")
    return 0


def _cells(row: RunRow) -> tuple[str, ...]:
    return (
        row.id,
        row.status,
        row.metric or "–",
        number(row.best),
        number(row.value),
        f"{row.epoch}/{row.epochs}",
        duration(row.seconds),
        row.created[:16].replace("T", " "),
    )
