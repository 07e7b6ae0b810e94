"""Temporal stability: variances over frames, and flicker."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvosbench.metrics.base import UnitMetric, UnitScores, mean_over_units
from rvosbench.metrics.stability import (
    FLICKER,
    STABILITY_J,
    STABILITY_J_PRESENT,
    STABILITY_JF,
    STABILITY_JF_PRESENT,
    flicker,
    variance,
)

scores = st.floats(0, 1, allow_subnormal=False)


def unit(
    j: list[float],
    f: list[float] | None = None,
    *,
    present: list[bool] | None = None,
    missing: list[bool] | None = None,
    consecutive: list[float] | None = None,
) -> UnitScores:
    every = np.ones(len(j), np.bool_)
    return UnitScores(
        j=np.array(j),
        f=np.array(f or j),
        present=every if present is None else np.array(present),
        predicted=every,
        missing=~every if missing is None else np.array(missing),
        consecutive=None if consecutive is None else np.array(consecutive),
    )


@given(st.lists(scores, min_size=2, max_size=50))
def test_the_variance_is_that_of_the_whole_population(values: list[float]) -> None:
    mean = sum(values) / len(values)
    by_hand = sum((value - mean) ** 2 for value in values) / len(values)
    found = variance(np.array(values))
    assert found == pytest.approx(by_hand, abs=1e-15)
    assert found is not None
    assert 0 <= found <= 0.25 + 1e-15


def test_of_j_and_f_it_is_the_variance_of_their_mean_in_each_frame() -> None:
    apart = unit(j=[1.0, 0.0], f=[0.0, 1.0])
    assert STABILITY_J.of_unit(apart) == 0.25
    assert STABILITY_JF.of_unit(apart) == 0.0


def test_frames_without_target_count_as_they_are_scored_or_not_at_all() -> None:
    leaving = unit(j=[0.5, 0.5, 1.0, 1.0], present=[True, True, False, False])
    assert STABILITY_J.of_unit(leaving) == 0.0625
    assert STABILITY_J_PRESENT.of_unit(leaving) == 0.0
    assert STABILITY_JF_PRESENT.of_unit(leaving) == 0.0


def test_a_unit_of_one_frame_has_no_variance_and_does_not_count() -> None:
    short, long = unit(j=[0.3]), unit(j=[0.0, 1.0])
    assert STABILITY_J.of_unit(short) is None
    assert mean_over_units(map(STABILITY_J.of_unit, (short, long))) == 0.25
    once = unit(j=[0.0, 1.0], present=[True, False])
    assert STABILITY_J_PRESENT.of_unit(once) is None


@pytest.mark.parametrize("metric", [STABILITY_J, STABILITY_JF, STABILITY_J_PRESENT, FLICKER])
def test_a_unit_with_a_missing_frame_does_not_count(metric: UnitMetric) -> None:
    whole = unit(j=[0.2, 0.9, 0.4], consecutive=[0.5, 0.5])
    holed = unit(j=[0.2, 0.0, 0.4], missing=[False, True, False], consecutive=[0.0, 0.0])
    assert metric.of_unit(whole) is not None
    assert metric.of_unit(holed) is None


def test_flicker_is_what_neighbours_do_not_share() -> None:
    assert flicker(np.array([1.0, 0.5])) == 0.25
    assert FLICKER.of_unit(unit(j=[0.0, 0.0], consecutive=[0.0])) == 1.0


def test_without_neighbours_there_is_no_flicker() -> None:
    assert FLICKER.of_unit(unit(j=[0.4], consecutive=[])) is None
    assert FLICKER.of_unit(unit(j=[0.4, 0.4])) is None


def test_leaving_a_unit_out_can_improve_it() -> None:
    """Which is why stability counts complete units only, and their number belongs beside it."""
    steady, jumping = unit(j=[0.5, 0.5]), unit(j=[0.0, 1.0])
    gone = unit(j=[0.0, 0.0], missing=[True, True])
    with_it = mean_over_units(map(STABILITY_J.of_unit, (steady, jumping)))
    without = mean_over_units(map(STABILITY_J.of_unit, (steady, gone)))
    assert with_it == 0.125
    assert without == 0.0
