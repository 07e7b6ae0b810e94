"""What error bars are made from: figures taken apart, which come to what the protocol itself says of the
same videos, each taken as often as it was drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scored_sample import ScoredSample

from rvosbench.evaluate.intervals import clusters, intervals_of
from rvosbench.protocols.catalogue import find
from rvosbench.protocols.units import Unit
from rvosbench.statistics.draws import resample_counts
from rvosbench.statistics.ratios import LinearFigures

DATASETS = [
    "mevis-v1",
    "mevis-v2",
    "ref-youtube-vos",
    "ref-davis17",
    "long-rvos",
    "a2d-sentences",
    "jhmdb-sentences",
]
WITHOUT = {"mAP", "AP50", "AP75", "AP_S", "AP_M", "AP_L", "mAP_best"}  # no sums of ratios


def repeated(units: tuple[Unit, ...], videos: list[str], times: list[int]) -> list[Unit]:
    """Every video as often as it was drawn, under a name of its own each time."""
    return [
        replace(unit, video=f"{unit.video} {copy}", unit=f"{unit.unit} {copy}")
        for video, count in zip(videos, times, strict=True)
        for copy in range(count)
        for unit in units
        if unit.video == video
    ]


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_draw_gives_the_figures_of_videos_that_are_really_repeated(
    dataset: str, scored_sample: ScoredSample
) -> None:
    opened = scored_sample.opened(dataset, "late")
    protocol, units = find(opened.result.protocol), opened.units
    videos, of_unit = clusters(units)
    figures = LinearFigures(protocol.terms(units), of_unit, len(videos))
    assert set(figures.keys) == set(opened.result.metrics) - WITHOUT
    counts = resample_counts(len(videos), 5)
    drawn = figures.estimates + figures.drawn(counts).deviations.T
    for times, row in zip(counts.tolist(), drawn, strict=True):
        expected = protocol.figures(repeated(units, videos, times)).metrics
        found = dict(zip(figures.keys, row.tolist(), strict=True))
        for key in figures.keys:
            if key in expected:
                assert found[key] == pytest.approx(expected[key], abs=1e-11), key
            else:
                assert np.isnan(found[key]), key


def test_units_that_do_not_count_are_left_out_of_sums_and_counts(scored_sample: ScoredSample) -> None:
    opened = scored_sample.opened("mevis-v2", "late")
    terms = find(opened.result.protocol).terms(opened.units)
    (no_target,) = terms["N-acc"]
    assert no_target.denominators.sum() == sum(not unit.targeted for unit in opened.units)
    assert len(terms["final"]) == 4  # J, F, N-acc and T-acc, each over its own units


def test_a_protocol_that_changes_its_figures_without_its_terms_gets_no_interval(
    scored_sample: ScoredSample,
) -> None:
    opened = scored_sample.opened("mevis-v1", "late")
    figures = dict(opened.result.metrics)
    changed = figures | {"J": figures["J"] + 0.01}
    found = intervals_of(find("mevis"), opened.units, changed)
    assert "J" not in found
    assert "F" in found


def test_intervals_do_not_depend_on_the_order_of_units(scored_sample: ScoredSample) -> None:
    opened = scored_sample.opened("ref-davis17", "late")
    protocol = find(opened.result.protocol)
    expected = intervals_of(protocol, opened.units, opened.result.metrics)
    assert expected == dict(opened.result.intervals)
    shuffled = [opened.units[place] for place in np.random.default_rng(0).permutation(len(opened.units))]
    assert intervals_of(protocol, shuffled, opened.result.metrics) == expected
