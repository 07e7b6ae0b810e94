"""Holm's correction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rvosbench.statistics.holm import holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_the_example_of_the_textbooks() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


def test_one_test_needs_no_correction() -> None:
    assert holm([0.04]) == (0.04,)
    assert holm([]) == ()


@given(P_VALUES)
def test_it_lies_between_no_correction_and_bonferroni(p_values: list[float]) -> None:
    for plain, corrected in zip(p_values, holm(p_values), strict=True):
        assert plain <= corrected <= min(1.0, len(p_values) * plain)


@given(P_VALUES, st.randoms())
def test_the_order_of_the_tests_does_not_matter(p_values: list[float], random: object) -> None:
    order = list(range(len(p_values)))
    getattr(random, "shuffle")(order)  # noqa: B009
    shuffled = holm([p_values[place] for place in order])
    assert [holm(p_values)[place] for place in order] == list(shuffled)


def test_the_chance_of_any_false_positive_stays_at_the_level() -> None:
    noise = np.random.default_rng(0)
    z = noise.normal(size=(2000, 6))
    wrong = [min(holm(row.tolist())) < 0.05 for row in 2 * stats.norm.sf(np.abs(z))]
    assert np.mean(wrong) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)
