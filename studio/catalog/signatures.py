"""Signatures and docstrings read from source text: what a class takes, without importing its module."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCALARS = ("bool", "int", "float", "str")
_SEQUENCES = ("list", "tuple", "List", "Tuple", "Sequence", "Iterable")


class UnreadableError(Exception):
    """A value or a type that a specification cannot hold, such as a function."""


@dataclass(frozen=True)
class Argument:
    """One argument as the source says it; `annotation` is None where no specification could hold it."""

    name: str
    annotation: str | None
    default: Any
    required: bool
    choices: tuple[Any, ...]


class SourceFile:
    """The top-level definitions of one Python file; `constants` from elsewhere fill in f-strings."""

    def __init__(self, path: Path, constants: dict[str, Any] | None = None) -> None:
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        self.classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        self.functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        self.constants: dict[str, Any] = dict(constants or {})
        self._attached: dict[str, ast.expr] = {}
        for node in tree.body:
            self._note_assignment(node)

    def _note_assignment(self, node: ast.stmt) -> None:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Attribute) and target.attr == "__doc__" and isinstance(target.value, ast.Name):
            self._attached[target.value.id] = value  # type: ignore[assignment]  # an assignment has a value
        elif isinstance(target, ast.Name) and isinstance(value, ast.expr):
            try:
                self.constants[target.id] = constant(value, self.constants)
            except UnreadableError:
                return

    def doc(self, name: str) -> str:
        """The docstring of a class or function, also where it is attached as ``Name.__doc__ = …``."""
        attached = self._attached.get(name)
        if attached is not None:
            return _text(attached, self.constants)
        node = self.classes.get(name) or self.functions.get(name)
        return (ast.get_docstring(node) or "") if node else ""

    def arguments(self, name: str) -> list[Argument]:
        """Arguments of a function, or of a class's own ``__init__``, without ``self``."""
        node: ast.FunctionDef | None = self.functions.get(name)
        if name in self.classes:
            node = method(self.classes[name], "__init__")
        if node is None:
            return []
        spec = node.args
        named = [*spec.posonlyargs, *spec.args]
        defaults: list[ast.expr | None] = [None] * (len(named) - len(spec.defaults))
        pairs = [*zip(named, [*defaults, *spec.defaults], strict=True)]
        pairs += zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
        return [self._argument(argument, default) for argument, default in pairs if argument.arg != "self"]

    def _argument(self, argument: ast.arg, default: ast.expr | None) -> Argument:
        try:
            value = None if default is None else constant(default, self.constants)
            if argument.annotation is None:
                annotation, choices = _type_of(value), ()
            else:
                annotation, choices = written_type(argument.annotation)
        except UnreadableError:
            return Argument(argument.arg, None, None, default is None, ())
        if annotation.startswith("float") and type(value) is int:
            value = float(value)
        return Argument(argument.arg, annotation, value, default is None, choices)


def method(node: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    """A class's own method of that name."""
    return next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == name), None)


def base_names(node: ast.ClassDef) -> list[str]:
    """The last parts of the names of a class's bases."""
    return [base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases]


def constant(node: ast.expr, names: dict[str, Any]) -> Any:
    """The value of a constant expression (numbers, text, tuples, ``1.0 / 3``, known names).

    Raises:
        UnreadableError: it is anything else.
    """
    if isinstance(node, ast.Name) and node.id in names:
        return names[node.id]
    if isinstance(node, ast.Tuple | ast.Dict | ast.Call):
        return _composed(node, names)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return constant(node.left, names) / constant(node.right, names)
    if isinstance(node, (ast.JoinedStr, ast.BinOp)):
        return _text(node, names)
    try:
        return ast.literal_eval(node)
    except ValueError as error:
        raise UnreadableError(ast.unparse(node)) from error


def _composed(node: ast.Tuple | ast.Dict | ast.Call, names: dict[str, Any]) -> Any:
    """The value of a tuple, a dictionary, or a count of another constant of the file."""
    if isinstance(node, ast.Tuple):
        return tuple(constant(part, names) for part in node.elts)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {constant(key, names): constant(value, names) for key, value in pairs if key is not None}
    made: dict[str, Any] = {"len": len, "tuple": tuple, "range": range}
    name = ast.unparse(node.func)
    if name not in made or node.keywords:
        raise UnreadableError(ast.unparse(node))
    return made[name](*(constant(part, names) for part in node.args))


def written_type(node: ast.expr) -> tuple[str, tuple[Any, ...]]:
    """An annotation in the few words that `Parameter.annotation` knows, and its choices.

    Tensors are dropped from unions, because a specification holds plain values.

    Raises:
        UnreadableError: no plain value fits it.
    """
    # A number is preferred to a list of numbers, one for each parameter group: there is one group.
    options = sorted(union_parts(node), key=lambda option: isinstance(option, ast.Subscript))
    optional = " | None" if any(_is_none(option) for option in options) else ""
    for option in options:
        if isinstance(option, ast.Name) and option.id in _SCALARS:
            return option.id + optional, ()
        if isinstance(option, ast.Subscript):
            head = getattr(option.value, "id", getattr(option.value, "attr", ""))
            parts = option.slice.elts if isinstance(option.slice, ast.Tuple) else [option.slice]
            if head == "Literal":
                choices = tuple(ast.literal_eval(part) for part in parts)
                return _type_of(choices[0]) + optional, choices
            if head in _SEQUENCES:
                return _sequence(parts) + optional, ()
    raise UnreadableError(ast.unparse(node))


def _sequence(parts: list[ast.expr]) -> str:
    fixed = len(parts) > 1 and not any(isinstance(part, ast.Constant) and part.value is ... for part in parts)
    items = [written_type(part)[0] for part in (parts if fixed else parts[:1])]
    if any(item not in _SCALARS for item in items):
        raise UnreadableError(", ".join(items))
    return f"tuple[{', '.join(items)}]" if fixed else f"list[{items[0]}]"


def union_parts(node: ast.expr) -> list[ast.expr]:
    """The parts of a union, however it is written."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return union_parts(node.left) + union_parts(node.right)
    if isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == "Optional":
        return [*union_parts(node.slice), ast.Constant(None)]
    if isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == "Union":
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return [option for part in parts for option in union_parts(part)]
    return [node]


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _type_of(value: Any) -> str:
    if type(value) in (bool, int, float, str):
        return type(value).__name__
    raise UnreadableError(repr(value))


def _text(node: ast.expr, names: dict[str, Any]) -> str:
    """The text of a string expression: literals, ``+``, and f-strings over known constants."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left, names) + _text(node.right, names)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, names) for part in node.values)
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Name):
        return str(names.get(node.value.id, ""))
    raise UnreadableError(ast.unparse(node))


_ITEM = re.compile(r"^(?P<indent> +)(?P<name>\w+)(?: *\((?P<type>[^\n]*?)\))?:(?: (?P<text>.*))?$")
_DEFAULT = re.compile(r"\s*(?:\(default: .*?\)|Default: .*)\.?$")


def first_sentence(doc: str) -> str:
    """The first sentence of a docstring, without markup."""
    paragraph = " ".join(doc.strip().split("\n\n")[0].split())
    return plain(re.split(r"(?<=[.!?])\s", paragraph)[0])


def parameter_help(doc: str) -> dict[str, str]:
    """What the ``Args:`` part of a Google-style docstring says of each parameter, in one line each."""
    found: dict[str, list[str]] = {}
    indent, current = 0, None
    for line in doc.expandtabs().splitlines():
        match = _ITEM.match(line)
        if line.strip() in ("Args:", "Parameters:"):
            current = None
        elif match and (current is None or len(match["indent"]) <= indent):
            indent, current = len(match["indent"]), found.setdefault(match["name"], [])
            current.append(match["text"] or "")
        elif current is not None and line.strip() and len(line) - len(line.lstrip()) > indent:
            current.append(line.strip())
        else:
            current = None
    return {name: _DEFAULT.sub("", plain(" ".join(lines))) for name, lines in found.items()}


def plain(text: str) -> str:
    """Text without the markup of docstrings: roles, double backticks, mathematics' dollar-like signs."""
    text = re.sub(r":\w+:`~?([^`<]*?)(?: <[^`]*>)?`", r"\1", text)
    text = re.sub(r"`([^`]*?) *<[^`]*>`_+", r"\1", text)
    return " ".join(text.replace("``", "`").replace("`_", "`").split())
