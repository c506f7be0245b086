"""`pytorch-studio models`: every model that can be opened by name."""

from __future__ import annotations

import argparse
from typing import Any

from studio.headless.console import print_json, table
from studio.runs.folder import RunFolder
from studio.runs.index import RunIndex
from studio.runs.row import RunRow
from studio.runs.workspace import Workspace
from studio.spec.errors import UserError
from studio.spec.model_names import known_models
from studio.spec.predictions import VISION_TASKS

SUMMARY = "List the models that can be opened: the built-in one, torchvision's, your runs."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--task", choices=VISION_TASKS, help="only models for this task")
    parser.add_argument("--json", action="store_true", help="print an array of objects")


def run(arguments: argparse.Namespace) -> int:
    """Print the list: the built-in model first, then torchvision's, then runs, newest first."""
    rows = [*_known(arguments.task), *([] if arguments.task else _runs(Workspace.find(arguments.workspace)))]
    if arguments.json:
        print_json(rows)
        return 0
    cells = [
        (
            row["name"],
            row["task"],
            f"{row['parameters'] / 1e6:.1f} M" if row["parameters"] else "–",
            row["weights"],
        )
        for row in rows
    ]
    print(table(("model", "task", "parameters", "weights"), cells))
    return 0


def _known(task: str | None) -> list[dict[str, Any]]:
    return [
        {
            "name": model.ref,
            "task": model.task,
            "parameters": model.parameters,
            "weights": "installed" if model.is_built_in else f"{model.megabytes:.1f} MB to download once",
        }
        for model in known_models()
        if task in (None, model.task)
    ]


def _runs(workspace: Workspace) -> list[dict[str, Any]]:
    index = RunIndex(workspace)
    index.refresh()
    return [
        {
            "name": f"run:{row.id}",
            "task": _task(workspace, row),
            "parameters": 0,
            "weights": f"yours, {row.status}",
        }
        for row in index.rows()
    ]


def _task(workspace: Workspace, row: RunRow) -> str:
    try:
        task = RunFolder.open(workspace, row.id).read_spec().task
    except UserError:  # a run that cannot be read has a line all the same
        return "unknown"
    return {"classification": "classify", "regression": "regress"}.get(task, task)
