"""Files as people have them: a table with all kinds of columns, and small pictures in folders."""

from __future__ import annotations

import csv
import random
from pathlib import Path

from PIL import Image, ImageDraw

CITIES = ("Bonn", "Köln", "München")


def write_table(
    path: Path,
    *,
    rows: int = 120,
    gaps: int = 0,
    delimiter: str = ",",
    encoding: str = "utf-8",
    decimal: str = ".",
) -> Path:
    """People with an id, age, height, city, day of joining, income, and whether they bought."""
    draw = random.Random(1)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["id", "age", "height", "city", "joined", "income", "bought"])
        for row in range(rows):
            age = draw.randint(18, 80)
            height = "" if row < gaps else f"{draw.gauss(170, 10):.1f}".replace(".", decimal)
            income = f"{1000 + 30 * age + draw.gauss(0, 400):.2f}".replace(".", decimal)
            bought = "yes" if age + draw.gauss(0, 8) > 45 else "no"
            writer.writerow([row + 1, age, height, CITIES[row % 3], f"2024-01-{row % 28 + 1:02d}", income, bought])
    return path


def write_pictures(folder: Path, *, each: int = 20, side: int = 40) -> Path:
    """Circles and squares of random colours on random grounds, PNG and JPEG, a folder a class."""
    draw = random.Random(2)
    for name in ("circle", "square"):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            ground, ink = (tuple(draw.randint(low, low + 90) for _ in range(3)) for low in (0, 160))
            image = Image.new("RGB", (side + draw.randint(0, 20), side + draw.randint(0, 20)), ground)
            left, top, size = draw.randint(2, 12), draw.randint(2, 12), draw.randint(16, 24)
            pen = ImageDraw.Draw(image)
            shape = pen.ellipse if name == "circle" else pen.rectangle
            shape((left, top, left + size, top + size), fill=ink)
            image.save(folder / name / f"{name}{number:03d}.{'jpg' if number % 2 else 'png'}")
    return folder
