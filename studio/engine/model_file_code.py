"""What in a model file would run when it is opened or used, found without opening it.

`torch.jit.load` and `torch.export.load` trust their files: the first runs ``__setstate__``, the
second unpickles, evaluates the sizes in the graph as Python, and looks up what a node calls by any
name under ``torch``. So what is known to be harmless is let through, and everything else is named.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import torch

_NATIVE = re.compile(r"\.(so|dll|dylib|cpp|cubin|o)$")
# TorchScript prints operators as `torch.name(…)`, and those of other libraries as `ops.library.name(…)`.
_FILE_ACCESS = re.compile(rb"\btorch\.(save|from_file)\(")
# torchvision registers `ops.image.write_file` beside its layers: only the layers are let through.
_OTHER_LIBRARY = re.compile(rb"(?<![.\w])ops\.(?!(?:torchvision|aten|prims?|quantized)\.)([\w.]+)")
_CALLED = re.compile(
    r"torch\.ops\.(aten|prims|torchvision|quantized_decomposed)\.(?!from_file\b|save\b)\w+(\.\w+)?"
    r"|torch\.ops\.higher_order\.(cond|while_loop|scan|map_impl|wrap_with_set_grad_enabled|wrap_with_autocast)"
    r"|torch\._?sym_\w+"
    r"|_operator\.(getitem|add|sub|mul|floordiv|truediv|mod|neg|pow|l[te]|g[te]|eq|ne|and_|or_|not_)"
    r"|math\.\w+"
)
# Sizes are written as SymPy writes them: `Add(Symbol('s32', positive=True), Integer(1))`.
_SIZE = re.compile(
    r"(Symbol\('\w+'(, \w+=(True|False))*\)|[su]?\d++|Integer|Add|Mul|Pow|Max|Min|FloorDiv|CleanDiv|CeilDiv"
    r"|IntTrueDiv|FloatTrueDiv|ModularIndexing|Mod|PythonMod|Where|CeilToInt|FloorToInt|PowByNatural|[\s+\-*/(),<>=&|~])++"
)
_LARGE = 16 << 20
_CONTAINERS = (None, "builtins.tuple", "builtins.list", "builtins.dict", "collections.OrderedDict")


def code_in(path: Path, kind: Literal["torchscript", "pt2"]) -> str:
    """Name of what would run, empty where nothing would.

    Raises:
        zipfile.BadZipFile: the file is no archive.
    """
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(set(names)) < len(names):
            # Which of them is read differs from one program to another.
            return "two members of one name"
        if any(_is_bomb(info) for info in archive.infolist()):
            return "a member that unpacks to far more than the file holds"
        if kind == "pt2" and (found := _in_layout(names)):
            return found
        find = _in_torchscript if kind == "torchscript" else _in_program
        for name in names:
            short = name.partition("/")[2] or name
            if found := find(short, archive, name):
                return found
    return ""


def is_bomb(path: Path) -> bool:
    """Whether a file is an archive with a member that unpacks to far more than it holds."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(_is_bomb(info) for info in archive.infolist())
    except (OSError, zipfile.BadZipFile):
        return False  # whoever opens it says what is wrong


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    # torch packs its archives without compression, so nothing of its own grows like this.
    return info.file_size > _LARGE and info.file_size > 20 * info.compress_size


def _in_torchscript(short: str, archive: zipfile.ZipFile, name: str) -> str:
    if not (short.startswith("code/") and short.endswith(".py")):
        return ""
    code = archive.read(name)
    if b"__setstate__" in code:
        return "code that runs when the file is read (__setstate__)"
    if match := _FILE_ACCESS.search(code):
        return f"code that opens files (torch.{match[1].decode()})"
    if match := _OTHER_LIBRARY.search(code):
        return f"a call of ops.{match[1].decode()[:80]}"
    return ""


def _in_layout(names: list[str]) -> str:
    """What lies elsewhere than in the one folder of today's layout.

    What has another layout, `torch.export.load` takes for a file of torch 2.7, whose weights it unpickles.
    """
    top = names[0].partition("/")[0] if names else ""
    outside = next((name for name in names if not name.startswith(f"{top}/")), "")
    if outside:
        return f"a member outside the folder of the program ({outside[:80]})"
    missing = {f"{top}/archive_format", f"{top}/archive_version"} - set(names)
    return "an old layout, whose weights are pickles" if missing else ""


def _in_program(short: str, archive: zipfile.ZipFile, name: str) -> str:
    if _NATIVE.search(short) or short.startswith("data/aotinductor/"):
        return f"a native library ({Path(short).name})"
    if short.endswith(".pt") or Path(short).name.startswith("serialized_"):
        return _in_pickle(short, archive.read(name))
    # The name in `models/` is not looked at by torch, so a graph can have any suffix.
    if short.startswith("models/") or (short.startswith("data/") and short.endswith("_config.json")):
        try:
            return next(_in_json(json.loads(archive.read(name))), "")
        except (ValueError, RecursionError):
            return f"a description that could not be checked ({short})"
    return ""


def _in_pickle(short: str, content: bytes) -> str:
    """An old pickle, which is no archive, cannot be looked through and is not trusted."""
    if not content:
        return ""
    try:
        unsafe = torch.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(content))
    # Whatever is wrong with it: torch.export would read it all the same.
    except Exception:
        return f"a pickle that could not be checked ({short})"
    return ", ".join(unsafe[:3])


def _in_json(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _in_json(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _in_json(part, key)
    elif key == "use_pickle" and value:
        yield "weights as a pickle"
    elif key == "path_name" and str(value).startswith(("custom_obj_", "opaque_obj_")):
        yield f"an object of its own ({value})"
    elif key in ("target", "as_operator") and isinstance(value, str) and not _CALLED.fullmatch(value):
        yield f"a call of {value[:80]}"
    elif key == "expr_str" and isinstance(value, str) and not _SIZE.fullmatch(value):
        yield f"a size that is no plain expression ({value[:80]})"
    elif key in ("in_spec", "out_spec") and isinstance(value, str) and value:
        yield from _in_json(json.loads(value), "spec")
    elif key == "type" and "." in str(value) and value not in _CONTAINERS:
        yield f"a container of its own ({str(value)[:80]})"
