"""`pytorch-studio train`: trains a recipe or a specification."""

from __future__ import annotations

import argparse

from studio.catalog.checking import read_spec
from studio.headless.launching import launch, must_launch
from studio.headless.training_progress import train
from studio.runs.workspace import Workspace
from studio.spec.training import TrainRequest

SUMMARY = "Train a recipe or a specification; Ctrl+C stops and saves."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("spec", metavar="RECIPE_OR_SPEC.toml", help="name of a recipe, or a specification's file")
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change one key, such as optimizer.lr=3e-4; can be given many times",
    )
    parser.add_argument(
        "--nproc",
        type=int,
        metavar="N",
        help="processes that share the work: the same as --set training.processes=N",
    )
    parser.add_argument("--json", action="store_true", help="print one event a line, as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Train."""
    processes = [] if arguments.nproc is None else [f"training.processes={arguments.nproc}"]
    spec = read_spec(arguments.spec, [*arguments.settings, *processes])
    workspace = Workspace.open(arguments.workspace)
    if must_launch(spec.training):
        return launch(spec.training, arguments.argv)
    return train(TrainRequest(spec, str(workspace.root)), arguments.argv, as_json=arguments.json)
