"""Pixels are decided in integers, and rightly."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rvosbench.sample import motion
from rvosbench.sample.dice import Dice
from rvosbench.sample.raster import SAMPLES, SPACING, UNIT, silhouette
from rvosbench.sample.shapes import ONE, SHAPES, outline

WIDTH, HEIGHT = 4, 3
POINTS = st.tuples(st.integers(-UNIT, (WIDTH + 1) * UNIT), st.integers(-UNIT, (HEIGHT + 1) * UNIT))


def lies_inside(x: int, y: int, corners: list[tuple[int, int]]) -> bool:
    """Even-odd rule with exact fractions, one point at a time."""
    inside = False
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if (y0 <= y) != (y1 <= y) and x0 + Fraction((y - y0) * (x1 - x0), y1 - y0) <= x:
            inside = not inside
    return inside


@given(st.lists(POINTS, min_size=3, max_size=6))
@settings(max_examples=60)
def test_coverage_counts_the_samples_inside_the_polygon(corners: list[tuple[int, int]]) -> None:
    shape = silhouette(np.array(corners, np.int64), WIDTH, HEIGHT)
    coverage = np.zeros((HEIGHT, WIDTH), np.int64)
    coverage[shape.window] = shape.coverage
    places = [SPACING // 2 + SPACING * step for step in range(SAMPLES)]
    expected = [
        [
            sum(lies_inside(x * UNIT + dx, y * UNIT + dy, corners) for dx in places for dy in places)
            for x in range(WIDTH)
        ]
        for y in range(HEIGHT)
    ]
    assert coverage.tolist() == expected


def test_a_shape_outside_the_picture_has_no_pixels() -> None:
    far = np.array([(10, 10), (11, 10), (11, 11)], np.int64) * UNIT
    assert silhouette(far, WIDTH, HEIGHT).mask.sum() == 0


@pytest.mark.parametrize("shape", SHAPES)
def test_all_shapes_have_the_area_of_the_circle_they_are_named_after(shape: str) -> None:
    points = outline(shape)
    double = sum(
        ax * by - bx * ay for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True)
    )
    assert abs(double) / 2 == pytest.approx(math.pi * ONE * ONE, rel=0.002)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("toward", [-math.inf, math.inf])
def test_an_outline_does_not_depend_on_the_last_bit_of_the_mathematical_library(
    shape: str, toward: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mathematical libraries differ in the last bit of a sine; masks must not."""
    here = outline(shape)
    sine, cosine = math.sin, math.cos
    monkeypatch.setattr(math, "sin", lambda angle: math.nextafter(sine(angle), toward))
    monkeypatch.setattr(math, "cos", lambda angle: math.nextafter(cosine(angle), toward))
    assert outline.__wrapped__(shape) == here


def test_the_table_of_sines_does_not_depend_on_the_last_bit_either() -> None:
    exact = [16384 * math.sin(2 * math.pi * step / motion.TURN) for step in range(motion.TURN)]
    assert all(abs(value % 1 - 0.5) > 1e-9 for value in exact)
    assert [motion.sine(step) for step in range(motion.TURN)] == [round(value) for value in exact]


def test_the_dice_roll_the_same_for_ever() -> None:
    """These numbers are part of the sample: another generator would be another sample."""
    dice = Dice("sample", 0)
    assert [dice.below(1000) for _ in range(5)] == [698, 615, 453, 236, 385]
    assert Dice("sample", 0).shuffled("abcdef") == list("abdcfe")


def test_dice_of_their_own_are_not_moved_by_the_rolls_of_others() -> None:
    calm, busy = Dice("a"), Dice("a")
    busy.below(6)
    assert [calm.named("b").below(10**9)] == [busy.named("b").below(10**9)]
