"""Source text of the studio's own models and data sets, cut out of their files so that a script can hold it."""

from __future__ import annotations

import ast
import importlib.util
import sys
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

_ZOO = "studio.zoo."

# What the studio reads of a zoo file; a script has no use for it.
_FOR_THE_STUDIO = ("FACTORY", "TASKS", "TAKES", "GIVES", "GIVEN", "SHAPE", "INPUT", "LABELS", "EMBEDS")


@dataclass(frozen=True)
class Excerpt:
    """Definitions as texts, in an order in which they can stand in one file, and the imports that they need:
    ``(module, name)``, name "" for ``import module``; one under another name is ``"module as other"``.
    """

    definitions: tuple[str, ...]
    imports: frozenset[tuple[str, str]]
    late: frozenset[str] = frozenset()
    """Modules that are imported inside the definitions."""

    @property
    def text(self) -> str:
        """All definitions, two empty lines apart."""
        return "\n\n\n".join(self.definitions)


def excerpt(factory: str) -> Excerpt:
    """The definition of ``"module:name"`` with all that it uses of the zoo's files; nothing is imported."""
    module, _, name = factory.partition(":")
    wanted: dict[str, set[str]] = {}
    _want(module, name, wanted)
    # Sorted, so that the same script comes out each time.
    needs = {one: sorted(_zoo_imports(one).keys() & wanted.keys()) for one in sorted(wanted)}
    parts = [_cut(one, wanted[one]) for one in TopologicalSorter(needs).static_order()]
    imports = frozenset[tuple[str, str]]().union(*(part.imports for part in parts))
    late = frozenset[str]().union(*(part.late for part in parts))
    return Excerpt(tuple(text for part in parts for text in part.definitions), imports, late)


def _want(module: str, name: str, wanted: dict[str, set[str]]) -> None:
    """Add what a definition needs, of its own file and of other files of the zoo."""
    tree = ast.parse(_path(module).read_text(encoding="utf-8"))
    definitions = {defined: node for node in tree.body for defined in _names_defined(node)}
    names = _closure(name, definitions) - wanted.get(module, set())
    wanted.setdefault(module, set()).update(names)
    used = set().union(*(_names_used(definitions[one]) for one in names))
    for other, imported in _zoo_imports(module).items():
        for one in imported & used:
            _want(other, one, wanted)


def _zoo_imports(module: str) -> dict[str, set[str]]:
    """What a file takes from other files of the zoo, by file."""
    tree = ast.parse(_path(module).read_text(encoding="utf-8"))
    froms = (node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module)
    return {
        str(node.module): {one.name for one in node.names} for node in froms if str(node.module).startswith(_ZOO)
    }


def _cut(module: str, names: set[str]) -> Excerpt:
    """Definitions of one file, word for word and in its order."""
    source = _path(module).read_text(encoding="utf-8")
    tree = ast.parse(source)
    chosen = [node for node in tree.body if not names.isdisjoint(_names_defined(node))]
    lines = source.splitlines()
    texts = ["\n".join(lines[_first_line(node) - 1 : node.end_lineno]) for node in chosen]
    used = set().union(*(_names_used(node) for node in chosen))
    imports = {pair for node in tree.body for pair in _imports(node) if _name_bound(pair) in used}
    late = {pair[0] for node in chosen for one in ast.walk(node) for pair in _imports(one)}
    return Excerpt(tuple(texts), frozenset(imports), frozenset(late))


def inlined_return(factory: str, arguments: dict[str, str]) -> tuple[str, frozenset[tuple[str, str]]] | None:
    """The expression of a function that only returns one, its parameters replaced; None for any other."""
    module, _, name = factory.partition(":")
    tree = ast.parse(_path(module).read_text(encoding="utf-8"))
    node = next((one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name), None)
    statements = node.body[1:] if node and ast.get_docstring(node) else (node.body if node else [])
    if node is None or len(statements) != 1 or not isinstance(statements[0], ast.Return):
        return None
    defaults = dict(zip(reversed([one.arg for one in node.args.args]), reversed(node.args.defaults), strict=False))
    values = {key: ast.unparse(value) for key, value in defaults.items()} | arguments
    returned = statements[0].value
    assert returned is not None
    expression = _Replacer(values).visit(returned)
    imports = {pair for one in tree.body for pair in _imports(one) if pair[1] in _names_used(expression)}
    return ast.unparse(expression), frozenset(imports)


def import_lines(imports: set[tuple[str, str]]) -> list[str]:
    """Import statements in the usual order: the standard library, a blank line, the rest."""
    groups: list[list[str]] = [[], []]
    modules = sorted({module for module, _ in imports}, key=str.casefold)
    for is_plain in (True, False):
        for module in modules:
            names = sorted({name for one, name in imports if one == module and name})
            group = groups[0 if module.split(".")[0] in sys.stdlib_module_names else 1]
            if is_plain and (module, "") in imports:
                group.append(f"import {module}")
            elif not is_plain and names:
                group.append(f"from {module} import {', '.join(names)}")
    return [*groups[0], *([""] if all(groups) else []), *groups[1]]


class _Replacer(ast.NodeTransformer):
    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.parse(self._values[node.id], mode="eval").body if node.id in self._values else node


def _path(module: str) -> Path:
    # Finding a module imports its packages; those of the zoo hold nothing but a docstring.
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise ImportError(f"{module} has no source file")
    return Path(found.origin)


def _closure(name: str, definitions: dict[str, ast.stmt]) -> set[str]:
    wanted, waiting = set(), [name]
    while waiting:
        one = waiting.pop()
        if one in wanted or one not in definitions or one in _FOR_THE_STUDIO:
            continue
        wanted.add(one)
        waiting.extend(_names_used(definitions[one]))
    return wanted


def _names_defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [node.target.id] if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else []


def _names_used(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _name_bound(pair: tuple[str, str]) -> str:
    """The name by which an import is used: ``a`` for ``import a.b``."""
    return pair[1] or pair[0].split()[-1].partition(".")[0]


def _imports(node: ast.AST) -> list[tuple[str, str]]:
    if isinstance(node, ast.Import):
        return [(f"{one.name} as {one.asname}" if one.asname else one.name, "") for one in node.names]
    if isinstance(node, ast.ImportFrom) and not (node.module or "").startswith(("studio", "__future__")):
        return [(node.module or "", alias.name) for alias in node.names]
    return []


def _shared(node: ast.stmt, used: set[str]) -> list[str]:
    """What an import takes from another file of the zoo, as ``"module:name"``."""
    if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("studio.zoo."):
        return []
    return [f"{node.module}:{alias.name}" for alias in node.names if alias.name in used]


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])
