"""Cause every fault and print survived / tried: `python -m tests.faults`."""

from __future__ import annotations

from pathlib import Path

import pytest


class Count:
    """Counts faults as pytest reports them, and prints one line each."""

    def __init__(self) -> None:
        self.survived = 0
        self.tried = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the report of a fault: its call, or what stopped it before."""
        if report.when != "call" and not report.failed:
            return
        self.tried += report.when == "call"
        self.survived += report.when == "call" and report.passed
        self.survived -= report.when == "teardown" and report.failed
        name = report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ")
        print(f"{'survived' if report.passed else 'NOT SURVIVED':<13} {name}")

    def line(self) -> str:
        """The sum."""
        return f"survived {self.survived} / tried {self.tried}"


def main() -> int:
    """Cause the faults; 0 where every one was survived."""
    count = Count()
    code = pytest.main(
        ["-q", "--no-header", "-p", "no:cacheprovider", str(Path(__file__).parent)], plugins=[count]
    )
    print(count.line())
    return int(code)


if __name__ == "__main__":
    raise SystemExit(main())
