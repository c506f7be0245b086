"""Weights from the network into torch's own cache: with progress, resumed, and checked by their hash."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from studio.engine.weights import agrees_with_name
from studio.spec.errors import UserError

Progress = Callable[[int, int], None]

_CHUNK = 1 << 18
_TIMEOUT_SECONDS = 20.0


def cached(url: str, folder: Path, progress: Progress | None = None) -> Path:
    """The path of the file at `url` in `folder`, fetched where it is not there yet.

    A download that broke off goes on where it ended. `progress` is called with bytes done and total,
    and may raise to end the download. A file whose hash is not the one in its name is thrown away.

    Raises:
        UserError: there is no network, the server refuses, or what came is not what was asked for.
    """
    path = folder / url.rsplit("/", 1)[-1]
    if path.is_file() and agrees_with_name(path):
        return path
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        _fetch(url, part, progress)
    except (urllib.error.URLError, OSError) as error:
        raise UserError(
            "model.no_network",
            f"The weights {path.name} could not be downloaded: {_reason(error)}.",
            "They are not on this computer yet.",
            "Connect to the network and try again, or load a file that holds them.",
            "vision.load_weights",
        ) from error
    part.replace(path)
    if not agrees_with_name(path):
        path.unlink()
        raise UserError(
            "model.bad_download",
            f"The weights {path.name} arrived damaged.",
            "Their hash is not the published one.",
            "Try again, or load a file that holds them.",
            "vision.load_weights",
        )
    return path


def _fetch(url: str, part: Path, progress: Progress | None) -> None:
    done = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(url, headers={"User-Agent": "pytorch-studio"})
    if done:
        request.add_header("Range", f"bytes={done}-")
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        error.close()
        if done and error.code == 416:  # the part is already whole, or longer: the hash will tell
            return
        raise
    with response, part.open("ab" if response.status == 206 else "wb") as file:
        if response.status != 206:
            done = 0
        total = done + int(response.headers.get("Content-Length") or 0)
        while chunk := response.read(_CHUNK):
            file.write(chunk)
            done += len(chunk)
            if progress:
                progress(done, total)
    if done < total:
        raise OSError("the connection broke off")


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code}"
    if isinstance(error, OSError) and error.strerror and "No space" in error.strerror:
        return "the disk is full"
    return str(error) if str(error) == "the connection broke off" else "there is no network"
