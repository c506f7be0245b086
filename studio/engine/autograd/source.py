"""From a running frame to the place in the snippet, and to the names that the snippet gave its tensors."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

import torch

from studio.spec.recording import Place

_OPTIMIZERS = "/torch/optim/"
_SHORT = 64


class Snippet:
    """The text that is recorded, under the file name that its code objects carry."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self._lines = text.split("\n")
        self._positions: dict[CodeType, list[tuple[int | None, ...]]] = {}

    def frame(self, frame: FrameType | None) -> tuple[FrameType | None, bool]:
        """The innermost frame of the snippet, and whether an optimizer lies between it and `frame`."""
        in_optimizer = False
        while frame is not None and frame.f_code.co_filename != self.file:
            in_optimizer = in_optimizer or _OPTIMIZERS in frame.f_code.co_filename.replace("\\", "/")
            frame = frame.f_back
        return frame, in_optimizer

    def place(self, frame: FrameType) -> Place:
        """The expression that `frame` evaluates now."""
        code = frame.f_code
        if code not in self._positions:
            self._positions[code] = list(code.co_positions())
        line, end_line, column, end_column = self._positions[code][frame.f_lasti // 2]
        line = line or frame.f_lineno
        end_line = end_line or line
        if column is None or end_column is None:
            return Place(line, 1, line, len(self._line(line)) + 1)
        return Place(
            line, self._characters(line, column) + 1, end_line, self._characters(end_line, end_column) + 1
        )

    def _line(self, number: int) -> str:
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    def _characters(self, line: int, offset: int) -> int:
        text = self._line(line)
        return offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))


def variables(frame: FrameType) -> list[dict[str, Any]]:
    """The variables that can name a tensor: the function's own, then the module's.

    Arguments are left out: inside a function `x` is often not what the code outside calls `x`.
    """
    if frame.f_locals is frame.f_globals:
        return [frame.f_globals]
    code = frame.f_code
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    inner = {name: value for name, value in frame.f_locals.items() if name not in arguments or name == "self"}
    return [inner, frame.f_globals]


def named_tensors(spaces: list[dict[str, Any]], with_modules: bool) -> Iterator[tuple[str, torch.Tensor]]:
    """The tensors that variables hold, directly or in short sequences, and as parameters of modules.

    Earlier spaces come first: locals win over globals of the same tensor. Looking into modules costs
    time and is worth it only where a parameter has no name yet.
    """
    for space in spaces:
        for name, value in list(space.items()):
            if not name.startswith("__"):
                yield from _inside(name, value, with_modules)


def _inside(name: str, value: Any, with_modules: bool) -> Iterator[tuple[str, torch.Tensor]]:
    if isinstance(value, torch.Tensor):
        yield name, value
    elif isinstance(value, torch.nn.Module):
        if with_modules:
            prefix = "" if name == "self" else f"{name}."
            for inner, parameter in _parameters(value):
                yield prefix + inner, parameter
    elif type(value) in (list, tuple) and len(value) <= _SHORT:
        for position, item in enumerate(value):
            if isinstance(item, torch.Tensor):
                yield f"{name}[{position}]", item
    elif type(value) is dict and len(value) <= _SHORT:
        for key, item in list(value.items()):
            if isinstance(item, torch.Tensor):
                yield f"{name}[{key!r}]", item


def _parameters(module: torch.nn.Module) -> list[tuple[str, torch.Tensor]]:
    try:
        return list(module.named_parameters())
    except Exception:
        return []  # the snippet's own code, or a module that is not ready yet: its parameters stay unnamed
