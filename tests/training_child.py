"""A process that trains, for tests that kill it: ``python -m tests.training_child WORKSPACE SETTING…``."""

from __future__ import annotations

import sys

from studio.headless.command_line import main

if __name__ == "__main__":
    workspace, *settings = sys.argv[1:]
    options = [option for setting in settings for option in ("--set", setting)]
    raise SystemExit(main(["train", "digits-cnn", "--json", "--workspace", workspace, *options]))
