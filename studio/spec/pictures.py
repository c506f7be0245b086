"""How the window gets to see images that it does not decode itself: requests, and pixels in answer."""

from __future__ import annotations

from dataclasses import dataclass

from studio.spec.events import Event


@dataclass(frozen=True)
class ServePictures:
    """Start the job "pictures"; the requests below are sent to it."""


@dataclass(frozen=True)
class FindImages:
    """Ask which images are meant by files and folders; answered by `ImagesFound`."""

    paths: tuple[str, ...]


@dataclass(frozen=True)
class ReadPicture:
    """Ask for an image, no side longer than `side` pixels; answered by `PictureRead`. Larger ones come first."""

    path: str
    side: int


@dataclass(frozen=True)
class KeepPicture:
    """Ask to save pixels (RGBA, 4 bytes each, rows without gaps) as a PNG; answered by `PictureKept`."""

    path: str
    width: int
    height: int
    rgba: bytes


@dataclass(frozen=True)
class ImagesFound(Event):
    """The images that were meant; `asked` is the request's."""

    asked: tuple[str, ...]
    paths: tuple[str, ...]


@dataclass(frozen=True)
class PictureRead(Event):
    """An image's pixels (RGB, rows without gaps), upright. Empty, and `error` says why, where it cannot be read.

    `full_width` and `full_height` are the size of the image in its file.
    """

    path: str
    side: int
    width: int = 0
    height: int = 0
    full_width: int = 0
    full_height: int = 0
    rgb: bytes = b""
    error: str = ""


@dataclass(frozen=True)
class PictureKept(Event):
    """Pixels were saved, or `error` says why not."""

    path: str
    error: str = ""
