"""Made scenes: circles, squares and triangles that overlap on a noisy ground, with a box around each."""

import numpy as np
import torch
from torch import Tensor

from studio.spec.model_input import InputSpec

FACTORY = "scenes"
TASKS = ("detection",)
GIVES = "image"
SHAPE = (3, 48, 48)
INPUT = InputSpec(kind="image", shape=SHAPE, resize=48, resize_both=True)
LABELS = ("circle", "square", "triangle")
GIVEN = {"classes": 3}

SIDE = 48
"""Pixels of a scene's side."""

MOST = 4
"""How many shapes a scene has at most."""


def scenes(
    train_count: int = 2000, test_count: int = 200, noise: float = 0.08, split_seed: int = 0
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Scenes of 48 by 48 pixels with one to four shapes each, which may hide a part of each other.

    Args:
        train_count: how many scenes there are to learn from.
        test_count: how many are kept for testing.
        noise: standard deviation of the noise over each pixel.
        split_seed: starts the random numbers that the scenes are made of.

    Returns:
        Training scenes (N, 3, 48, 48) in [0, 1] and their shapes (N, 4, 5): class, left, top, right, bottom in
        pixels, and -1 where there are fewer; the same for testing.
    """
    random = np.random.default_rng(split_seed)
    made = [scene(random, noise) for _ in range(train_count + test_count)]
    pictures = torch.from_numpy(np.stack([picture for picture, _ in made]))
    shapes = torch.from_numpy(np.stack([boxes for _, boxes in made]))
    return pictures[:train_count], shapes[:train_count], pictures[train_count:], shapes[train_count:]


def scene(random: np.random.Generator, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """One scene (3, 48, 48) and its shapes (4, 5); a shape is only drawn where it leaves the others to be seen."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    picture = np.full((3, SIDE, SIDE), random.uniform(0.1, 0.4))
    shapes = np.full((MOST, 5), -1.0)
    owner = np.full((SIDE, SIDE), -1)
    areas: list[int] = []
    wanted = random.integers(1, MOST + 1)
    for _ in range(4 * MOST):
        kind, radius = random.integers(3), random.uniform(5.5, 10.5)
        middle_x, middle_y = random.uniform(radius, SIDE - radius, size=2)
        colour = random.uniform(0.45, 1.0, size=3)
        covered = mask_of(int(kind), x - middle_x, y - middle_y, radius)
        left = [int(((owner == number) & ~covered).sum()) for number in range(len(areas))]
        if len(areas) == wanted or any(seen < 0.7 * area for seen, area in zip(left, areas, strict=True)):
            continue
        owner[covered] = len(areas)
        picture[:, covered] = colour[:, None]
        rows, columns = np.nonzero(covered)
        shapes[len(areas)] = kind, columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        areas.append(int(covered.sum()))
    noisy = picture + random.normal(0.0, noise, size=picture.shape)
    return noisy.clip(0, 1).astype(np.float32), shapes.astype(np.float32)


def mask_of(kind: int, x: np.ndarray, y: np.ndarray, radius: float) -> np.ndarray:
    """The pixels of a circle (0), a square (1) or a triangle (2) around the origin."""
    circle = x**2 + y**2 <= radius**2
    square = np.maximum(abs(x), abs(y)) <= 0.85 * radius
    triangle = (y <= 0.8 * radius) & (y >= 2 * abs(x) - 0.9 * radius)
    return np.asarray((circle, square, triangle)[kind])
