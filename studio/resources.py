"""Where the files that ship beside the code lie: icons, recipes, lessons, labels, fonts, help."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """Path of a shipped file or folder, in a checkout and in an installed wheel alike.

    The wheel carries the checkout's ``resources`` folder as ``studio/_resources``.

    Raises:
        FileNotFoundError: there is no such resource.
    """
    installed = _PACKAGE / "_resources"
    root = installed if installed.is_dir() else _PACKAGE.parent / "resources"
    path = root.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"PyTorch Studio ships no resource named {'/'.join(parts)!r}.")
    return path
