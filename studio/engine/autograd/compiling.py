"""Lets code given to `torch.compile` run as it is written, for compiled code took in calls of the recorder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

import torch


@dataclass
class Uncompiled:
    """Whether `torch.compile` was called."""

    was_asked_for: bool = False


@contextmanager
def uncompiled() -> Iterator[Uncompiled]:
    """Within it nothing is compiled; what `torch.compile` gives runs the plain code.

    The switch for it lies in a module that takes a second to import, so it is set at the first call
    of `torch.compile`, unless that module is there already.
    """
    found = Uncompiled()
    plain = torch.compile
    with ExitStack() as stack:
        if "torch._dynamo" in sys.modules:
            stack.enter_context(torch.compiler.set_stance("force_eager"))

        @wraps(plain)
        def compile_nothing(*args: Any, **kwargs: Any) -> Any:
            if torch.compile is compile_nothing and not found.was_asked_for:
                found.was_asked_for = True
                stack.enter_context(torch.compiler.set_stance("force_eager"))
            return plain(*args, **kwargs)

        torch.compile = compile_nothing
        stack.callback(setattr, torch, "compile", plain)
        yield found
