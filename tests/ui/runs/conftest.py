"""Runs on disk, and the Runs tab opened on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.bridge.jobs import JobHost
from studio.runs.checkpoints import CheckpointEntry
from studio.runs.folder import RunFolder
from studio.runs.metrics import MetricsWriter
from studio.runs.state import RunState
from studio.runs.workspace import Workspace
from studio.settings.store import SettingsStore
from studio.spec.events import Series
from studio.spec.run import parse_tables
from studio.ui.pages.runs.page import RunsPage
from studio.ui.services import Services
from studio.ui.theme.theme import Theme

Make = Callable[..., RunFolder]


@pytest.fixture
def make(workspace: Workspace) -> Make:
    """Makes a run on disk, as training would leave it."""

    def made(recipe: str = "digits-cnn", lr: float = 1e-3, best: float = 0.98, **state: object) -> RunFolder:
        folder = RunFolder.create(workspace, recipe)
        optimizer = {"name": "AdamW", "lr": lr}
        tables = {"data": {"name": "digits"}, "model": {"name": "cnn"}, "loss": {"name": "CrossEntropyLoss"}}
        folder.write_spec(parse_tables({**tables, "recipe": recipe, "optimizer": optimizer}))
        curves = {"loss/train": Series.of([1, 2, 3], [2, 1, lr]), "accuracy/test": Series.of([3], [best])}
        MetricsWriter(folder.metrics_path).append(curves)
        folder.append_log("starts on cpu")
        path = folder.checkpoints_path / "step-000003.pt"
        path.write_bytes(b"weights")
        folder.register_checkpoint(CheckpointEntry(path, 3, 1, "cd" * 32, 7, best, is_best=True))
        folder.write_result({"metrics": {"accuracy/test": best}})
        known = {
            "status": "finished",
            "metric": "accuracy/test",
            "best": best,
            "epoch": 1,
            "epochs": 1,
            "seconds": 9.0,
        }
        folder.write_state(RunState(**{**known, **state}))  # type: ignore[arg-type]  # keywords of the test at hand
        return folder

    return made


@pytest.fixture
def services(qtbot: QtBot, qapp: QApplication, workspace: Workspace, tmp_path: Path) -> Iterator[Services]:
    host = JobHost(single_process=True)
    services = Services(host, workspace, SettingsStore(tmp_path / "settings.toml"), Theme(qapp, "light"))
    yield services
    if not host.has_ended_all:
        with qtbot.waitSignal(host.all_ended):
            host.close()


@pytest.fixture
def open_page(qtbot: QtBot, services: Services) -> Callable[[], RunsPage]:
    """Opens the page once the test has made its runs, and waits until it has read them."""

    def opened() -> RunsPage:
        page = RunsPage(services)
        qtbot.addWidget(page)
        page.resize(1280, 680)
        with qtbot.waitExposed(page):
            page.show()
        qtbot.waitUntil(lambda: page.presenter.is_loaded)
        return page

    return opened
