"""`pytorch-studio datasets`: the built-in data sets."""

from __future__ import annotations

import argparse

from studio.catalog.entries import Entry
from studio.catalog.shelf import entries
from studio.headless.console import print_json, table

SUMMARY = "List the data sets that can be trained on."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print an array of objects")


def run(arguments: argparse.Namespace) -> int:
    """Print the list."""
    known = entries("dataset")
    if arguments.json:
        print_json([_as_json(one) for one in known])
    else:
        head = ("data set", "task", "one sample", "what it is")
        print(table(head, [(one.name, ", ".join(one.tags), _shape(one), one.summary) for one in known]))
    return 0


def _as_json(one: Entry) -> dict[str, object]:
    parameters = {parameter.name: parameter.default for parameter in one.parameters}
    return {
        "name": one.name,
        "task": one.tags[0],
        "summary": one.summary,
        "shape": list(one.shape),
        "answers": one.answers,
        "parameters": parameters,
    }


def _shape(one: Entry) -> str:
    return "×".join(map(str, one.shape))
