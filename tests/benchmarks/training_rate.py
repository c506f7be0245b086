"""How fast the studio's loop is beside the plain script of the same run: python -m tests.benchmarks.training_rate.

Both train in this process, in turn. CPU time, so that a busy machine matters little; the studio's
includes its folder, curves, pictures and checkpoints. At least 0.97 is asked for.
"""

from __future__ import annotations

import contextlib
import io
import os
import runpy
import statistics
import tempfile
import time
from pathlib import Path

import torch

from studio.catalog.checking import read_spec
from studio.engine.training.job import run
from studio.runs.workspace import Workspace
from studio.scripting.training import training_script
from studio.spec.events import Event, Measured
from studio.spec.job import Control, drive
from studio.spec.run import RunSpec
from studio.spec.training import TrainRequest

ROUNDS = 5
CASES = {
    "tiny MLP, batch 32": ["model.name=mlp", "training.batch_size=32", "training.epochs=150"],
    "small CNN, batch 64": ["training.epochs=60"],
}


def plain_seconds(script: Path) -> float:
    """CPU seconds that the plain script takes, data included."""
    main = runpy.run_path(str(script))["main"]
    with contextlib.redirect_stdout(io.StringIO()):
        started = time.process_time()
        main()
        return time.process_time() - started


def studio_seconds(spec: RunSpec) -> float:
    """CPU seconds that the studio's job takes, folder, curves, pictures and checkpoints included."""
    points = 0

    def count(event: Event) -> None:
        nonlocal points
        if isinstance(event, Measured):
            points += sum(map(len, event.series.values()))

    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.open(Path(folder))
        started = time.process_time()
        ended = drive(run, TrainRequest(spec, str(workspace.root)), Control(), count)
        seconds = time.process_time() - started
    assert ended.outcome == "finished", ended.error
    assert points > ended.result["step"]
    return seconds


def ratio(settings: list[str]) -> float:
    """Rate of the studio over that of the plain script, the median over rounds of both in turn."""
    spec = read_spec("digits-cnn", ["training.device=cpu", *settings])
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        script = Path(folder) / "script.py"
        script.write_text(training_script(spec))
        plain_seconds(script)
        studio_seconds(spec)
        ratios = [plain_seconds(script) / studio_seconds(spec) for _ in range(ROUNDS)]
    return statistics.median(ratios)


def main() -> None:
    """Print a ratio a line."""
    print(f"torch {torch.__version__}, {os.cpu_count()} cores, one thread, {ROUNDS} rounds")
    for name, settings in CASES.items():
        print(f"{name:24} {ratio(settings):.3f} of the plain script's rate")


if __name__ == "__main__":
    main()
