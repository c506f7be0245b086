"""Curves on disk: what was written comes back, whatever tore the file."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.runs.metrics import MetricsTail, MetricsWriter, read_metrics
from studio.spec.events import Series

NAMES = st.text(min_size=1, max_size=12)
POINTS = st.lists(st.tuples(st.floats(allow_nan=False), st.floats()), min_size=1, max_size=8)
FLUSHES = st.lists(st.dictionaries(NAMES, POINTS, min_size=1, max_size=3), max_size=6)


def series(points: list[tuple[float, float]]) -> Series:
    return Series.of([step for step, _ in points], [value for _, value in points])


def bits(curves: dict[str, Series]) -> dict[str, tuple[list[float], list[str]]]:
    """Curves in a form that compares NaN as equal."""
    return {
        name: (curve.steps.tolist(), [repr(value) for value in curve.values]) for name, curve in curves.items()
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flushes=FLUSHES)
def test_everything_comes_back_bit_for_bit(
    tmp_path: Path, flushes: list[dict[str, list[tuple[float, float]]]]
) -> None:
    path = tmp_path / "metrics.jsonl"
    path.unlink(missing_ok=True)
    writer = MetricsWriter(path)
    expected: dict[str, list[tuple[float, float]]] = {}
    for flush in flushes:
        assert writer.append({name: series(points) for name, points in flush.items()})
        for name, points in flush.items():
            expected.setdefault(name, []).extend(points)
    assert bits(read_metrics(path)) == bits({name: series(points) for name, points in expected.items()})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 400))
def test_a_file_cut_anywhere_keeps_its_whole_lines(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "metrics.jsonl"
    path.unlink(missing_ok=True)
    writer = MetricsWriter(path)
    for step in range(10):
        writer.append({"loss": Series.of([step], [step / 3])})
    data = path.read_bytes()
    path.write_bytes(data[:cut])
    whole = data[:cut].count(b"\n")
    assert len(read_metrics(path).get("loss", ())) == whole

    writer.append({"loss": Series.of([99], [0.5])})

    steps = read_metrics(path)["loss"].steps.tolist()
    assert steps[-1] == 99
    # A cut just before a line's end leaves a line that is whole after all.
    assert steps[:-1] in (list(range(whole)), list(range(whole + 1)))


def test_lines_are_json_that_any_program_reads(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    MetricsWriter(path).append({"loss": Series.of([1, 2, 3, 4], [math.nan, math.inf, -math.inf, 0.5])})

    def refuse(name: str) -> float:
        raise AssertionError(f"{name} is no JSON")

    line = json.loads(path.read_text(), parse_constant=refuse)
    assert line == {"series": {"loss": [[1, 2, 3, 4], ["nan", "inf", "-inf", 0.5]]}}


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "null",
        "1",
        '{"series": 3}',
        '{"series": {"loss": [[1], [2, 3]]}}',
        '{"series": {"loss": "x"}}',
        '{"series": {"loss": [[1], [{}]]}}',
        '{"rewind": "x"}',
        "\x00\x00",
        "[" * 5000,
    ],
)
def test_damaged_lines_are_skipped(tmp_path: Path, line: str) -> None:
    path = tmp_path / "metrics.jsonl"
    writer = MetricsWriter(path)
    writer.append({"loss": Series.of([1], [1.0])})
    with path.open("a") as stream:
        stream.write(line + "\n")
    writer.append({"loss": Series.of([2], [2.0])})
    assert read_metrics(path)["loss"].steps.tolist() == [1, 2]


def test_a_rewind_drops_what_came_after(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    writer = MetricsWriter(path)
    writer.append({"loss": Series.of([1, 2, 3, 4], [1, 2, 3, 4]), "lr": Series.of([4], [0.1])})
    tail = MetricsTail(path)
    tail.read_new()
    writer.rewind(2)
    writer.append({"loss": Series.of([3], [30])})

    assert bits(read_metrics(path)) == bits({"loss": Series.of([1, 2, 3], [1, 2, 30])})
    assert bits(tail.read_new()) == bits({"loss": Series.of([3], [30])})
    assert tail.rewound_to == 2


def test_a_tail_sees_each_point_once_and_no_half_line(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    tail = MetricsTail(path)
    assert tail.read_new() == {}
    writer = MetricsWriter(path)
    writer.append({"loss": Series.of([1], [1.0])})
    assert tail.read_new()["loss"].steps.tolist() == [1]
    with path.open("ab") as stream:
        stream.write(b'{"series":{"loss":[[2],')
    assert tail.read_new() == {}
    with path.open("ab") as stream:
        stream.write(b"[2.0]]}}\n")
    assert tail.read_new()["loss"].steps.tolist() == [2]
    assert tail.rewound_to is None


def test_a_tail_starts_again_where_the_file_was_replaced(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    MetricsWriter(path).append({"loss": Series.of([1, 2, 3], [1, 2, 3])})
    tail = MetricsTail(path)
    tail.read_new()
    path.unlink()
    MetricsWriter(path).append({"loss": Series.of([1], [5])})
    assert tail.read_new()["loss"].values.tolist() == [5]
    assert tail.rewound_to == -math.inf


def test_a_disk_that_is_full_loses_no_point(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="only Unix limits the size of files")
    path = tmp_path / "metrics.jsonl"
    writer = MetricsWriter(path)
    assert writer.append({"loss": Series.of([0], [0.0])})
    before = path.read_bytes()
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, old[1]))
    try:
        for step in range(1, 5):
            assert not writer.append({"loss": Series.of([step], [0.0])})
        assert writer.problem is not None
        assert path.read_bytes() == before, "a half line was left behind"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, ignored)
    assert writer.flush()
    assert writer.problem is None
    assert read_metrics(path)["loss"].steps.tolist() == [0, 1, 2, 3, 4]


WRITE_FOR_EVER = """
import sys
from pathlib import Path
from studio.runs.metrics import MetricsWriter
from studio.spec.events import Series

writer = MetricsWriter(Path(sys.argv[1]))
step = 0
while True:
    writer.append({"loss": Series.of([float(step + i) for i in range(50)], [0.1] * 50)})
    step += 50
    print(step, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    for lines in (1, 7, 40):
        path.unlink(missing_ok=True)
        with subprocess.Popen(
            [sys.executable, "-c", WRITE_FOR_EVER, str(path)], stdout=subprocess.PIPE, cwd=Path.cwd(), text=True
        ) as child:
            assert child.stdout is not None
            acknowledged = [int(child.stdout.readline()) for _ in range(lines)][-1]
            child.kill()
        steps = read_metrics(path)["loss"].steps.tolist()
        assert len(steps) >= acknowledged
        assert steps == list(range(len(steps)))


def test_a_million_points_are_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    writer = MetricsWriter(path)
    for start in range(0, 1_000_000, 20_000):
        values = [math.sin(start + index) for index in range(20_000)]
        writer.append({"loss": Series.of([float(start + index) for index in range(20_000)], values)})
    loss = read_metrics(path)["loss"]
    assert len(loss) == 1_000_000
    assert loss.steps[-1] == 999_999
    assert loss.values[-1] == math.sin(999_999)
