"""What is behind the shapes: soft landscapes, each from a number. Pictures depend on it, masks do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from rvosbench.sample.raster import Values

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Theme:
    """A sky from `top` to `bottom`, ranges of hills before it (the far ones first), and something in it."""

    top: Colour
    bottom: Colour
    hills: tuple[Colour, ...]
    ornament: str


THEMES = (
    Theme((150, 205, 238), (232, 244, 240), ((150, 196, 150), (116, 172, 120), (88, 146, 100)), "clouds"),
    Theme((70, 60, 112), (246, 176, 138), ((112, 78, 118), (76, 56, 98)), "stars"),
    Theme((120, 206, 206), (30, 92, 140), (), "waves"),
    Theme((250, 226, 182), (244, 240, 222), ((236, 202, 150), (220, 178, 122)), "sun"),
    Theme((20, 28, 62), (62, 82, 136), ((34, 44, 84), (22, 30, 62)), "stars"),
    Theme((244, 238, 224), (232, 222, 202), (), "paper"),
    Theme((196, 224, 206), (240, 240, 206), ((140, 178, 150), (98, 142, 122), (66, 108, 98)), "sun"),
    Theme((214, 206, 236), (248, 226, 232), ((190, 176, 216), (164, 150, 198)), "clouds"),
)


def backdrop(width: int, height: int, seed: int) -> Values:
    """[height, width, 3], 0 ... 255."""
    rng = np.random.Generator(np.random.PCG64(seed))
    theme = THEMES[seed % len(THEMES)]
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    sky = _colour(theme.top) * (1 - down) + _colour(theme.bottom) * down
    picture = np.broadcast_to(sky, (height, width, 3)).copy()
    _ORNAMENTS[theme.ornament](picture, rng)
    for number, colour in enumerate(theme.hills):
        _hill(picture, colour, 0.52 + 0.36 * (number + 1) / (len(theme.hills) + 1), rng)
    picture += _clouded(height, width, 5, rng)[..., None] * 9
    picture += _clouded(height, width, 40, rng)[..., None] * 4
    picture *= _vignette(height, width)[..., None]
    painted: Values = np.clip(picture, 0, 255)
    return painted


def _colour(colour: Colour) -> Values:
    return np.array(colour, np.float32)


def _clouded(height: int, width: int, cells: int, rng: np.random.Generator) -> Values:
    """Smooth noise between -1 and 1; `cells` is how many bumps fit into the height."""
    grid = rng.uniform(-1, 1, (cells + 1, cells * width // height + 1)).astype(np.float32)
    return np.asarray(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC))


def _vignette(height: int, width: int) -> Values:
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    return 1.02 - 0.10 * (x * x + y * y)


def _hill(picture: Values, colour: Colour, horizon: float, rng: np.random.Generator) -> None:
    height, width, _ = picture.shape
    x = np.linspace(0, 2 * np.pi, width, dtype=np.float32)
    ridge = np.zeros(width, np.float32)
    for wave in range(1, 5):
        ridge += rng.uniform(0.3, 1.0) / wave * np.sin(wave * rng.uniform(0.6, 1.3) * x + rng.uniform(0, 6.3))
    top = height * (horizon + 0.055 * ridge)
    below = np.arange(height, dtype=np.float32)[:, None] - top[None]
    cover = np.clip(below + 0.5, 0, 1)[..., None]
    light = 1.06 - 0.22 * np.clip(below / height, 0, 1)[..., None]
    texture = 1 + 0.05 * _clouded(height, width, 24, rng)[..., None]
    picture += (_colour(colour) * light * texture - picture) * cover


def _blobs(
    picture: Values,
    spots: list[tuple[float, float, float, float]],
    colour: Colour,
    strength: float,
) -> None:
    """Soft ellipses: x, y, half width, half height, as shares of the frame's height (x: of its width)."""
    height, width, _ = picture.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    cover = np.zeros((height, width), np.float32)
    for at_x, at_y, wide, tall in spots:
        distance = ((x - at_x * width) / (wide * height)) ** 2 + ((y - at_y * height) / (tall * height)) ** 2
        cover = np.maximum(cover, np.clip(1.6 * (1 - distance), 0, 1))
    picture += (_colour(colour) - picture) * (cover * strength)[..., None]


def _clouds(picture: Values, rng: np.random.Generator) -> None:
    spots = []
    for _ in range(4):
        x, y = rng.uniform(0.05, 0.95), rng.uniform(0.08, 0.42)
        for aside, above in rng.uniform((-0.05, -0.03), (0.05, 0.02), (4, 2)).tolist():
            spots.append((x + aside, y + above, rng.uniform(0.06, 0.12), 0.045))
    _blobs(picture, spots, (255, 255, 255), 0.55)


def _stars(picture: Values, rng: np.random.Generator) -> None:
    spots = [
        (rng.uniform(0, 1), rng.uniform(0, 0.6), radius, radius)
        for radius in rng.uniform(0.004, 0.012, 40).tolist()
    ]
    _blobs(picture, spots, (255, 246, 220), 0.6)
    x, y = rng.uniform(0.15, 0.85), rng.uniform(0.12, 0.3)
    _blobs(picture, [(x, y, 0.16, 0.16)], (255, 240, 214), 0.16)
    _blobs(picture, [(x, y, 0.08, 0.08)], (255, 240, 214), 0.5)


def _waves(picture: Values, rng: np.random.Generator) -> None:
    height, width, _ = picture.shape
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(0, width / height, width, dtype=np.float32)[None]
    phase, slope = rng.uniform(0, 6.3), rng.uniform(-0.6, 0.6)
    bend = 0.02 * np.sin(9 * x + phase) + 0.012 * np.sin(23 * x + 2 * phase)
    crest = np.sin((y + bend + 0.03 * slope * x) * 52 + phase) ** 8
    picture += (crest * (10 + 22 * (1 - y)))[..., None]


def _sun(picture: Values, rng: np.random.Generator) -> None:
    x, y = rng.uniform(0.15, 0.85), rng.uniform(0.12, 0.3)
    _blobs(picture, [(x, y, 0.34, 0.34)], (255, 250, 226), 0.35)
    _blobs(picture, [(x, y, 0.11, 0.11)], (255, 248, 214), 0.9)


def _paper(picture: Values, rng: np.random.Generator) -> None:
    height, width, _ = picture.shape
    step = max(6, height // 9)
    start = int(rng.integers(0, step))
    thick = max(1, height // 240)
    for offset in range(thick):
        picture[start + offset :: step] *= (0.93, 0.95, 0.98)
        picture[:, start + offset :: step] *= (0.93, 0.95, 0.98)
    fibre = _clouded(height, width, max(8, height // 3), rng)
    picture += fibre[..., None] * 5


_ORNAMENTS: dict[str, Callable[[Values, np.random.Generator], None]] = {
    "clouds": _clouds,
    "stars": _stars,
    "waves": _waves,
    "sun": _sun,
    "paper": _paper,
}
