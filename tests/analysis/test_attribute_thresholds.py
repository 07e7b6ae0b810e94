"""The thresholds of docs/attributes.md, from masks that lie on them and just below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from box_masks import Box, box_masks
from scoring import Masks, make_split, video

from rvosbench.analysis.attributes import attributes_of
from rvosbench.schema import ExpressionRecord

SIDE = 100


def track(*places: Box | None) -> Masks:
    return box_masks((SIDE, SIDE), *places)


def bucket_of(
    home: Path, attribute: str, targets: Sequence[Masks], text: str = "it", others: Sequence[Masks] = ()
) -> str:
    objects = {str(number): masks for number, masks in enumerate([*targets, *others])}
    sentence = ExpressionRecord("0", text, tuple(objects)[: len(targets)])
    split = make_split(home, "mevis-v1", "valid_u", [video("v", objects, [sentence])])
    return attributes_of(split)["v", "0"][attribute]


@pytest.mark.parametrize(
    ("size", "bucket"),
    [
        ((9, 11), "< 1 %"),  # 99 of 10,000 pixels
        ((10, 10), "1-10 %"),
        ((27, 37), "1-10 %"),  # 999
        ((25, 40), ">= 10 %"),
    ],
)
def test_size(size: tuple[int, int], bucket: str, tmp_path: Path) -> None:
    assert bucket_of(tmp_path, "size", [track((0, 0, *size))]) == bucket


@pytest.mark.parametrize(("frames", "bucket"), [(29, "< 30"), (30, "30-89"), (89, "30-89"), (90, ">= 90")])
def test_length(frames: int, bucket: str, tmp_path: Path) -> None:
    assert bucket_of(tmp_path, "length", [track(*[(0, 0, 5, 5)] * frames)]) == bucket


@pytest.mark.parametrize(
    ("hidden", "frames", "bucket"),
    [(0, 9, "none"), (1, 9, "< 20 %"), (1, 6, "< 20 %"), (1, 5, ">= 20 %"), (3, 9, ">= 20 %")],
)
def test_occlusion(hidden: int, frames: int, bucket: str, tmp_path: Path) -> None:
    places = [None if 1 <= frame <= hidden else (0, 0, 10, 10) for frame in range(frames)]
    assert bucket_of(tmp_path, "occlusion", [track(*places)]) == bucket


@pytest.mark.parametrize(("width", "bucket"), [(49, ">= 20 %"), (50, "none")])
def test_less_than_half_of_an_area_is_partly_hidden(width: int, bucket: str, tmp_path: Path) -> None:
    whole = (0, 0, 100, 10)
    assert bucket_of(tmp_path, "occlusion", [track(whole, (0, 0, width, 10), whole)]) == bucket


@pytest.mark.parametrize(
    ("step", "side", "bucket"),
    [
        (1, 51, "< 0.02"),
        (1, 50, "0.02-0.10"),
        (5, 51, "0.02-0.10"),
        (5, 50, ">= 0.10"),
    ],
)
def test_speed(step: int, side: int, bucket: str, tmp_path: Path) -> None:
    moving = track((0, 0, side, side), (step, 0, side, side))
    assert bucket_of(tmp_path, "speed", [moving]) == bucket


@pytest.mark.parametrize(
    ("after", "bucket"),
    [
        ((13, 10, 40, 40), "0.02-0.10"),  # 3.0 pixels: less than a tenth of 31.6, more of 20
        ((13, 9, 41, 41), ">= 0.10"),  # 3.5 pixels: more than a tenth of 32.3, less of 41
    ],
)
def test_speed_is_measured_by_the_mean_area_of_two_frames(after: Box, bucket: str, tmp_path: Path) -> None:
    """And neither by the smaller nor by the larger one alone."""
    assert bucket_of(tmp_path, "speed", [track((20, 20, 20, 20), after)]) == bucket


def test_speed_of_several_targets_is_their_mean(tmp_path: Path) -> None:
    still, moving = track((0, 0, 50, 50), (0, 0, 50, 50)), track((0, 50, 50, 50), (6, 50, 50, 50))
    assert bucket_of(tmp_path, "speed", [still, moving]) == "0.02-0.10"


@pytest.mark.parametrize(("words", "bucket"), [(5, "1-5"), (6, "6-10"), (10, "6-10"), (11, "> 10")])
def test_words(words: int, bucket: str, tmp_path: Path) -> None:
    assert bucket_of(tmp_path, "words", [track((0, 0, 5, 5))], " ".join(["it"] * words)) == bucket


@pytest.mark.parametrize(
    ("others", "bucket"), [(0, "0"), (1, "1-2"), (2, "1-2"), (3, "3-5"), (5, "3-5"), (6, "6+")]
)
def test_distractors(others: int, bucket: str, tmp_path: Path) -> None:
    one = track((0, 0, 5, 5))
    assert bucket_of(tmp_path, "distractors", [one], others=[one] * others) == bucket


@pytest.mark.parametrize(("targets", "bucket"), [(1, "1"), (2, "2"), (3, "3+"), (4, "3+")])
def test_targets(targets: int, bucket: str, tmp_path: Path) -> None:
    assert bucket_of(tmp_path, "targets", [track((0, 0, 5, 5))] * targets) == bucket
