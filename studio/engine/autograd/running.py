"""Runs a snippet as Python runs a file, with its output kept and its traces in the process removed."""

from __future__ import annotations

import gc
import io
import linecache
import os
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from studio.engine.autograd.capture import Recorder
from studio.engine.autograd.compiling import Uncompiled, uncompiled
from studio.engine.autograd.faults import explained
from studio.engine.autograd.picture import picture_of
from studio.engine.autograd.source import Snippet
from studio.engine.autograd.watchdog import Watchdog
from studio.spec.recording import Recording, SnippetRequest


class _Bytes(io.RawIOBase):
    """The bytes below a text stream, as in ``sys.stdout.buffer.write(b"...")``."""

    def __init__(self, output: KeptOutput) -> None:
        super().__init__()
        self._output = output

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        """Keep the bytes as text. A character that is split between two calls is not put together."""
        view = bytes(memoryview(data))
        self._output.write(view.decode(errors="replace"))
        return len(view)


class KeptOutput(io.TextIOBase):
    """A text stream that keeps the first `limit` bytes and counts the rest."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.buffer = _Bytes(self)
        self._left = limit
        self._parts: list[str] = []
        self.dropped = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        """Keep what still has room. Raises TypeError for anything but text, as a file does."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        size = len(text.encode(errors="replace"))
        if size <= self._left:
            self._left -= size
            self._parts.append(text)
            return len(text)
        kept = text.encode(errors="replace")[: self._left].decode(errors="ignore")
        if kept:
            self._parts.append(kept)
        self.dropped += size - self._left
        self._left = 0
        return len(text)

    def text(self) -> str:
        """What was kept."""
        return "".join(self._parts)


def record(request: SnippetRequest, should_stop: Callable[[], bool] = lambda: False) -> Recording:
    """Run a snippet and give back all that is known of it, up to where it ended.

    An error of the snippet is part of the recording, never raised. The snippet's results are the
    same bits as without the recording; nothing of it stays in memory.
    """
    file = str(Path(request.folder, request.file)) if request.folder else request.file
    stdout, stderr = KeptOutput(request.output_bytes), KeptOutput(request.output_bytes)
    recorder = Recorder(Snippet(request.text, file), request.operations)
    module = types.ModuleType("__main__")
    module.__file__ = file
    error: BaseException | None = None
    began = time.perf_counter()
    with (
        _surroundings(request, module, file),
        redirect_stdout(stdout),
        redirect_stderr(stderr),
        uncompiled() as compiling,
    ):
        try:
            code = compile(request.text, file, "exec", dont_inherit=True)
            with Watchdog(request.seconds, should_stop), recorder:
                exec(code, module.__dict__)
        except BaseException as caught:
            error = caught
        seconds = time.perf_counter() - began
        notes = recorder.close(module.__dict__)
    recording = replace(
        picture_of(notes, request.file),
        stdout=stdout.text(),
        stderr=stderr.text(),
        notes=_remarks(request, recorder, compiling, stdout, stderr),
        error=explained(error, file, request.seconds) if error is not None else None,
        seconds=seconds,
    )
    _let_go(module, error)
    collect_garbage()
    return recording


def run_quietly(
    request: SnippetRequest,
    mode: TorchFunctionMode,
    should_stop: Callable[[], bool],
    look: Callable[[dict[str, Any]], None],
    dtype: torch.dtype,
) -> None:
    """Run a snippet under `mode` with its output and its errors dropped, and let `look` see its variables.

    `dtype` is the default number type while it runs.
    """
    file = str(Path(request.folder, request.file)) if request.folder else request.file
    module = types.ModuleType("__main__")
    module.__file__ = file
    error: BaseException | None = None
    with (
        _surroundings(request, module, file),
        redirect_stdout(KeptOutput(0)),
        redirect_stderr(KeptOutput(0)),
        uncompiled(),
    ):
        torch.set_default_dtype(dtype)
        try:
            code = compile(request.text, file, "exec", dont_inherit=True)
            with Watchdog(request.seconds, should_stop), mode:
                exec(code, module.__dict__)
        except BaseException as caught:
            error = caught
        look(module.__dict__)
    _let_go(module, error)  # without collecting garbage: many such runs follow each other


def collect_garbage() -> None:
    """Free what a snippet's tensors and graphs hold in circles.

    In a thread of the window this is left to the window: it would destroy widgets in the wrong thread.
    """
    if threading.current_thread() is threading.main_thread():
        gc.collect()


def _remarks(
    request: SnippetRequest, recorder: Recorder, compiling: Uncompiled, *outputs: KeptOutput
) -> tuple[str, ...]:
    remarks = []
    if compiling.was_asked_for:
        remarks.append("torch.compile was left out here: the code ran as it is written.")
    if recorder.notes.is_full:
        remarks.append(f"Only the first {request.operations:,} operations are recorded; the rest ran unrecorded.")
    dropped = sum(output.dropped for output in outputs)
    if dropped:
        remarks.append(f"{dropped:,} bytes of output were dropped; {request.output_bytes:,} bytes are kept.")
    return tuple(remarks)


def _let_go(module: types.ModuleType, error: BaseException | None) -> None:
    """Drop the snippet's variables and the frames of its error, which hold tensors."""
    module.__dict__.clear()
    while error is not None:
        error.__traceback__ = None
        error = error.__context__


@contextmanager
def _surroundings(request: SnippetRequest, module: types.ModuleType, file: str) -> Iterator[None]:
    """What a script expects around it, and afterwards everything as it was before."""
    with ExitStack() as stack:
        stack.enter_context(_kept(sys, "argv", [file]))
        stack.enter_context(_kept(sys, "stdin", io.StringIO("")))
        stack.enter_context(_kept(sys, "path", [*([request.folder] if request.folder else []), *sys.path]))
        stack.enter_context(_main_module(module))
        stack.enter_context(_torch_settings())
        stack.enter_context(warnings.catch_warnings())
        _filter_warnings_like_python()
        lines = request.text.splitlines(keepends=True)
        linecache.cache[file] = (len(request.text), None, lines, file)
        stack.callback(linecache.cache.pop, file, None)
        if request.folder and Path(request.folder).is_dir():
            stack.callback(os.chdir, Path.cwd())
            os.chdir(request.folder)
        yield


def _filter_warnings_like_python() -> None:
    """Show a snippet's warnings as ``python FILE`` does, whatever the process around it does with its own."""
    warnings.resetwarnings()
    for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", category)
    warnings.filterwarnings("default", category=DeprecationWarning, module="__main__")


@contextmanager
def _kept(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextmanager
def _main_module(module: types.ModuleType) -> Iterator[None]:
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        yield
    finally:
        sys.modules["__main__"] = before


@contextmanager
def _torch_settings() -> Iterator[None]:
    """A snippet may switch these for the whole process; the next one starts with the old ones."""
    dtype, grad = torch.get_default_dtype(), torch.is_grad_enabled()
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(grad)
