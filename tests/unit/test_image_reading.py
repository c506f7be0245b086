"""Images from anywhere: what can be read looks as it should, and what cannot is said in one sentence."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.engine.vision.gathering import gather
from studio.engine.vision.reading import read_image
from studio.spec.errors import UserError


def _gradient(width: int = 64, height: int = 48) -> Image.Image:
    across = np.linspace(0, 255, width, dtype=np.uint8)
    return Image.fromarray(np.stack([np.tile(across, (height, 1))] * 3, 2))


def _refused(path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        read_image(path)
    assert path.name in caught.value.what
    assert caught.value.what.endswith(".")
    return caught.value


def test_upright_rgb_is_untouched(tmp_path: Path):
    path = tmp_path / "a.png"
    _gradient().save(path)
    read = read_image(path)
    assert np.array_equal(np.asarray(read.image), np.asarray(_gradient()))
    assert read.size == (64, 48)
    assert read.notes == ()


def test_text_is_not_an_image(tmp_path: Path):
    path = tmp_path / "letter.jpg"
    path.write_text("Dear reader")
    assert _refused(path).what == "letter.jpg could not be read: it is not an image."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a drawing"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "damaged"),
    ],
)
def test_other_files_are_named_for_what_they_are(tmp_path: Path, content: bytes, reason: str):
    path = tmp_path / "x.png"
    path.write_bytes(content)
    assert reason in _refused(path).what


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_truncated(tmp_path: Path, format: str):
    whole = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    Image.fromarray(noise).save(whole, format)
    path = tmp_path / f"half.{format.lower()}"
    path.write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    said = _refused(path).what
    assert "cut off" in said or "damaged" in said
    if format in ("JPEG", "PNG"):
        assert said == f"half.{format.lower()} could not be read: the file is cut off after {_kilobytes(path)}."


def _kilobytes(path: Path) -> str:
    return f"{path.stat().st_size / 1000:.0f} kB"


def test_missing_and_folder(tmp_path: Path):
    assert "does not exist" in _refused(tmp_path / "gone.png").what
    assert "not a file" in _refused(tmp_path).what


def test_bomb_is_refused_at_once(tmp_path: Path):
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    side = 30_000
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + side * 3) * 100) for _ in range(side // 100)) + packer.flush()
    path = tmp_path / "bomb.png"
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    error = _refused(path)
    assert error.name == "image.too_large"
    assert "200 million pixels" in error.what


def test_sixteen_bit_grey_is_not_white(tmp_path: Path):
    values = np.linspace(0, 65535, 64, dtype=np.uint16)[None].repeat(8, 0)
    path = tmp_path / "deep.png"
    Image.fromarray(values).save(path)
    grey = np.asarray(read_image(path).image)[..., 0]
    assert np.abs(grey.astype(float) - values / 257).max() <= 0.5


@pytest.mark.parametrize(("least", "most", "is_noted"), [(0.0, 1.0, False), (-3.0, 5.0, True)])
def test_float_grey_is_scaled(tmp_path: Path, least: float, most: float, is_noted: bool):
    values = np.linspace(least, most, 64, dtype=np.float32)[None].repeat(8, 0).copy()
    values[0, 0] = np.nan
    path = tmp_path / "deep.tif"
    Image.fromarray(values).save(path)
    read = read_image(path)
    grey = np.asarray(read.image)[1, :, 0]
    assert (grey[0], grey[-1]) == (0, 255)
    assert bool(read.notes) == is_noted


def test_cmyk(tmp_path: Path):
    path = tmp_path / "print.jpg"
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(path)
    read = read_image(path)
    red, green, blue = read.image.getpixel((8, 8))
    assert red > 240
    assert max(green, blue) < 15
    assert "CMYK" in read.notes[0]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_see_through_shows_white(tmp_path: Path, mode: str):
    path = tmp_path / "glass.png"
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    image.putpixel((1, 1), (0, 0, 0, 255))
    image.convert(mode).save(path)
    read = read_image(path)
    assert read.image.mode == "RGB"
    assert read.image.getpixel((0, 0)) == (255, 255, 255)
    assert read.image.getpixel((1, 1)) == (0, 0, 0)
    assert "white" in read.notes[0]


def test_animation_gives_its_first_picture(tmp_path: Path):
    path = tmp_path / "moving.gif"
    first, second = Image.new("RGB", (8, 8), (255, 0, 0)), Image.new("RGB", (8, 8), (0, 0, 255))
    first.save(path, save_all=True, append_images=[second])
    read = read_image(path)
    assert read.image.getpixel((0, 0)) == (255, 0, 0)
    assert "the first was taken" in read.notes[0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_by_exif(tmp_path: Path, orientation: int):
    upright = Image.new("RGB", (64, 32))
    upright.paste((255, 255, 255), (0, 0, 16, 16))
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(back[orientation]) if orientation in back else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.jpg"
    stored.save(path, exif=exif, quality=100)
    read = read_image(path)
    assert read.size == read.image.size == (64, 32)
    assert read.image.getpixel((4, 4))[0] > 240
    assert read.image.getpixel((60, 28))[0] < 15
    assert bool(read.notes) == (orientation > 1)


def test_large_jpeg_is_decoded_smaller_and_told_at_its_size(tmp_path: Path):
    path = tmp_path / "large.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    _gradient(4000, 2400).save(path, exif=exif)
    read = read_image(path, least_side=500)
    assert read.size == (2400, 4000)
    assert read.image.size == (600, 1000)


@pytest.mark.parametrize("name", ["my photo.png", "Straße ümläut.png", "写真.png", "it's a \".png", "a\nb.png"])
def test_names(tmp_path: Path, name: str):
    path = tmp_path / name
    _gradient().save(path)
    assert read_image(path).size == (64, 48)


def test_folders_hold_images_in_the_order_in_which_people_count(tmp_path: Path):
    for name in ("img10.png", "img2.PNG", "notes.txt", "deeper/img1.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "deeper" / "circle").symlink_to(tmp_path)
    alone = tmp_path / "notes.txt"
    names = [path.name for path in gather([alone, tmp_path, tmp_path / "img2.PNG"])]
    assert names == ["notes.txt", "img1.jpg", "img2.PNG", "img10.png"]
