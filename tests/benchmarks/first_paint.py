"""CPU seconds of the window's process until its first paint; the figure to reach is 0.7.

    python tests/benchmarks/first_paint.py

Each of the rounds is a new process, drawn off the screen, with a home and workspace of its own.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 7
_PROGRAM = """
import resource, sys
from studio.app import build
from PySide6.QtCore import QTimer

window = build(sys.argv[1])

class Watch:
    def painted(self):
        own = resource.getrusage(resource.RUSAGE_SELF)
        print(own.ru_utime + own.ru_stime, "torch" in sys.modules)
        window.close()

watch = Watch()
window.closed.connect(window.application.quit)
window.show()
window.grab()
QTimer.singleShot(0, watch.painted)
window.application.exec()
"""


def main() -> None:
    """Print the seconds of each round, then their median."""
    seconds = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as home:
            environment = {
                **os.environ,
                "QT_QPA_PLATFORM": "offscreen",
                "HOME": home,
                "PYTORCH_STUDIO_CONFIG": f"{home}/config",
            }
            done = subprocess.run(
                [sys.executable, "-c", _PROGRAM, f"{home}/workspace"],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
        cpu, has_torch = done.stdout.split()
        assert has_torch == "False", "the window's process imported torch"
        seconds.append(float(cpu))
        print(f"{float(cpu):.3f} s")
    print(f"median {statistics.median(seconds):.3f} s CPU to the first paint (to reach: 0.7 s)")


if __name__ == "__main__":
    main()
