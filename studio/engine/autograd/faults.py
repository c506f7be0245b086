"""What went wrong in a snippet, in plain words: the line, the cause, the cure."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass

from studio.engine.autograd.watchdog import TimeLimitReachedError
from studio.spec.recording import SnippetError


@dataclass(frozen=True)
class Fault:
    """A message of Python or PyTorch that we know; `{1}`, `{2}` are the groups of `pattern`."""

    name: str
    kind: type[BaseException]
    pattern: str
    what: str
    why: str
    remedy: str


FAULTS = (
    Fault(
        "autograd.saved_tensor_changed",
        RuntimeError,
        r"modified by an inplace operation: \[[\w.]+ (\[.*?\])\].*?is at version (\d+); expected version (\d+)",
        "Backward needs a tensor that was changed in place after it was saved.",
        "A tensor of shape {1} is at version {2}, but version {3} was saved for backward.",
        "Write the change without the underscore or the [ ] =, so that it makes a new tensor, or change a clone.",
    ),
    Fault(
        "autograd.leaf_changed_in_place",
        RuntimeError,
        r"(a leaf Variable that requires grad|a view of a leaf Variable that requires grad) (is being|has been)",
        "A leaf that requires a gradient is changed in place.",
        "PyTorch could no longer say what the gradient of the old value is.",
        "Change it inside `with torch.no_grad():`, or make a new tensor from it.",
    ),
    Fault(
        "autograd.backward_twice",
        RuntimeError,
        r"Trying to backward through the graph a second time",
        "Backward goes through the same graph a second time.",
        "The first backward freed the tensors that the graph had saved.",
        "Run the forward code again before each backward, or pass retain_graph=True the first time.",
    ),
    Fault(
        "autograd.nothing_requires_grad",
        RuntimeError,
        r"element \d+ of tensors does not require grad and does not have a grad_fn",
        "There is no graph to go back through.",
        "Nothing that this tensor was made from requires a gradient, or it was detached from it.",
        "Make a leaf with requires_grad=True, and leave out .detach(), .item() and torch.no_grad() on the way.",
    ),
    Fault(
        "autograd.not_scalar",
        RuntimeError,
        r"grad can be implicitly created only for scalar outputs",
        "Backward starts from a tensor with more than one element.",
        "Only for a single number is it clear which gradient to start with, namely 1.",
        "Reduce it with .sum() or .mean() first, or pass backward(gradient=...) of the same shape.",
    ),
    Fault(
        "autograd.unused",
        RuntimeError,
        r"differentiated Tensor.* appears to not have been used in the graph",
        "A gradient is asked for a tensor that the result does not depend on.",
        "It was not used in the graph, or a copy of it was.",
        "Use it on the way to the result, or pass allow_unused=True to get None.",
    ),
    Fault(
        "shape.matrices",
        RuntimeError,
        r"mat1 and mat2 shapes cannot be multiplied \((\S+) and (\S+)\)",
        "Matrices of {1} and {2} cannot be multiplied.",
        "The columns of the first must be as many as the rows of the second.",
        "Transpose one of them with .T, or change the size of the layer.",
    ),
    Fault(
        "shape.broadcast",
        RuntimeError,
        r"The size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at .*dimension (\d+)",
        "Two tensors have {1} and {2} elements along dimension {3}, so they do not fit together.",
        "Sizes must be equal, or one of them 1, counted from the last dimension.",
        "Reshape one of them, for example with .unsqueeze() or .T.",
    ),
    Fault(
        "shape.reshape",
        RuntimeError,
        r"shape '(.+?)' is invalid for input of size (\d+)",
        "{2} elements cannot be given the shape {1}.",
        "The product of the new sizes must be the number of elements.",
        "Let PyTorch find one size by writing -1 for it.",
    ),
    Fault(
        "dtype.mismatch",
        RuntimeError,
        r"(?:expected .*?(?:same dtype|scalar type)|Found dtype|must have the same dtype).*",
        "Tensors of different number types meet in one operation.",
        "PyTorch says: {0}.",
        "Convert one of them, for example with .float() or .to(other.dtype).",
    ),
    Fault(
        "dtype.integer_gradient",
        RuntimeError,
        r"[Oo]nly Tensors of floating point (?:and complex dtype )?can require gradients",
        "A tensor of whole numbers cannot require a gradient.",
        "A derivative needs numbers that can change by a little.",
        "Write 2.0 instead of 2, or dtype=torch.float32.",
    ),
    Fault(
        "device.mismatch",
        RuntimeError,
        r"Expected all tensors to be on the same device",
        "Tensors on different devices meet in one operation.",
        "",
        "Move them to one device with .to(device).",
    ),
    Fault(
        "memory.full",
        RuntimeError,
        r"(?:not enough memory|out of memory|can't allocate memory)",
        "The snippet needs more memory than is free.",
        "",
        "Use smaller tensors.",
    ),
    Fault(
        "snippet.interrupted",
        KeyboardInterrupt,
        r"",
        "The snippet was interrupted.",
        "",
        "",
    ),
    Fault(
        "snippet.input",
        EOFError,
        r"^EOF when reading a line",
        "The snippet asks for input, and there is nobody to type it.",
        "A recorded snippet has no keyboard.",
        "Write the value into the code.",
    ),
    Fault(
        "snippet.recursion",
        RecursionError,
        r".*",
        "A function calls itself without end.",
        "Python stops after about a thousand calls within each other.",
        "Let the function return before it calls itself again.",
    ),
    Fault(
        "memory.full",
        MemoryError,
        r".*",
        "The snippet needs more memory than is free.",
        "",
        "Use smaller tensors.",
    ),
    Fault(
        "snippet.no_module",
        ModuleNotFoundError,
        r"No module named '(.+)'",
        "There is no module named {1} here.",
        "It is not installed, or not beside the file.",
        "Install it into the studio's Python environment, or save the snippet beside it.",
    ),
    Fault(
        "snippet.unknown_name",
        NameError,
        r"name '(.+?)' is not defined",
        "The name {1} is not defined.",
        "No line that ran before this one gave it a value.",
        "Check the spelling, or import it.",
    ),
)


def explained(error: BaseException, file: str, seconds: float) -> SnippetError | None:
    """An error of the snippet in plain words; None where it ended itself without fault (``sys.exit(0)``)."""
    line = _line(error, file)
    details = _details(error, file)
    if isinstance(error, SystemExit):
        return _exit(error, line)
    if isinstance(error, TimeLimitReachedError):
        if error.is_asked_for:
            return SnippetError("snippet.stopped", line, "The snippet was stopped.", "", "", details)
        what = f"The snippet ran longer than {seconds:g} seconds and was stopped."
        why = f"It was at line {line} then." if line else ""
        return SnippetError("snippet.too_long", line, what, why, "Look for a loop that does not end.", details)
    if isinstance(error, SyntaxError) and error.filename == file and line is None:
        what = f"Python cannot read this line: {error.msg}."
        return SnippetError(
            "snippet.syntax", error.lineno, what, "", "Correct the line; nothing was run.", details
        )
    text = _text(error)
    for fault in FAULTS:
        match = re.search(fault.pattern, text) if isinstance(error, fault.kind) else None
        if match:
            groups = (match.group(0), *match.groups(""))
            what, why = fault.what.format(*groups), fault.why.format(*groups)
            return SnippetError(fault.name, line, what, why, fault.remedy, details)
    what = f"{type(error).__name__}: {text.rstrip('.')}." if text else f"{type(error).__name__} was raised."
    return SnippetError("snippet.raised", line, what, "", "The details show the way to it.", details)


def _text(error: BaseException) -> str:
    try:
        return " ".join(str(error).split())
    except Exception:
        return ""  # the snippet's own exception fails when asked for its words


def _exit(error: SystemExit, line: int | None) -> SnippetError | None:
    if error.code in (None, 0):
        return None
    what = f"The snippet ended itself with the exit code {_text(error)}."
    return SnippetError("snippet.exit", line, what, "", "Leave sys.exit out to see what comes after.")


def _line(error: BaseException, file: str) -> int | None:
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
    return lines[-1] if lines else None


def _details(error: BaseException, file: str) -> str:
    """The traceback from the snippet's first line on; what lies outside is ours and tells nothing."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != file:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace, limit=-40))
