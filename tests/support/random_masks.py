"""Masks of all kinds that have ever made a difference between two implementations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def noise(random: np.random.Generator, shape: tuple[int, int]) -> Mask:
    mask: Mask = random.random(shape) < random.choice([0.01, 0.1, 0.5, 0.9, 0.99])
    return mask


def blobs(random: np.random.Generator, shape: tuple[int, int]) -> Mask:
    """Ellipses, some of which cross the border."""
    mask = np.zeros(shape, np.bool_)
    y, x = np.ogrid[: shape[0], : shape[1]]
    for _ in range(random.integers(1, 4)):
        centre = random.random(2) * shape
        half = 1 + random.random(2) * np.asarray(shape) / 2
        mask ^= ((y - centre[0]) / half[0]) ** 2 + ((x - centre[1]) / half[1]) ** 2 <= 1
    return mask


def rectangle(random: np.random.Generator, shape: tuple[int, int]) -> Mask:
    mask = np.zeros(shape, np.bool_)
    top, left = random.integers(0, shape[0]), random.integers(0, shape[1])
    mask[top : top + random.integers(1, shape[0] + 1), left : left + random.integers(1, shape[1] + 1)] = True
    return mask


def border(random: np.random.Generator, shape: tuple[int, int]) -> Mask:
    """A frame along some of the borders."""
    mask = np.zeros(shape, np.bool_)
    thick = int(random.integers(1, 4))
    for chosen, side in zip(random.random(4) < 0.6, (0, 1, 2, 3), strict=True):
        if chosen:
            np.rot90(mask, side)[:thick] = True
    return mask


def pixels(random: np.random.Generator, shape: tuple[int, int]) -> Mask:
    """One to three of them, sometimes in the corners."""
    mask = np.zeros(shape, np.bool_)
    for _ in range(random.integers(1, 4)):
        corner = random.random() < 0.3
        y, x = (random.integers(0, 2, 2) * -1) if corner else random.integers(0, shape)
        mask[y, x] = True
    return mask


def checkerboard(random: np.random.Generator, shape: tuple[int, int]) -> Mask:
    board: Mask = np.indices(shape).sum(axis=0) % 2 == random.integers(0, 2)
    return board


def empty(_: np.random.Generator, shape: tuple[int, int]) -> Mask:
    return np.zeros(shape, np.bool_)


def full(_: np.random.Generator, shape: tuple[int, int]) -> Mask:
    return np.ones(shape, np.bool_)


KINDS = (noise, blobs, blobs, rectangle, border, pixels, checkerboard, empty, full)


def mask(random: np.random.Generator, shape: tuple[int, int]) -> Mask:
    return KINDS[random.integers(0, len(KINDS))](random, shape)


def pair(random: np.random.Generator, shape: tuple[int, int]) -> tuple[Mask, Mask]:
    """Two masks that have nothing to do with each other, or one and its shifted copy."""
    first = mask(random, shape)
    if random.random() < 0.5:
        return first, mask(random, shape)
    shift = random.integers(-12, 13, 2)
    return first, np.roll(first, shift, (0, 1))
