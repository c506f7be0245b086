"""What a run runs on: versions, processor, system. Read from package metadata; torch is not imported."""

from __future__ import annotations

import os
import platform
import sys
from functools import cache
from importlib import metadata
from typing import Any

from studio import __version__

PACKAGES = ("torch", "torchvision", "numpy", "scikit-learn", "pillow", "onnx", "onnxscript", "onnxruntime")
"""The packages whose version can change the outcome of a run or an export."""


def environment() -> dict[str, Any]:
    """What this process runs on, as plain data for ``environment.json``.

    The engine adds what only torch knows, such as the device.
    """
    import psutil  # late: the window starts without it

    return {
        "studio": __version__,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "processor": processor_name(),
        "cpus": cpu_count(),
        "memory": psutil.virtual_memory().total,
        "packages": {name: version for name in PACKAGES if (version := package_version(name))},
        "command": list(sys.argv),
    }


def package_version(name: str) -> str:
    """The installed version of a package; "" where it is missing. Nothing is imported."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def cpu_count() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


@cache
def processor_name() -> str:
    """The processor as its maker calls it, where the system says."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as stream:  # noqa: PTH123 - line by line
            for line in stream:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
