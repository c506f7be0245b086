"""Images from files that nobody vouches for: upright, RGB, never larger than memory, every flaw in words."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from studio.spec.errors import UserError

PIXEL_LIMIT = 200_000_000
"""Pixels that an image may have: a 200-megapixel photograph passes, a bomb does not."""

# Formats whose decoders run no other program (EPS would start Ghostscript) and have a signature;
# AVIF and a few more are left out of some builds of Pillow.
Image.init()
_SAFE = ("JPEG", "PNG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "AVIF", "JPEG2000", "PPM", "ICO", "QOI")
_FORMATS = tuple(name for name in _SAFE if name in Image.OPEN)
_SUFFIXES = "jpg jpeg jpe jfif png apng gif bmp dib tif tiff webp avif jp2 ppm pgm pbm ico qoi"
IMAGE_SUFFIXES = frozenset(f".{name}" for name in _SUFFIXES.split(" "))
"""Endings of the files that are images, for telling them from the others in a folder."""

# Pillow knows the size from the header, so that a bomb is refused before a byte of it is decoded. It
# only warns up to twice its limit; here that is an error too. Both are set once for the process,
# because a filter cannot be set for one thread.
Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


@dataclass(frozen=True)
class ReadImage:
    """An upright RGB image. `size` is (width, height) of the file's, `image` may be smaller than that."""

    image: Image.Image
    size: tuple[int, int]
    notes: tuple[str, ...]


def read_image(path: Path, least_side: int | None = None) -> ReadImage:
    """Read an image file.

    Args:
        path: the file.
        least_side: pixels that the shorter side must keep; a JPEG may be decoded at a half, a quarter
            or an eighth of its size where that is enough, which takes a fraction of the time.

    Raises:
        UserError: it cannot be read; the sentence names the file and the reason.
    """
    try:
        if not path.is_file():
            raise _refusal(path, "it does not exist" if not path.exists() else "it is not a file")
        size = path.stat().st_size
        if size == 0:
            raise _refusal(path, "the file is empty")
        with Image.open(path, formats=_FORMATS) as opened:
            return _decoded(opened, least_side)
    except UserError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UserError(
            "image.too_large",
            f"{path.name} was not read: it has more than {PIXEL_LIMIT // 1_000_000} million pixels.",
            "Unpacked, it would fill the memory.",
            "Make it smaller first.",
        ) from error
    except UnidentifiedImageError as error:
        raise _refusal(path, _what_it_is(path)) from error
    except MemoryError as error:
        raise _refusal(path, "there is not enough memory for it") from error
    except Exception as error:
        # Decoders raise what they like (SyntaxError, struct.error, zlib.error…), whatever the file holds.
        raise _refusal(path, _flaw(path, error)) from error


def _decoded(opened: Image.Image, least_side: int | None) -> ReadImage:
    notes = []
    if getattr(opened, "is_animated", False) and opened.format != "MPO":
        notes.append("It holds several pictures; the first was taken.")
    width, height = opened.size
    if least_side:
        opened.draft(None, (least_side, least_side))
    opened.load()
    image: Image.Image = opened
    orientation = opened.getexif().get(0x0112, 1)
    if orientation in range(2, 9):
        image = ImageOps.exif_transpose(opened)
        if orientation >= 5:
            width, height = height, width
        notes.append("It was turned upright, as its EXIF data asks.")
    return ReadImage(_as_rgb(image, notes), (width, height), tuple(notes))


def _as_rgb(image: Image.Image, notes: list[str]) -> Image.Image:
    mode = image.mode
    if mode == "RGB" and "transparency" not in image.info:
        return image.copy()
    if mode in ("I", "F") or mode.startswith("I;16"):
        return _from_deep_grey(image, notes)
    if mode == "CMYK":
        notes.append("Its printing colours (CMYK) were turned into RGB.")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        if np.asarray(image)[..., 3].min() < 255:
            notes.append("It is see-through in places; white was put behind it.")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def _from_deep_grey(image: Image.Image, notes: list[str]) -> Image.Image:
    """RGB of 16-bit, 32-bit and floating-point grey, which Pillow itself would clip to white or black."""
    values = np.asarray(image).astype(np.float64)
    known = values[np.isfinite(values)]
    least, most = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if image.mode == "F" and least >= 0 and most <= 1:
        least, most = 0.0, 1.0
    elif image.mode != "F" and least >= 0 and most <= 65535:
        least, most = 0.0, 65535.0
    else:
        notes.append(f"Its values from {least:.4g} to {most:.4g} were scaled to black and white.")
    scaled = np.nan_to_num((values - least) / ((most - least) or 1.0), nan=0.0, posinf=1.0, neginf=0.0)
    return Image.fromarray(np.rint(scaled * 255).astype(np.uint8)).convert("RGB")


def _refusal(path: Path, reason: str) -> UserError:
    return UserError("image.unreadable", f"{path.name} could not be read: {reason}.")


def _flaw(path: Path, error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "reading it is not permitted"
    text = str(error).lower()
    if isinstance(error, EOFError) or any(word in text for word in ("truncated", "unexpected end", "cut off")):
        return f"the file is cut off after {_size(path.stat().st_size)}"
    return "its contents are damaged"


def _what_it_is(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(512)
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc"):
        return "HEIC is not supported; save it as JPEG or PNG"
    if b"<svg" in head:
        return "it is a drawing (SVG), not a picture of pixels"
    if head.startswith(b"%PDF"):
        return "it is a PDF document, not an image"
    known = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")
    if head.startswith(known):
        return f"the file is cut off or damaged ({_size(path.stat().st_size)})"
    return "it is not an image"


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1e6:.1f} MB"
