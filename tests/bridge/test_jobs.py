"""The job host with real threads and real child processes."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from pytestqt.qtbot import QtBot

from studio.bridge.job_table import JOBS, JobKind
from studio.bridge.jobs import Job, JobHost
from studio.spec.events import Ended, Event, Measured, Paused, Printed, Progressed, Resumed, Started

TARGET = "tests.bridge.sample_jobs:run"


class Listener:
    """Keeps what a job told."""

    def __init__(self, job: Job):
        self.events: list[Event] = []
        self.deliveries = 0
        self.ends: list[Ended] = []
        job.received.connect(self.on_received)
        job.ended.connect(self.on_ended)

    def on_received(self, events: list[Event]) -> None:
        self.deliveries += 1
        self.events.extend(events)

    def on_ended(self, ended: Ended) -> None:
        self.ends.append(ended)

    def started(self, key: str) -> Any:
        return next(e.about[key] for e in self.events if isinstance(e, Started) and key in e.about)

    def has_started(self, key: str = "pid") -> bool:
        return any(isinstance(e, Started) and key in e.about for e in self.events)


@pytest.fixture(params=["child", "thread"])
def place(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(JOBS, "sample", JobKind(TARGET, "Sampling", patience=0.3))


@pytest.fixture
def host(qtbot: QtBot, sample: None) -> Iterator[JobHost]:
    yield from _host(qtbot, single_process=False)


@pytest.fixture
def either_host(qtbot: QtBot, sample: None, place: str) -> Iterator[JobHost]:
    yield from _host(qtbot, single_process=place == "thread")


def _host(qtbot: QtBot, *, single_process: bool) -> Iterator[JobHost]:
    host = JobHost(single_process=single_process)
    yield host
    host.close()
    qtbot.waitUntil(lambda: host.has_ended_all, timeout=10_000)


def start(qtbot: QtBot, host: JobHost, verb: str, **request: Any) -> tuple[Job, Listener]:
    job = host.start("sample", {"verb": verb, **request})
    return job, Listener(job)


def wait_for_end(qtbot: QtBot, listener: Listener) -> Ended:
    qtbot.waitUntil(lambda: bool(listener.ends), timeout=60_000)
    assert len(listener.ends) == 1
    return listener.ends[0]


def test_ten_thousand_events_arrive_whole_in_few_deliveries(qtbot: QtBot, either_host: JobHost) -> None:
    _, listener = start(qtbot, either_host, "count", steps=10_000)
    ended = wait_for_end(qtbot, listener)
    assert (ended.outcome, ended.result) == ("finished", {"steps": 10_000})
    steps = [step for e in listener.events if isinstance(e, Measured) for step in e.series["loss"].steps]
    assert steps == list(range(10_000))
    assert [e for e in listener.events if isinstance(e, Progressed)][-1].done == 10_000
    assert listener.deliveries < 200


def test_pause_resume_stop(qtbot: QtBot, either_host: JobHost) -> None:
    job, listener = start(qtbot, either_host, "until_stopped")
    qtbot.waitUntil(lambda: any(isinstance(e, Progressed) for e in listener.events), timeout=60_000)
    job.pause()
    qtbot.waitUntil(lambda: isinstance(listener.events[-1], Paused), timeout=10_000)
    at = listener.events[-1].step
    job.resume()
    qtbot.waitUntil(lambda: isinstance(listener.events[-1], Progressed), timeout=10_000)
    assert [e.step for e in listener.events if isinstance(e, Resumed)] == [at]
    job.stop()
    assert wait_for_end(qtbot, listener).outcome == "stopped"


def test_a_session_serves_messages_until_it_is_stopped(qtbot: QtBot, either_host: JobHost) -> None:
    job, listener = start(qtbot, either_host, "serve")
    job.send("one")
    job.send("two")
    qtbot.waitUntil(lambda: "got two" in _printed(listener), timeout=60_000)
    assert "got one" in _printed(listener)
    job.stop()
    assert wait_for_end(qtbot, listener).outcome == "stopped"


def _printed(listener: Listener) -> str:
    return "".join(e.text for e in listener.events if isinstance(e, Printed))


def test_an_error_of_the_user_arrives_in_three_parts(qtbot: QtBot, either_host: JobHost) -> None:
    _, listener = start(qtbot, either_host, "refuse")
    ended = wait_for_end(qtbot, listener)
    assert ended.outcome == "failed"
    assert ended.error is not None
    assert ended.error.name == "sample.refused"
    assert ended.error.line() == "The sample refuses. It was told to. Ask for something else."


def test_sys_exit_is_an_ordinary_failure(qtbot: QtBot, either_host: JobHost) -> None:
    _, listener = start(qtbot, either_host, "sys_exit")
    ended = wait_for_end(qtbot, listener)
    assert ended.outcome == "failed"
    assert ended.error is not None
    assert "SystemExit: bye" in ended.error.what


def test_torch_is_loaded_in_the_child_before_the_job_runs(qtbot: QtBot, host: JobHost) -> None:
    _, listener = start(qtbot, host, "count", steps=1)
    wait_for_end(qtbot, listener)
    assert listener.started("has_torch") is True
    assert host.torch_state == "ready"
    assert host.torch_about["torch"]


@pytest.mark.parametrize(("verb", "word"), [("exit", "exit code 3"), ("segfault", "SIGSEGV")])
def test_a_process_that_ends_by_itself_fails_once_and_says_how(
    qtbot: QtBot, host: JobHost, verb: str, word: str
) -> None:
    _, listener = start(qtbot, host, verb)
    ended = wait_for_end(qtbot, listener)
    assert ended.outcome == "failed"
    assert ended.error is not None
    assert word in ended.error.what
    assert ended.error.name == "process.ended"


def test_a_child_that_is_killed_from_outside_is_reported(qtbot: QtBot, host: JobHost) -> None:
    job, listener = start(qtbot, host, "until_stopped")
    qtbot.waitUntil(listener.has_started, timeout=60_000)
    assert job.child_pid is not None
    psutil.Process(job.child_pid).kill()
    ended = wait_for_end(qtbot, listener)
    assert ended.outcome == "failed"
    assert ended.error is not None
    assert ended.error.name == "process.killed"


def test_a_loop_that_swallows_every_exception_is_ended_within_its_patience(qtbot: QtBot, host: JobHost) -> None:
    job, listener = start(qtbot, host, "loop")
    qtbot.waitUntil(listener.has_started, timeout=60_000)
    job.stop()
    qtbot.waitUntil(lambda: bool(listener.ends), timeout=3_000)
    assert listener.ends[0].outcome == "stopped"
    assert listener.ends[0].result == {"killed": True}


def test_what_a_job_started_ends_with_it(qtbot: QtBot, host: JobHost) -> None:
    job, listener = start(qtbot, host, "grandchild")
    qtbot.waitUntil(lambda: listener.has_started("grandchild"), timeout=60_000)
    pid = listener.started("grandchild")
    job.stop()
    wait_for_end(qtbot, listener)
    qtbot.waitUntil(lambda: not _is_alive(pid), timeout=3_000)


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_printing_without_end_is_capped(qtbot: QtBot, host: JobHost) -> None:
    _, listener = start(qtbot, host, "print", blocks=20_000)
    wait_for_end(qtbot, listener)
    text = _printed(listener)
    assert 900_000 < len(text) < 1_100_000
    assert "dropped" in text


def test_code_that_writes_into_the_pipe_cannot_fool_the_window(qtbot: QtBot, host: JobHost) -> None:
    _, listener = start(qtbot, host, "write_into_pipe")
    ended = wait_for_end(qtbot, listener)
    assert ended.outcome in ("failed", "finished")


def test_an_abandoned_job_is_heard_no_more(qtbot: QtBot, either_host: JobHost) -> None:
    job, listener = start(qtbot, either_host, "until_stopped")
    qtbot.waitUntil(lambda: bool(listener.events), timeout=60_000)
    job.abandon()
    count = len(listener.events)
    with qtbot.waitSignal(either_host.job_ended, timeout=10_000):
        pass
    assert len(listener.events) == count
    assert not listener.ends


def test_closing_ends_every_thread_and_child(qtbot: QtBot, sample: None) -> None:
    host = JobHost()
    host.warm()
    stubborn, first = start(qtbot, host, "loop")
    polite, second = start(qtbot, host, "until_stopped")
    qtbot.waitUntil(lambda: first.has_started() and second.has_started(), timeout=60_000)
    pids = [stubborn.child_pid, polite.child_pid]
    with qtbot.waitSignal(host.all_ended, timeout=5_000):
        host.close()
    assert host.has_ended_all
    assert not any(_is_alive(pid) for pid in pids if pid is not None)


def test_a_broken_torch_is_said_and_not_fatal(qtbot: QtBot, sample: None, tmp_path, monkeypatch) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('libtorch.so is damaged')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    host = JobHost()
    with qtbot.waitSignal(host.torch_changed, timeout=30_000):
        host.warm()
    assert host.torch_state == "missing"
    assert host.torch_error is not None
    assert "libtorch.so is damaged" in host.torch_error.line()
    _, listener = start(qtbot, host, "count", steps=1)
    ended = wait_for_end(qtbot, listener)
    assert ended.error is not None
    assert ended.error.name == "torch.missing"
    host.close()
    qtbot.waitUntil(lambda: host.has_ended_all, timeout=5_000)


def test_a_spare_child_that_is_killed_does_not_make_torch_missing(qtbot: QtBot, sample: None) -> None:
    host = JobHost()
    with qtbot.waitSignal(host.torch_changed, timeout=60_000):
        host.warm()
    _, working = start(qtbot, host, "until_stopped")
    qtbot.waitUntil(working.has_started, timeout=60_000)
    host.warm()
    this = psutil.Process()
    qtbot.waitUntil(lambda: len(this.children()) == 2, timeout=60_000)
    spare = next(child for child in this.children() if child.pid != working.started("pid"))
    spare.kill()
    qtbot.waitUntil(lambda: spare.pid not in [child.pid for child in this.children()], timeout=10_000)
    qtbot.waitUntil(lambda: len(this.children()) == 2, timeout=60_000)  # another one takes its place
    assert host.torch_state == "ready"
    host.close()
    qtbot.waitUntil(lambda: host.has_ended_all, timeout=5_000)


def test_a_process_that_cannot_be_started_fails_the_job_and_not_the_window(
    qtbot: QtBot, sample: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = JobHost()
    with monkeypatch.context() as patch:
        patch.setattr("sys.executable", "/nowhere/python")
        host.warm()
        _, listener = start(qtbot, host, "count", steps=1)
        ended = wait_for_end(qtbot, listener)
    assert ended.outcome == "failed"
    assert ended.error is not None
    assert ended.error.name == "process.not_started"
    _, listener = start(qtbot, host, "count", steps=1)
    assert wait_for_end(qtbot, listener).outcome == "finished"
    assert host.torch_state == "ready"
    host.close()
    qtbot.waitUntil(lambda: host.has_ended_all, timeout=5_000)


def test_a_job_that_ended_goes_with_the_last_one_who_holds_it(qtbot: QtBot, either_host: JobHost) -> None:
    job, listener = start(qtbot, either_host, "count", steps=1)
    wait_for_end(qtbot, listener)
    gone = weakref.ref(job)
    qtbot.waitUntil(lambda: gone().parent() is None, timeout=5_000)
    gc.disable()  # what goes by itself needs no collector, which may run in any thread
    try:
        del job
        assert gone() is None
    finally:
        gc.enable()


def test_a_job_that_is_started_while_the_window_closes_does_not_hold_it_open(
    qtbot: QtBot, host: JobHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(JOBS, "sample", JobKind(TARGET, "Sampling", "thread"))
    host.close()
    with qtbot.assertNotEmitted(host.cannot_end):
        _, listener = start(qtbot, host, "until_stopped")
        assert wait_for_end(qtbot, listener).outcome == "stopped"
