"""`pytorch-studio doctor`: what is installed, which devices, where data is, what is wrong and how to mend it."""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from studio import __version__
from studio.headless.console import print_json, size
from studio.headless.packages import (
    PACKAGES,
    install_line,
    installed_version,
    missing_package,
    wanted_versions,
)
from studio.runs.environment import cpu_count, processor_name
from studio.runs.workspace import Workspace, default_root
from studio.settings.store import FILE_NAME, config_folder
from studio.spec.errors import UserError

SUMMARY = "Say what is installed, which devices there are, where data is, what is wrong and how to mend it."

_LITTLE_SPACE = 2_000_000_000


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `remedy` is "" where it is well."""

    name: str
    is_well: bool
    value: str
    remedy: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print one object")


def run(arguments: argparse.Namespace) -> int:
    """Look at everything and print it; 1 where something must be mended before the studio works."""
    findings = [*_system(), *_packages(), *_devices(), *_window(), *_places(arguments.workspace)]
    wrong = [finding for finding in findings if not finding.is_well]
    if arguments.json:
        print_json({"is_well": not wrong, "findings": [asdict(finding) for finding in findings]})
        return int(bool(wrong))
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        print(f"{'✓' if finding.is_well else '✗'} {finding.name:<{width}}  {finding.value}")
        if finding.remedy:
            print(f"  {'':<{width}}  → {finding.remedy}")
    print("\nEverything is well." if not wrong else f"\n{len(wrong)} to mend.")
    return int(bool(wrong))


def _system() -> list[Finding]:
    is_new_enough = sys.version_info >= (3, 11)
    return [
        Finding("PyTorch Studio", True, __version__),
        Finding(
            "Python",
            is_new_enough,
            f"{platform.python_version()} ({sys.executable})",
            "" if is_new_enough else "Install Python 3.11 or newer.",
        ),
        Finding("System", True, platform.platform()),
        Finding("Processor", True, f"{processor_name()}, {cpu_count()} in use"),
    ]


def _packages() -> list[Finding]:
    findings = []
    unfit = wanted_versions()
    for package in PACKAGES:
        version = installed_version(package)
        wanted = unfit.get(package.name, "")
        value = f"{version}, but {wanted} is needed" if version and wanted else version or "missing"
        is_well = bool(version) and not wanted
        install = install_line(shlex.quote(package.name + wanted))
        remedy = "" if is_well else f"Needed for {package.purpose}: {install}"
        findings.append(Finding(package.name, is_well, value, remedy))
    return findings


def _devices() -> list[Finding]:
    try:
        import torch
    except Exception as error:
        mendable = missing_package(error)
        remedy = mendable.remedy if mendable else f"Install it again: {install_line('torch', 'torchvision')}"
        return [Finding("Devices", False, f"torch cannot be loaded: {error}", remedy)]
    found: list[Any] = [f"cpu ({torch.get_num_threads()} threads)"]
    if torch.cuda.is_available():
        found += [
            f"cuda:{index} ({torch.cuda.get_device_name(index)})" for index in range(torch.cuda.device_count())
        ]
    if torch.backends.mps.is_available():
        found.append("mps")
    if torch.xpu.is_available():
        found += [f"xpu:{index} ({torch.xpu.get_device_name(index)})" for index in range(torch.xpu.device_count())]
    weights = Path(torch.hub.get_dir()) / "checkpoints"
    return [Finding("Devices", True, ", ".join(found)), Finding("Downloaded weights", True, str(weights))]


def _window() -> list[Finding]:
    # In a process of its own: this one stays without Qt, and a library that is missing may end it.
    done = subprocess.run(
        [sys.executable, "-c", "import PySide6.QtWidgets"], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        is_shown = sys.platform != "linux" or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
        return [Finding("Window", True, "can open" if is_shown else "can open once there is a display")]
    reason = (done.stderr.strip().splitlines() or [f"its process ended with {done.returncode}"])[-1]
    remedy = "Install the system libraries that Qt needs; the README lists them. The commands work without."
    return [Finding("Window", False, f"Qt cannot be loaded: {reason}", remedy)]


def _places(root: Path | None) -> list[Finding]:
    where = str(root or default_root())
    settings = Finding("Settings", True, str(config_folder() / FILE_NAME))
    try:
        workspace = Workspace.open(root)
    except UserError as error:
        return [settings, Finding("Workspace", False, f"{where}: {error.what} {error.why}", error.remedy)]
    free = shutil.disk_usage(workspace.root).free
    return [
        settings,
        Finding("Workspace", True, f"{workspace.root}, can be written"),
        Finding(
            "Free disk",
            free >= _LITTLE_SPACE,
            size(free),
            "" if free >= _LITTLE_SPACE else "Checkpoints need room: free the disk or choose another workspace.",
        ),
    ]
