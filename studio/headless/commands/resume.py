"""`pytorch-studio resume`: goes on with a run from its last checkpoint."""

from __future__ import annotations

import argparse

from studio.headless.launching import launch, must_launch
from studio.headless.training_progress import train
from studio.runs.folder import RunFolder
from studio.runs.workspace import Workspace
from studio.spec.training import TrainRequest

SUMMARY = "Go on with a run from its last checkpoint; it ends as if it had never been interrupted."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", metavar="RUN", help="ID or number of the run, such as 0014-digits-cnn or 14")
    parser.add_argument("--json", action="store_true", help="print one event a line, as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Go on."""
    workspace = Workspace.open(arguments.workspace)
    folder = RunFolder.open(workspace, arguments.run)
    training = folder.read_spec().training
    if must_launch(training):
        return launch(training, arguments.argv)
    return train(TrainRequest(None, str(workspace.root), folder.id), arguments.argv, as_json=arguments.json)
