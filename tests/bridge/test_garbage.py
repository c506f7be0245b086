"""Widgets that only a circle of references keeps are destroyed on the GUI thread, whoever allocates."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from studio.bridge.garbage import GarbageCollector


class Circle(QObject):
    """Keeps itself alive, and notes the thread in which it goes."""

    gone_in: list[int] = []

    def __init__(self) -> None:
        super().__init__()
        self.me = self

    def __del__(self) -> None:
        self.gone_in.append(threading.get_ident())


def allocate() -> None:
    """Make so many objects that Python's own collector would start, many times over."""
    for _ in range(50):
        _ = [[] for _ in range(2_000)]


def test_garbage_goes_on_the_gui_thread(qtbot: QtBot) -> None:
    Circle.gone_in.clear()
    collector = GarbageCollector()
    collector.start()
    try:
        Circle()
        worker = threading.Thread(target=allocate)
        worker.start()
        worker.join()
        assert not Circle.gone_in, "a worker's allocations collect nothing"
        kept = [[] for _ in range(2_000)]
        qtbot.waitUntil(lambda: bool(Circle.gone_in), timeout=10_000)
        assert Circle.gone_in == [threading.get_ident()]
        assert len(kept) == 2_000
    finally:
        collector.stop()
    assert gc.isenabled()
