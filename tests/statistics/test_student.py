"""Student's t, beside SciPy's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rvosbench.statistics.student import (
    normal_lower_probability,
    two_sided_quantile,
    upper_probability,
)


@given(st.floats(0.01, 0.999), st.integers(1, 600))
def test_quantiles_are_those_of_scipy(level: float, freedom: int) -> None:
    expected = stats.t.ppf((1 + level) / 2, freedom)
    assert two_sided_quantile(level, freedom) == pytest.approx(expected, rel=1e-8)


@given(st.floats(-30, 30), st.integers(1, 600))
def test_tails_are_those_of_scipy(t: float, freedom: int) -> None:
    assert upper_probability(t, freedom) == pytest.approx(stats.t.sf(t, freedom), abs=1e-12)


@given(st.floats(-8, 8))
def test_the_normal_distribution_is_that_of_scipy(z: float) -> None:
    assert normal_lower_probability(z) == pytest.approx(stats.norm.cdf(z), rel=1e-9)


@pytest.mark.parametrize(("level", "freedom"), [(0.0, 5), (1.0, 5), (0.95, 0)])
def test_what_has_no_quantile_is_refused(level: float, freedom: int) -> None:
    with pytest.raises(ValueError, match="no quantile"):
        two_sided_quantile(level, freedom)
