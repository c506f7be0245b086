"""The job "pictures": reads images for the window to look at.

It needs no torch, so a thread of the window can run it, and a picture is there before a model is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from studio.engine.vision.gathering import gather
from studio.engine.vision.reading import read_image
from studio.spec.errors import UserError
from studio.spec.events import Ended, Event
from studio.spec.job import Control
from studio.spec.pictures import (
    FindImages,
    ImagesFound,
    KeepPicture,
    PictureKept,
    PictureRead,
    ReadPicture,
    ServePictures,
)


def run(request: ServePictures, control: Control) -> Iterator[Event]:
    """Serve until stopped: finding first, then the largest picture, because the user looks at that one."""
    waiting: list[object] = []
    while not control.should_stop:
        message = control.receive(None if not waiting else 0)
        if message is not None:
            waiting.append(message)
            continue
        if waiting:
            next_one = min(waiting, key=_urgency)
            waiting.remove(next_one)
            yield _served(next_one)
    yield Ended("stopped")


def _urgency(message: object) -> int:
    return -message.side if isinstance(message, ReadPicture) else -(1 << 30)


def _served(message: object) -> Event:
    if isinstance(message, FindImages):
        return ImagesFound(message.paths, tuple(str(path) for path in gather(map(Path, message.paths))))
    if isinstance(message, KeepPicture):
        return _kept(message)
    assert isinstance(message, ReadPicture)
    return _read(message)


def _read(asked: ReadPicture) -> PictureRead:
    try:
        read = read_image(Path(asked.path), asked.side)
    except UserError as error:
        return PictureRead(asked.path, asked.side, error=str(error))
    image = read.image
    image.thumbnail((asked.side, asked.side), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return PictureRead(asked.path, asked.side, *image.size, *read.size, image.tobytes())


def _kept(asked: KeepPicture) -> PictureKept:
    path = Path(asked.path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        image = Image.frombytes("RGBA", (asked.width, asked.height), asked.rgba)
        # Most pasted pictures are screenshots without transparency.
        is_solid = image.getchannel("A").getextrema() == (255, 255)
        (image.convert("RGB") if is_solid else image).save(path)
    except OSError as error:
        return PictureKept(
            asked.path, f"The picture could not be kept in {path.parent}: {error.strerror or error}."
        )
    return PictureKept(asked.path)
