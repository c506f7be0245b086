"""`pytorch-studio recipes`: the recipes that ship."""

from __future__ import annotations

import argparse

from studio.catalog.recipes import recipes
from studio.headless.console import print_json, table

SUMMARY = "List the recipes: named specifications that train at once."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print an array of objects")


def run(arguments: argparse.Namespace) -> int:
    """Print the list."""
    known = recipes()
    if arguments.json:
        print_json(
            [{"name": one.name, "task": one.task, "summary": one.summary, "title": one.title} for one in known]
        )
    else:
        print(table(("recipe", "task", "what it does"), [(one.name, one.task, one.summary) for one in known]))
    return 0
