"""Snippets as files, and the literals in them that can be turned like knobs. No Qt in here."""

from __future__ import annotations

import ast
import io
import os
import stat
import tempfile
import tokenize
from dataclasses import dataclass
from pathlib import Path

from studio.resources import resource
from studio.spec.errors import UserError

_LARGEST = 1_000_000


@dataclass(frozen=True)
class Lesson:
    """A snippet that ships with the studio: its title, what it shows, and its code."""

    title: str
    text: str
    code: str
    file: str


@dataclass(frozen=True)
class Literal:
    """A leaf that is made from one number in the text: ``x = torch.tensor(2.0, requires_grad=True)``.

    `start` and `end` are positions of the number in the text, in characters.
    """

    name: str
    value: float
    line: int
    start: int
    end: int


@dataclass(frozen=True)
class SourceFile:
    """The text of a file, and how it was written there."""

    path: Path
    text: str
    encoding: str = "utf-8"
    newline: str = "\n"


def lessons() -> list[Lesson]:
    """The lessons, in their order."""
    return [_lesson(path) for path in sorted(resource("lessons").glob("*.py"))]


def read_source(path: Path) -> SourceFile:
    """Read a Python file in the encoding that it declares.

    Raises:
        UserError: it cannot be opened, is too long, or is not text.
    """
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):  # to open a pipe would wait for its writer
            reason = "it is a folder" if stat.S_ISDIR(about.st_mode) else "it is not an ordinary file"
            raise UserError("snippet.unreadable", f"{path.name} could not be opened: {reason}.", "", "")
        with path.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else str(error.strerror).lower()
        raise UserError("snippet.unreadable", f"{path.name} could not be opened: {reason}.", "", "") from None
    if len(data) > _LARGEST:
        size = max(about.st_size, len(data)) / 1e6
        raise UserError("snippet.too_large", f"{path.name} is {size:,.1f} MB.", "A snippet has at most 1 MB.")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (UnicodeDecodeError, SyntaxError):
        raise UserError(
            "snippet.not_text", f"{path.name} is not Python text.", "It is not UTF-8.", "Open a .py file."
        ) from None
    if "\0" in text:
        raise UserError("snippet.not_text", f"{path.name} is not Python text.", "", "Open a .py file.")
    newline = "\r\n" if "\r\n" in text else "\n"
    return SourceFile(path, text.replace("\r\n", "\n").replace("\r", "\n"), encoding, newline)


def write_source(source: SourceFile) -> None:
    """Put a text into its file at one stroke, so that a crash leaves the old one or the new one.

    Raises:
        UserError: the file cannot be written, or its encoding lacks a character.
    """
    target = source.path.resolve()
    try:
        data = source.text.replace("\n", source.newline).encode(source.encoding)
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
            Path(temporary).chmod(mode)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UserError(
            "snippet.not_saved",
            f"{source.path.name} could not be saved: {str(error.strerror or error).lower()}.",
            "The file is as it was, and your text is still in the editor.",
            "Save it under another name.",
        ) from None
    except UnicodeEncodeError as error:
        character = source.text[error.start]
        raise UserError(
            "snippet.not_saved",
            f"{source.path.name} could not be saved: {source.encoding} has no {character!r}.",
            "The first lines of the file declare this encoding.",
            "Declare utf-8 there, or remove the declaration.",
        ) from None


def literals(text: str) -> list[Literal]:
    """The scalar leaves whose number can be changed in the text without changing anything else.

    Sound only where the name is assigned once, on one line of the module itself, from a call of
    `tensor` with a plain number as its first argument and ``requires_grad=True``.
    """
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    names = [
        node.id for node in ast.walk(module) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    found = []
    for statement in module.body:
        number = _leaf_number(statement)
        if number is None:
            continue
        assert isinstance(statement, ast.Assign)
        target = statement.targets[0]
        assert isinstance(target, ast.Name)
        if names.count(target.id) != 1 or number.lineno != number.end_lineno or number.end_col_offset is None:
            continue
        encoded = lines[number.lineno - 1].encode()
        begin = starts[number.lineno - 1] + len(encoded[: number.col_offset].decode())
        end = starts[number.lineno - 1] + len(encoded[: number.end_col_offset].decode())
        found.append(Literal(target.id, float(ast.literal_eval(number)), number.lineno, begin, end))
    return found


def with_literal(text: str, literal: Literal, value: float) -> str:
    """The text with another number for a leaf."""
    return text[: literal.start] + number_code(value) + text[literal.end :]


def number_code(value: float) -> str:
    """A number as Python code, with no more digits than a person set."""
    return repr(round(value, 6))


def _leaf_number(statement: ast.stmt) -> ast.expr | None:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    call = statement.value
    if not isinstance(statement.targets[0], ast.Name) or not isinstance(call, ast.Call) or len(call.args) != 1:
        return None
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    requires = any(
        keyword.arg == "requires_grad" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for keyword in call.keywords
    )
    number = call.args[0]
    inner = number.operand if isinstance(number, ast.UnaryOp) and isinstance(number.op, ast.USub) else number
    is_float = isinstance(inner, ast.Constant) and type(inner.value) is float
    return number if function == "tensor" and requires and is_float else None


def _lesson(path: Path) -> Lesson:
    source = read_source(path).text
    module = ast.parse(source)
    title, _, text = (ast.get_docstring(module) or path.stem).partition("\n")
    after = module.body[0].end_lineno or 0
    code = "\n".join(source.splitlines()[after:]).strip("\n") + "\n"
    return Lesson(title, " ".join(text.split()), code, path.name)
