"""Pictures from files that nobody vouches for, decoded to one size."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from studio.zoo.files.errors import DataError

PIXEL_LIMIT = 200_000_000
STRIP_LIMIT = 40_000_000
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "AVIF", "JPEG2000", "PPM", "ICO", "QOI")
SUFFIXES = (
    *("jpg", "jpeg", "jpe", "jfif", "png", "apng", "gif", "bmp", "dib", "tif", "tiff", "webp", "avif"),
    *("jp2", "ppm", "pgm", "pbm", "ico", "qoi"),
)
MEAN = 0.5
STD = 0.5


def decoded(path: str, size: int, channels: int) -> NDArray[numpy.uint8]:
    """The middle of a picture, upright, its shorter side made `size`: (channels, size, size).

    Raises:
        DataError: the file cannot be read; it is named, and the reason.
    """
    try:
        return fitted(upright(path, 3 * size), size, channels)
    except DataError:
        raise
    except UnidentifiedImageError:
        raise flaw(path, "it is no picture" if Path(path).stat().st_size else "the file is empty") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise flaw(path, f"it has more than {PIXEL_LIMIT // 1_000_000} million pixels") from None
    except ValueError as error:
        thin = "too long and thin" in str(error)
        raise flaw(path, str(error) if thin else "its contents are damaged") from error
    except OSError as error:
        is_cut = any(word in str(error).lower() for word in ("truncated", "unexpected end", "cut off"))
        reason = "the file is cut off" if is_cut else error.strerror or "its contents are damaged"
        raise flaw(path, reason) from error
    except Exception as error:
        # Decoders raise what they like (SyntaxError, struct.error, zlib.error), whatever the file holds.
        raise flaw(path, "its contents are damaged") from error


def fitted(image: Image.Image, size: int, channels: int) -> NDArray[numpy.uint8]:
    """The middle of an RGB picture, its shorter side made `size`: (channels, size, size).

    Raises:
        ValueError: it is so long and thin that it would fill the memory.
    """
    image = image.convert("L") if channels == 1 else image
    width, height = image.size
    if min(width, height) != size:
        sides = (size, max(int(size * height / width), 1))
        if width > height:
            sides = (max(int(size * width / height), 1), size)
        if sides[0] * sides[1] > STRIP_LIMIT:
            raise ValueError(f"{width:,} × {height:,} is too long and thin")
        image = image.resize(sides, Image.Resampling.BILINEAR)
    left, top = round((image.width - size) / 2.0), round((image.height - size) / 2.0)
    pixels = numpy.array(image.crop((left, top, left + size, top + size)))
    return pixels[None] if channels == 1 else numpy.ascontiguousarray(numpy.moveaxis(pixels, -1, 0))


def flaw(path: str, reason: str) -> DataError:
    """What is said of a picture that cannot be used."""
    return DataError(
        "data.bad_image",
        f"{path} could not be read: {reason}.",
        "",
        "Repair or remove it, or set skip_bad to true, which leaves such files out.",
    )


def upright(path: str, least_side: int) -> Image.Image:
    """A picture in RGB as it is meant to be seen; a JPEG is decoded smaller where `least_side` allows it."""
    Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT
    Image.init()
    with Image.open(path, formats=[name for name in FORMATS if name in Image.OPEN]) as opened:
        if opened.width * opened.height > PIXEL_LIMIT:
            raise Image.DecompressionBombError
        opened.draft(None, (least_side, least_side))
        opened.load()
        image: Image.Image = opened
        if opened.getexif().get(0x0112, 1) in range(2, 9):
            image = ImageOps.exif_transpose(opened)
        if image.mode == "RGB" and "transparency" not in image.info:
            return image.copy()
        if image.mode in ("I", "F") or image.mode.startswith("I;16"):
            return from_deep_grey(image)
        if image.has_transparency_data:
            image = image.convert("RGBA")
            white = Image.new("RGBA", image.size, (255, 255, 255, 255))
            image = Image.alpha_composite(white, image)
        return image.convert("RGB")


def from_deep_grey(image: Image.Image) -> Image.Image:
    """RGB of 16-bit, 32-bit and floating-point grey, which Pillow itself would clip to white or black."""
    values = numpy.asarray(image).astype(numpy.float64)
    known = values[numpy.isfinite(values)]
    least, most = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if image.mode == "F" and least >= 0 and most <= 1:
        least, most = 0.0, 1.0
    elif image.mode != "F" and least >= 0 and most <= 65535:
        least, most = 0.0, 65535.0
    scaled = numpy.nan_to_num((values - least) / ((most - least) or 1.0), nan=0.0, posinf=1.0, neginf=0.0)
    return Image.fromarray(numpy.rint(scaled * 255).astype(numpy.uint8)).convert("RGB")


def each(function: Callable[[str], Any], paths: Sequence[str]) -> Iterator[Any]:
    """What a function gives for each file, in their order, several at a time."""
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        yield from pool.map(function, paths)


class Pictures:
    """Pictures (N, C, H, W) that become numbers when they are asked for; indexed and split as a tensor is.

    Args:
        files: where they are.
        size: height and width.
        channels: 3 for colour, 1 for grey.
        pixels: (N, C, H, W) uint8 where they are decoded already.
    """

    def __init__(self, files: Sequence[str], size: int, channels: int, pixels: Tensor | None = None) -> None:
        self.files, self.pixels = list(files), pixels
        self.shape = torch.Size((len(self.files), channels, size, size))
        self.device, self.dtype = torch.device("cpu"), torch.float32

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int | slice | Tensor) -> Tensor:
        """One picture (C, H, W), or several (n, C, H, W)."""
        if isinstance(index, Tensor) and index.ndim == 1:
            return self.numbers(index.tolist())
        if isinstance(index, slice):
            return self.numbers(range(*index.indices(len(self))))
        return self.numbers([int(index)])[0]

    def numbers(self, indices: Sequence[int]) -> Tensor:
        """Pictures as numbers (n, C, H, W) that a model takes."""
        if self.pixels is not None:
            chosen = self.pixels[torch.as_tensor(list(indices), device=self.pixels.device, dtype=torch.int64)]
        else:
            _, channels, size, _ = self.shape
            read = each(lambda file: decoded(file, size, channels), [self.files[index] for index in indices])
            chosen = torch.from_numpy(numpy.stack(list(read)))
        return as_numbers_of(chosen.to(self.device)).to(self.dtype)

    def index_select(self, dim: int, index: Tensor) -> Tensor:
        """The pictures with these numbers."""
        return self[index]

    def split(self, count: int) -> Iterator[Tensor]:
        """All pictures in their order, so many at a time."""
        return (self[start : start + count] for start in range(0, len(self), count))

    def is_floating_point(self) -> bool:
        """As a tensor says it: they become floating-point numbers."""
        return True

    def cpu(self) -> Tensor:
        """All of them at once."""
        return self[:].cpu()

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> "Pictures":
        """The same pictures, to become numbers on a device."""
        pixels = None if self.pixels is None else self.pixels.to(device)
        moved = Pictures(self.files, self.shape[-1], self.shape[1], pixels)
        moved.device, moved.dtype = torch.device(device), dtype or self.dtype
        return moved


def as_numbers_of(pixels: Tensor) -> Tensor:
    """Pixels from 0 to 255 as numbers from -1 to 1."""
    return pixels.to(torch.float32).div(255).sub(MEAN).div(STD)
