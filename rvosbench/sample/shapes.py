"""The outlines of the shapes, as polygons with whole-numbered corners.

All shapes have the same area: that of a circle whose radius is `ONE`. Their centre of mass is the origin.
Corners are computed in floating point once and then rounded; from there on only integers decide pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

ONE = 4096

Point = tuple[float, float]
Outline = tuple[tuple[int, int], ...]

SHAPES = ("circle", "square", "triangle", "star", "heart", "hexagon", "cross", "flower")

_PLURALS = {"cross": "crosses"}

# Shapes that look the same, or nearly so, after a small turn: one does not see them spin.
ROUND = ("circle", "hexagon", "flower")


def plural(noun: str) -> str:
    return _PLURALS.get(noun, noun + "s")


@cache
def outline(shape: str) -> Outline:
    points = _corners(shape)
    centre_x, centre_y, area = _mass(points)
    scale = ONE * math.sqrt(math.pi / area)
    return tuple((round((x - centre_x) * scale), round((y - centre_y) * scale)) for x, y in points)


def _corners(shape: str) -> list[Point]:
    if shape == "circle":
        return _ring(48, lambda _: 1.0)
    if shape == "flower":
        return _ring(84, lambda angle: 0.76 + 0.32 * abs(math.cos(3 * angle)))
    if shape == "heart":
        return [_heart(2 * math.pi * step / 60) for step in range(60)]
    if shape == "cross":
        arm = 0.42
        quarter = [(arm, -1.0), (arm, -arm), (1.0, -arm), (1.0, arm), (arm, arm), (arm, 1.0)]
        return _rounded([*quarter, *((-x, -y) for x, y in quarter)], 0.2)
    if shape == "star":
        tips = [_on_circle(step / 10, 1.0 if step % 2 == 0 else 0.47) for step in range(10)]
        return _rounded(tips, 0.2)
    sides = {"triangle": 3, "square": 4, "hexagon": 6}[shape]
    first = 1 / 8 if shape == "square" else 0.0
    return _rounded([_on_circle(first + step / sides, 1.0) for step in range(sides)], 0.18)


def _on_circle(turn: float, radius: float) -> Point:
    """Clockwise on the screen, beginning at the top."""
    return radius * math.sin(2 * math.pi * turn), -radius * math.cos(2 * math.pi * turn)


def _ring(steps: int, radius: Callable[[float], float]) -> list[Point]:
    return [_on_circle(step / steps, radius(2 * math.pi * step / steps)) for step in range(steps)]


def _heart(angle: float) -> Point:
    x = 16 * math.sin(angle) ** 3
    y = 13 * math.cos(angle) - 5 * math.cos(2 * angle) - 2 * math.cos(3 * angle) - math.cos(4 * angle)
    return x / 16, -y / 16


def _rounded(corners: list[Point], cut: float, steps: int = 6) -> list[Point]:
    """Every corner becomes a curve that begins and ends at the share `cut` of its two sides."""
    points: list[Point] = []
    for index, corner in enumerate(corners):
        before, after = corners[index - 1], corners[(index + 1) % len(corners)]
        first, last = _toward(corner, before, cut), _toward(corner, after, cut)
        for step in range(steps + 1):
            share = step / steps
            points.append(_toward(_toward(first, corner, share), _toward(corner, last, share), share))
    return points


def _toward(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _mass(points: list[Point]) -> tuple[float, float, float]:
    """Centre of mass and area of a polygon."""
    area = x = y = 0.0
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True):
        part = ax * by - bx * ay
        area += part / 2
        x += (ax + bx) * part / 6
        y += (ay + by) * part / 6
    return x / area, y / area, abs(area)
