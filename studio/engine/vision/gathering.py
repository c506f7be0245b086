"""Which images are meant by what a user names: files as they are, folders with the images in them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from studio.engine.vision.reading import IMAGE_SUFFIXES


def gather(paths: Iterable[Path]) -> list[Path]:
    """The images, in the order given; those of a folder and of the folders in it sorted as people count.

    A file is taken whatever its name, so that reading it can say what is wrong with it. Links to
    folders are not followed: they may lead in a circle.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found |= dict.fromkeys(_in_folder(path))
        else:
            found[path] = None
    return list(found)


def _in_folder(folder: Path) -> list[Path]:
    images = [
        Path(place, name)
        for place, _, names in os.walk(folder)
        for name in names
        if Path(name).suffix.lower() in IMAGE_SUFFIXES and not name.startswith("._")
    ]
    return sorted(images, key=_as_counted)


def _as_counted(path: Path) -> list[tuple[int, int | str]]:
    parts = re.split(r"(\d+)", str(path).lower())
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts]
