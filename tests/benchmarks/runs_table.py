"""The Runs tab with 10,000 runs: seconds until the rows are seen, and milliseconds a frame of scrolling.

    python -m tests.benchmarks.runs_table

To reach: under 1 s from opening the tab to its rows; under 16.7 ms a frame (60 frames a second).
Also printed: selecting all runs (to reach: 100 ms), and a run of a million points read from disk (to
reach: under 1 s).
"""

from __future__ import annotations

import math
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from studio.bridge.jobs import JobHost
from studio.runs.folder import RunFolder
from studio.runs.index import RunIndex
from studio.runs.metrics import MetricsWriter, read_metrics
from studio.runs.state import RunState
from studio.runs.workspace import Workspace
from studio.settings.store import SettingsStore
from studio.spec.events import Series
from studio.spec.run import parse_tables
from studio.ui.pages.runs.page import RunsPage
from studio.ui.services import Services
from studio.ui.theme.theme import Theme

RUNS = 10_000
FRAMES = 300
POINTS = 1_000_000


def make_runs(workspace: Workspace) -> None:
    """Write many small runs, all long past."""
    folder = RunFolder.create(workspace, "digits-cnn")
    names = {"data": "digits", "model": "cnn", "loss": "CrossEntropyLoss", "optimizer": "AdamW"}
    folder.write_spec(parse_tables({key: {"name": name} for key, name in names.items()}))
    folder.write_state(RunState("finished", metric="accuracy/test", best=0.98, epoch=20, epochs=20, seconds=9.0))
    state, spec = folder.state_path.read_bytes(), folder.spec_path.read_bytes()
    for number in range(2, RUNS + 1):
        path = workspace.runs / f"{number:05d}-digits-cnn"
        path.mkdir()
        (path / "state.json").write_bytes(state)
        (path / "spec.toml").write_bytes(spec)
        os.utime(path, (1e9, 1e9))


def wait_for(loop: QEventLoop, page: RunsPage) -> None:
    """Run the event loop until the page has read the list."""
    if not page.presenter.is_loaded:
        page.presenter.listed.connect(loop.quit)
        loop.exec()


def open_seconds(page: RunsPage) -> float:
    """From showing the tab to its rows on the screen, wall clock."""
    loop = QEventLoop()
    start = time.perf_counter()
    page.show()
    wait_for(loop, page)
    page.grab()
    return time.perf_counter() - start


def frame_milliseconds(page: RunsPage) -> list[float]:
    """CPU time of each of many frames, each scrolled by three rows."""
    bar = page.table.verticalScrollBar()
    times = []
    for frame in range(FRAMES):
        start = time.process_time()
        bar.setValue(frame * 108)
        page.table.viewport().grab()
        times.append((time.process_time() - start) * 1000)
    return times


def selection_milliseconds(page: RunsPage) -> tuple[float, float]:
    """CPU time of selecting every run, and of finding them all again once the list is sorted otherwise."""
    start = time.process_time()
    page.table.selectAll()
    chosen = time.process_time()
    page.presenter.sort_by(0, False)
    return (chosen - start) * 1000, (time.process_time() - chosen) * 1000


def curve_seconds(path: Path) -> float:
    """CPU time of reading a run of a million points."""
    writer = MetricsWriter(path)
    for start in range(0, POINTS, 10_000):
        steps = [float(start + index) for index in range(10_000)]
        writer.append({"loss/train": Series.of(steps, [math.sin(step) for step in steps])})
    before = time.process_time()
    assert len(read_metrics(path)["loss/train"]) == POINTS
    return time.process_time() - before


def main() -> None:
    """Measure and print."""
    app = QApplication(sys.argv)
    with tempfile.TemporaryDirectory() as home:
        workspace = Workspace.open(Path(home) / "workspace")
        make_runs(workspace)
        start = time.process_time()
        RunIndex(workspace).refresh()
        print(f"index made anew from {RUNS:,} folders: {time.process_time() - start:.2f} s CPU")
        host = JobHost(single_process=True)
        services = Services(host, workspace, SettingsStore(Path(home) / "settings.toml"), Theme(app, "dark"))
        page = RunsPage(services)
        page.resize(1280, 680)
        print(f"tab opened with {RUNS:,} runs: {open_seconds(page):.2f} s (to reach: 1 s)")
        frames = sorted(frame_milliseconds(page))
        high = frames[int(len(frames) * 0.99)]
        print(f"scrolling: median {statistics.median(frames):.1f} ms, 99 % {high:.1f} ms (to reach: 16.7 ms)")
        chosen, sorted_anew = selection_milliseconds(page)
        print(f"all selected: {chosen:.0f} ms, then sorted: {sorted_anew:.0f} ms (to reach: 100 ms)")
        seconds = curve_seconds(Path(home) / "metrics.jsonl")
        print(f"{POINTS:,} points read from disk: {seconds:.2f} s CPU (to reach: 1 s)")
        page.hide()
        loop = QEventLoop()
        host.all_ended.connect(loop.quit)
        QTimer.singleShot(0, host.close)
        loop.exec()


if __name__ == "__main__":
    main()
