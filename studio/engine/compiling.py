"""Models translated to machine code by torch.compile; their weights and names stay where they are."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from typing import cast

import torch
from torch import nn

from studio.spec.errors import UserError

_COMPILERS = ("g++", "clang++", "c++", "cl", "icpx")


def compiled(model: nn.Module) -> nn.Module:
    """The model as what is called in its place; the model itself stays as it is, with its weights.

    Raises:
        UserError: ``compile.no_compiler``: there is no C++ compiler.
    """
    named = os.environ.get("CXX", "")
    if not any(shutil.which(name) for name in (named, *_COMPILERS) if name):
        raise UserError(
            "compile.no_compiler",
            "`training.compile` is True, but no C++ compiler was found.",
            f"Looked for {', '.join(_COMPILERS)} on the path.",
            f"{_remedy()} Or set training.compile = false.",
        )
    # In this process alone: others that compile along would outlive it.
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")
    make = cast("Callable[[nn.Module], nn.Module]", torch.compile)
    return make(model)


def _remedy() -> str:
    if sys.platform == "win32":
        return "Install the Build Tools for Visual Studio."
    return "Run xcode-select --install." if sys.platform == "darwin" else "Install g++ or clang++."
