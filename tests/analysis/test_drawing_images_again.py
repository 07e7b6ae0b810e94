"""mAP of videos that are drawn again: every image of a video is there as often as its video was drawn."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scored_sample import ScoredSample

from rvosbench.analysis.opened import Opened
from rvosbench.analysis.paired import compare
from rvosbench.analysis.resampling import resampled
from rvosbench.metrics.average_precision import ImageDetections
from rvosbench.metrics.mask_overlaps import Overlaps
from rvosbench.metrics.summary import image_figures
from rvosbench.protocols.catalogue import find
from rvosbench.protocols.units import Detection, Unit
from rvosbench.statistics.bootstrap import Uncertainty
from rvosbench.statistics.draws import resample_counts
from rvosbench.statistics.percentile import DrawnUncertainty

DRAWS = 25
SEED = 3


def scored(like: Opened, name: str, least: float, seed: int) -> Opened:
    """Seven videos of one to four images, in an order that is not that of names; their queries lie within the
    target and hold `least` of it or more."""
    noise = np.random.default_rng(seed)
    units = []
    for number, video in enumerate("gbeacfd"):
        for image in range(1 + number % 4):
            truth = 400 + 100 * number
            areas = (truth * noise.uniform(least, 1, 2)).astype(int).tolist()
            queries = tuple(Detection(float(noise.random()), area, area) for area in areas)
            units.append(
                replace(
                    like.units[0],
                    video=video,
                    unit=f"v_{video}_f_{image}_i_1",
                    truth_area=truth,
                    detections=queries,
                )
            )
    figures = find(like.result.protocol).figures(units)
    made = Opened(name, replace(like.result, metrics=figures.metrics), like.folder)
    made.__dict__["units"] = tuple(units)
    return made


@pytest.fixture(scope="module")
def results(scored_sample: ScoredSample) -> tuple[Opened, Opened]:
    like = scored_sample.opened("a2d-sentences", "shifted")
    return scored(like, "good", 0.6, 1), scored(like, "poor", 0.2, 2)


def copy_of(unit: Unit, copy: int) -> ImageDetections:
    """Copies stand beside each other in the order of names, which decides ties."""
    found = unit.detections
    overlaps = Overlaps(
        np.array([one.area for one in found], np.int64),
        np.array([unit.truth_area], np.int64),
        np.array([[one.intersection] for one in found], np.int64),
    )
    scores = np.array([one.score for one in found], np.float64)
    return ImageDetections(f"{unit.unit}_{copy}", scores, overlaps)


def drawn(opened: Opened, times: dict[str, int]) -> dict[str, float]:
    images = [copy_of(unit, copy) for unit in opened.units for copy in range(times[unit.video])]
    return image_figures(images)


def test_draws_are_those_of_images_that_are_really_there_several_times(
    results: tuple[Opened, Opened],
) -> None:
    found = resampled(results, [(0, 1)], DRAWS, SEED)
    counts = resample_counts(7, DRAWS, SEED).tolist()
    every = [dict(zip("abcdefg", row, strict=True)) for row in counts]
    figures = [[drawn(one, times) for times in every] for one in results]
    for key in ("mAP", "AP50", "mAP_best"):
        first, second = (np.array([one.get(key, math.nan) for one in of]) for of in figures)
        for known, expected in (
            (found.scores[key][0], first),
            (found.scores[key][1], second),
            (found.differences[key][0, 1], first - second),
        ):
            assert isinstance(known, DrawnUncertainty)
            np.testing.assert_allclose(known.draws, expected, rtol=0, atol=1e-12)
    assert isinstance(found.scores["mIoU"][0], Uncertainty)


def test_a_difference_lies_in_its_own_interval_and_on_its_own_side(results: tuple[Opened, Opened]) -> None:
    rows = compare(results, resamples=200).whole.differences
    intervals = {key: of[0].interval for key, of in rows.items() if of[0].interval is not None}
    assert {"mAP", "mIoU"} <= intervals.keys()
    for key, interval in intervals.items():
        assert interval.low <= rows[key][0].value <= interval.high, key
    assert rows["mAP"][0].value > 0.05 and intervals["mAP"].high > 0.05
