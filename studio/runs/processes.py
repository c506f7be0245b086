"""Whether a process that once wrote its number down still lives."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path


def birth_mark(pid: int) -> str:
    """A text that tells this process from a later one with the same number; "" where there is none.

    On Linux it is the boot and the tick of the start: unlike a time of day it stays the same when
    the clock is set. A zombie counts as gone.
    """
    if sys.platform == "linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else f"{_boot()}/{fields[19]}"
    import psutil  # late: the window starts without it

    try:
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.1f}"
    except psutil.Error:
        return ""


def is_alive(pid: int, mark: str = "") -> bool:
    """Whether process `pid` lives and, where a birth mark is given, still is the same one."""
    now = birth_mark(pid) if pid > 0 else ""
    return bool(now) and (not mark or now == mark)


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
    except OSError:
        return "boot"
