"""A window that is killed takes its children along, whatever they are doing."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not hasattr(psutil.Process, "terminal"), reason="needs a POSIX system")
def test_children_end_with_a_killed_window() -> None:
    program = textwrap.dedent(
        """
        from PySide6.QtCore import QCoreApplication
        from studio.bridge.job_table import JOBS, JobKind
        from studio.bridge.jobs import JobHost

        app = QCoreApplication([])
        JOBS["sample"] = JobKind("tests.bridge.sample_jobs:run", "Sampling")
        host = JobHost()

        def on_received(events):
            for event in events:
                if "pid" in getattr(event, "about", {}) and "has_torch" in event.about:
                    print(event.about["pid"], flush=True)

        job = host.start("sample", {"verb": "loop"})
        job.received.connect(on_received)
        app.exec()
        """
    )
    window = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert window.stdout is not None
    child = psutil.Process(int(window.stdout.readline()))
    window.kill()
    window.wait()
    window.stdout.close()
    _, alive = psutil.wait_procs([child], timeout=5)
    assert not alive
