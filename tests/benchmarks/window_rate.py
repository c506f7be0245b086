"""Steps a second of a run in the open, drawing window over those of its own plain script.

    python -m tests.benchmarks.window_rate [--rounds 3]

Window and script take turns in one run. Each is measured with few and with many epochs, and the
difference counts, so that imports and reading of data do not. The figure to reach: at least 0.97 on
a machine with a core to spare for the window.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from studio import app as studio_app
from studio.catalog.checking import build_spec
from studio.scripting.training import training_script
from studio.spec.run import RunSpec
from studio.ui.pages.training.page import TrainingPage
from tests.benchmarks.window_lateness import _bring_to_front, _close, wait

_KINDS: dict[str, tuple[dict[str, Any], int, int]] = {
    "tiny MLP, batch 32": (
        {
            "recipe": "digits-cnn",
            "model": {"name": "mlp", "hidden": [32]},
            "training": {"batch_size": 32},
        },
        20,
        220,
    ),
    "small CNN, batch 64": ({"recipe": "digits-cnn"}, 5, 45),
}


def spec_of(tables: dict[str, Any], epochs: int) -> RunSpec:
    """The specification for a number of epochs."""
    return build_spec({**tables, "training": {**tables.get("training", {}), "epochs": epochs}})


def script_seconds(spec: RunSpec) -> float:
    """Wall-clock seconds of the plain script in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.py"
        path.write_text(training_script(spec), encoding="utf-8")
        begin = time.perf_counter()
        subprocess.run([sys.executable, str(path)], cwd=folder, check=True, capture_output=True)
        return time.perf_counter() - begin


def window_seconds(page: TrainingPage, spec: RunSpec) -> float:
    """Seconds of the same run, started in the window."""
    presenter = page.presenter
    presenter._load(spec.as_tables(), "benchmark")
    presenter.start()
    while presenter.is_working:
        wait(0.05)
    assert presenter.ended is not None
    assert presenter.ended.outcome == "finished", presenter.ended.error
    return float(presenter.ended.result["seconds"])


def main() -> int:
    """Measure and print; returns 0 where the figure is reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    reached = True
    with tempfile.TemporaryDirectory() as workspace:
        window = studio_app.build(Path(workspace))
        window.resize(1280, 800)
        window.show()
        page = window.findChild(TrainingPage)
        assert page is not None
        _bring_to_front(page)
        wait(8)
        for name, (tables, few, many) in _KINDS.items():
            short, long = spec_of(tables, few), spec_of(tables, many)
            script, studio = [], []
            for _ in range(arguments.rounds):
                script.append(script_seconds(long) - script_seconds(short))
                studio.append(window_seconds(page, long) - window_seconds(page, short))
            ratio = statistics.median(script) / statistics.median(studio)
            epochs = many - few
            print(
                f"{name:22} script {epochs / statistics.median(script):7.2f} epochs/s   "
                f"window {epochs / statistics.median(studio):7.2f} epochs/s   ratio {ratio:.3f}",
                flush=True,
            )
            reached = reached and ratio >= 0.97
        _close(window)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
