"""Comparing results: what is better, what is a tie, and what cannot be told."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from made_results import as_result, many
from scored_sample import ScoredSample

from rvosbench.analysis.opened import Opened
from rvosbench.analysis.paired import TIE, WORSE, compare, interval_of
from rvosbench.errors import Code, UsageError

DATASETS = ["mevis-v2", "ref-youtube-vos", "ref-davis17", "long-rvos", "a2d-sentences", "jhmdb-sentences"]
FEW = 300


@pytest.mark.parametrize("dataset", DATASETS)
def test_scores_are_those_of_the_results_and_lie_in_their_intervals(
    dataset: str, scored_sample: ScoredSample
) -> None:
    one = scored_sample.opened(dataset, "late")
    other = replace(scored_sample.opened(dataset, "shifted"), name="other")
    found = compare([one, other], resamples=FEW)
    for key, of in found.whole.scores.items():
        assert of["late"].value == one.result.metrics[key]
        for score in of.values():
            if score.interval:
                assert score.interval.low <= score.value <= score.interval.high
    (difference,) = found.whole.differences[found.metric]
    expected = one.result.metrics[found.metric] - other.result.metrics[found.metric]
    assert difference.value == pytest.approx(expected, abs=1e-12)
    json.dumps(found.as_json(), allow_nan=False)


@pytest.mark.parametrize("dataset", ["mevis-v2", "a2d-sentences"])
def test_identical_results_are_a_tie(dataset: str, scored_sample: ScoredSample) -> None:
    one = scored_sample.opened(dataset, "late")
    found = compare([one, replace(one, name="again")], resamples=FEW)
    for rows in found.whole.differences.values():
        assert [(row.value, row.p, row.verdict) for row in rows] == [(0.0, 1.0, TIE)]
        assert [row.noise for row in rows] == [0.0 if row.decidable else None for row in rows]
    assert found.ranks() == {"late": 1, "again": 1}


def test_what_is_a_little_better_everywhere_is_better(scored_sample: ScoredSample) -> None:
    """By far less than the scores of videos differ: it is the pairing that tells."""
    like = scored_sample.opened("mevis-v1", "late")
    results = [many(like, "A", 0.0), many(like, "B", 0.03, seed=1), many(like, "C", 0.031, seed=2)]
    found = compare(results)
    verdicts = {(row.one, row.other): row.verdict for row in found.whole.differences["J&F"]}
    assert verdicts == {("A", "B"): WORSE, ("A", "C"): WORSE, ("B", "C"): TIE}
    assert found.ranks() == {"A": 3, "B": 1, "C": 1}
    first = found.whole.scores["J&F"]["A"].interval
    assert first is not None
    assert first.high > found.whole.scores["J&F"]["B"].value  # the intervals of the scores overlap


def test_a_metric_that_should_be_low_is_better_when_it_is_lower(scored_sample: ScoredSample) -> None:
    like = scored_sample.opened("mevis-v1", "late")

    def with_flicker(name: str, level: float, seed: int) -> Opened:
        base = many(like, name, 0.0, seed=seed)
        noise = np.random.default_rng(seed)
        units = tuple(
            replace(unit, values={**unit.values, "flicker": level + noise.normal(0, 0.02)})
            for unit in base.units
        )
        return as_result(name, units, like)

    found = compare([with_flicker("steady", 0.1, 1), with_flicker("shaky", 0.3, 2)], metric="flicker")
    (row,) = found.whole.differences["flicker"]
    assert (row.value < 0, row.verdict) == (True, "better")


def test_everything_is_compared_with_a_baseline_alone(scored_sample: ScoredSample) -> None:
    like = scored_sample.opened("mevis-v1", "late")
    results = [many(like, name, 0.01 * place, seed=place) for place, name in enumerate("ABCD")]
    found = compare(results, baseline="B", resamples=FEW)
    rows = found.whole.differences["J&F"]
    assert [(row.one, row.other) for row in rows] == [("A", "B"), ("C", "B"), ("D", "B")]
    assert all(row.p <= row.p_holm for row in rows)
    assert found.ranks() == {}
    with pytest.raises(UsageError) as caught:
        compare(results, baseline="E")
    assert "A, B, C, D" in caught.value.problems[0].expected


def test_a_difference_does_not_depend_on_what_else_is_compared(scored_sample: ScoredSample) -> None:
    like = scored_sample.opened("mevis-v1", "late")
    one, other, third = (many(like, name, 0.0, seed=place) for place, name in enumerate("ABC"))
    alone = compare([one, other]).whole.differences["J&F"][0]
    beside = compare([third, one, other]).whole.differences["J&F"][2]
    assert (alone.interval, alone.p, alone.noise) == (beside.interval, beside.p, beside.noise)


def test_at_another_level_everything_is_of_that_level(scored_sample: ScoredSample) -> None:
    """Intervals as well as the noise, which is half of one; and verdicts, for which less is enough."""
    like = scored_sample.opened("mevis-v1", "late")
    results = [many(like, "A", 0.0), many(like, "B", 0.008, seed=1)]
    usual, low = compare(results), compare(results, level=0.8)
    (strict,), (mild,) = usual.whole.differences["J&F"], low.whole.differences["J&F"]
    assert (strict.value, strict.p) == (mild.value, mild.p)
    for row, level in ((strict, 0.95), (mild, 0.8)):
        assert row.interval is not None and row.noise is not None and row.detectable is not None
        assert row.interval.level == level
        assert row.noise == pytest.approx((row.interval.high - row.interval.low) / 2, rel=1e-9)
        assert row.interval.low + row.interval.high == pytest.approx(2 * row.value, abs=1e-12)
    assert strict.noise is not None and mild.noise is not None and mild.noise < 0.8 * strict.noise
    assert strict.detectable is not None and mild.detectable is not None
    assert mild.detectable - mild.noise == pytest.approx(strict.detectable - strict.noise, rel=1e-9)
    intervals = [found.whole.scores["J&F"]["A"].interval for found in (usual, low)]
    assert [one.level for one in intervals if one] == [0.95, 0.8]


def test_of_one_video_there_is_no_interval(scored_sample: ScoredSample) -> None:
    like = scored_sample.opened("mevis-v1", "late")
    found = compare([many(like, "A", 0.0, videos=1), many(like, "B", 0.3, videos=1, seed=1)])
    (row,) = found.whole.differences["J&F"]
    assert (row.interval, row.p, row.verdict, row.noise, row.detectable) == (None, 1.0, TIE, None, None)
    assert all(score.interval is None for score in found.whole.scores["J&F"].values())


@pytest.mark.parametrize(
    ("videos", "methods", "decidable"), [(5, 2, False), (6, 2, True), (6, 3, False), (7, 3, True)]
)
def test_too_few_videos_for_so_many_comparisons_are_said_to_decide_nothing(
    videos: int, methods: int, decidable: bool, scored_sample: ScoredSample
) -> None:
    """No p-value is below 2 to the power of 1 - videos, and Holm multiplies it by the comparisons."""
    like = scored_sample.opened("mevis-v1", "late")
    results = [many(like, name, 0.1 * place, videos, seed=place) for place, name in enumerate("ABC")]
    found = compare(results[:methods], resamples=FEW)
    rows = found.whole.differences["J&F"]
    assert found.decidable is decidable
    assert found.as_json()["decidable"] is decidable
    assert {row.verdict for row in rows} == ({WORSE} if decidable else {TIE})
    assert all((row.noise is not None) is (row.detectable is not None) is decidable for row in rows)


def test_no_noise_is_larger_than_the_metric_can_differ(scored_sample: ScoredSample) -> None:
    """One method is right where the other is wrong, the other way round in every second video."""
    like = scored_sample.opened("mevis-v1", "late")

    def alternating(name: str, odd: int) -> Opened:
        units = []
        for video in range(2):
            values = {"J": float(video % 2 == odd), "F": float(video % 2 == odd)}
            units += [replace(unit, video=f"v{video}", values=values) for unit in like.units[:4]]
        return as_result(name, tuple(units), like)

    found = compare([alternating("A", 0), alternating("B", 1)], level=0.4, resamples=FEW)
    (row,) = found.whole.differences["J&F"]
    assert found.decidable
    assert row.noise is None or row.noise <= 1
    assert row.detectable is None


def test_each_kind_of_sentence_has_rows_of_its_own(scored_sample: ScoredSample) -> None:
    one = scored_sample.opened("long-rvos", "late")
    other = replace(scored_sample.opened("long-rvos", "empty"), name="other")
    found = compare([one, other], resamples=FEW)
    assert list(found.kinds) == list(one.result.kinds)
    for kind, group in found.kinds.items():
        assert group.scores["J&F"]["late"].value == one.result.kinds[kind]["J&F"]
        assert group.units == sum(unit.kind == kind for unit in one.units)


def test_results_of_different_data_are_refused(scored_sample: ScoredSample) -> None:
    with pytest.raises(UsageError) as caught:
        compare([scored_sample.opened("mevis-v1", "late"), scored_sample.opened("mevis-v2", "late")])
    assert caught.value.problems[0].code is Code.RESULTS_NOT_COMPARABLE


def test_a_figure_that_no_one_has_is_refused_with_those_there_are(scored_sample: ScoredSample) -> None:
    one = scored_sample.opened("mevis-v1", "late")
    with pytest.raises(UsageError) as caught:
        compare([one, replace(one, name="again")], metric="mAP", resamples=FEW)
    assert caught.value.problems[0].code is Code.NOTHING_TO_RESAMPLE
    assert "J&F" in caught.value.problems[0].expected


def test_the_interval_of_any_mean_is_that_of_the_result(scored_sample: ScoredSample) -> None:
    opened = scored_sample.opened("mevis-v1", "late")
    found = interval_of([unit.values["J"] for unit in opened.units], [unit.video for unit in opened.units])
    assert found is not None
    known = opened.result.intervals["J"]
    assert (max(found.low, 0), min(found.high, 1)) == pytest.approx((known["low"], known["high"]), abs=1e-12)
    assert interval_of([0.1, 0.2], ["a", "a"]) is None
    assert interval_of([None, None], ["a", "b"]) is None
