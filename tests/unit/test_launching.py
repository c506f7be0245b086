"""What the processes of one run that failed make of the exit code, and who is said to be at fault."""

from __future__ import annotations

import pytest

from studio.headless.launching import _exit_code

TERM, KILL = -15, -9


@pytest.mark.parametrize(
    ("codes", "asked", "code", "said"),
    [
        ({0: 130}, True, 130, ""),
        ({0: 130, 1: TERM}, True, 130, ""),
        ({0: TERM, 1: TERM}, True, 130, "Interrupted.\n"),
        ({0: 1, 1: TERM}, False, 1, ""),
        ({0: 2, 1: 1}, False, 2, ""),
        ({1: 1}, False, 1, ""),
        ({0: TERM, 1: KILL}, False, 1, "rank 1: Its process was ended by SIGKILL.\n"),
        ({0: 1, 1: KILL}, False, 1, "rank 1: Its process was ended by SIGKILL.\n"),
        ({1: TERM}, False, 1, "rank 1: Its process was ended by SIGTERM.\n"),
    ],
)
def test_the_first_process_decides_and_the_lost_one_is_named(
    codes: dict[int, int], asked: bool, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _exit_code(codes, was_asked_to_stop=asked) == code
    assert capsys.readouterr().err == said
