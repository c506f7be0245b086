"""The house rules as functions: each reads a tree of sources and says, one line each, what breaks it.

They take the root of the tree, so that a test can also give them a small one that is wrong on purpose.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60

QT = frozenset({"PySide6", "shiboken6", "pyqtgraph", "superqt", "qtawesome", "qtpy"})
TORCH = frozenset({"torch", "torchvision", "torchaudio", "onnx", "onnxruntime", "onnxscript"})
VAGUE_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "misc"})

_MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:work|opt|root|mnt|home|Users|usr/local)/\w")
_PACKAGE_INDEX = re.compile(r"pythonhosted|pypi\.|--(?:extra-)?index-url|conda\.anaconda", re.IGNORECASE)
_UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
_TEXTS = frozenset({".py", ".md", ".toml", ".txt", ".json", ".svg", ".csv"})

Rule = Callable[[Path], list[str]]


def qt_stays_in_the_window(root: Path) -> list[str]:
    """Qt is imported only by `studio/app.py`, `studio/ui` and `studio/bridge`."""
    return _imports_outside(root, QT, ("studio/app.py", "studio/ui/", "studio/bridge/"))


def torch_stays_in_the_engine(root: Path) -> list[str]:
    """torch and its kin are imported only by `studio/engine`, `studio/zoo` and `studio/headless`."""
    return _imports_outside(root, TORCH, ("studio/engine/", "studio/zoo/", "studio/headless/"))


def no_widgets_in_bridge_and_presenters(root: Path) -> list[str]:
    """The bridge and the presenters know of Qt only QtCore."""
    found = []
    for path, tree in _sources(root, "studio"):
        if not (path.startswith("studio/bridge/") or path.endswith("presenter.py")):
            continue
        for line, module in _imports(tree):
            if module.split(".")[0] in QT and not module.startswith("PySide6.QtCore"):
                found.append(f"{path}:{line} imports {module}")
    return found


def files_are_short(root: Path) -> list[str]:
    """No file has more than 400 lines."""
    lengths = {path: len((root / path).read_text(encoding="utf-8").splitlines()) for path, _ in _sources(root)}
    return [f"{path} has {count} lines" for path, count in lengths.items() if count > MAX_FILE_LINES]


def functions_are_short(root: Path) -> list[str]:
    """No function has more than 60 lines, its docstring included."""
    found = []
    for path, tree in _sources(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    found.append(f"{path}:{node.lineno} {node.name} has {lines} lines")
    return found


def nothing_waits_blindly(root: Path) -> list[str]:
    """Nobody sleeps, pumps events by hand or kills a thread; tests wait for signals and conditions."""
    return [f"{path}:{node.lineno} calls {name}" for path, node, name in _calls(root) if _is_blind(name)]


def slots_are_not_lambdas_over_self(root: Path) -> list[str]:
    """`signal.connect` takes bound methods: a lambda that holds `self` keeps the widget alive."""
    found = []
    for path, node, name in _calls(root, "studio"):
        if name.endswith(".connect") and any(_holds_self(argument) for argument in node.args):
            found.append(f"{path}:{node.lineno} connects a lambda over self")
    return found


def names_say_what_is_inside(root: Path) -> list[str]:
    """No module is called utils, helpers, common or manager."""
    return [path for path, _ in _sources(root) if VAGUE_NAMES & set(Path(path).with_suffix("").parts)]


def nothing_is_left_unfinished(root: Path) -> list[str]:
    """No note to come back later stands in what ships."""
    return _lines_that_match(root, _UNFINISHED)


def texts_name_no_machine(root: Path) -> list[str]:
    """Nothing that ships names a folder of the machine that it was written on."""
    return _lines_that_match(root, _MACHINE_PATH)


def texts_name_no_package_index(root: Path) -> list[str]:
    """Nothing that ships names the host of a package index: which one is used is the user's choice."""
    return _lines_that_match(root, _PACKAGE_INDEX)


RULES: tuple[Rule, ...] = (
    qt_stays_in_the_window,
    torch_stays_in_the_engine,
    no_widgets_in_bridge_and_presenters,
    files_are_short,
    functions_are_short,
    nothing_waits_blindly,
    slots_are_not_lambdas_over_self,
    names_say_what_is_inside,
    nothing_is_left_unfinished,
    texts_name_no_machine,
    texts_name_no_package_index,
)


def _sources(root: Path, *folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Every Python file of the tree: its path from the root, and its syntax tree."""
    for folder in folders or ("studio", "tests", "resources"):
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every module that is imported, wherever in the file, with the line: `from a import b` is a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _dotted(node.func).endswith("import_module"):
            names = (argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant))
            yield from ((node.lineno, name) for name in names if isinstance(name, str))


def _imports_outside(root: Path, packages: frozenset[str], rooms: tuple[str, ...]) -> list[str]:
    return [
        f"{path}:{line} imports {module}"
        for path, tree in _sources(root, "studio")
        if not path.startswith(rooms)
        for line, module in _imports(tree)
        if module.split(".")[0] in packages
    ]


def _calls(root: Path, *folders: str) -> Iterator[tuple[str, ast.Call, str]]:
    for path, tree in _sources(root, *folders):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield path, node, _dotted(node.func)


def _dotted(node: ast.expr) -> str:
    """`a.b.c` as text; what is not a name, such as a call, stands as an empty part."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _is_blind(call: str) -> bool:
    last = call.rpartition(".")[2]
    return last in ("sleep", "msleep", "usleep", "processEvents", "terminate", "qWait", "qSleep") or (
        call == "qtbot.wait"
    )


def _holds_self(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Lambda) and any(
        isinstance(node, ast.Name) and node.id == "self" for node in ast.walk(argument.body)
    )


def _lines_that_match(root: Path, pattern: re.Pattern[str]) -> list[str]:
    found = []
    ships = [root / name for name in ("README.md", "CHANGELOG.md", "pyproject.toml", "main.py")]
    for folder in ("studio", "resources"):
        ships += sorted(path for path in (root / folder).rglob("*") if path.suffix in _TEXTS)
    for path in filter(Path.is_file, ships):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := pattern.search(line):
                found.append(f"{path.relative_to(root).as_posix()}:{number} says {match[0]!r}")
    return found
