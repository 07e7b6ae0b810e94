"""The bootstrap beside what is known without it: Student's t, SciPy, the jackknife."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from rvosbench.statistics.bootstrap import Uncertainty, bootstrap
from rvosbench.statistics.draws import resample_counts
from rvosbench.statistics.intervals import expanded_percentile, quantile
from rvosbench.statistics.percentile import DrawnUncertainty
from rvosbench.statistics.ratios import LinearFigures

Floats = NDArray[np.float64]


def mean_of(values: Floats, cluster_of: NDArray[np.int64] | None = None, **more: int) -> Uncertainty:
    places = np.arange(len(values)) if cluster_of is None else cluster_of
    term = (1.0, values, np.ones_like(values))
    return bootstrap(LinearFigures({"mean": [term]}, places, int(places.max()) + 1), **more)["mean"]


@pytest.mark.parametrize("clusters", [10, 30, 200])
def test_of_independent_normal_values_it_is_the_interval_of_student(clusters: int) -> None:
    values = np.random.default_rng(clusters).normal(0.5, 0.1, clusters)
    found = mean_of(values)
    error = values.std(ddof=1) / math.sqrt(clusters)
    assert found.error == pytest.approx(error, rel=1e-9)
    interval = found.interval()
    assert interval is not None
    low, high = stats.t.interval(0.95, clusters - 1, values.mean(), error)
    assert interval.low == pytest.approx(low, abs=0.15 * error)
    assert interval.high == pytest.approx(high, abs=0.15 * error)
    t = stats.ttest_1samp(values, 0.47)
    assert mean_of(values - 0.47).p_value() == pytest.approx(t.pvalue, abs=0.02)


def test_of_skewed_values_it_is_the_symmetric_interval_that_scipy_draws_itself() -> None:
    """SciPy's resampling, the statistic that is studentised by hand."""
    values = np.random.default_rng(5).exponential(1.0, 40)
    mean, error = values.mean(), values.std(ddof=1) / math.sqrt(40)

    def ratio(sample: Floats, axis: int = -1) -> Floats:
        return np.asarray(np.abs(sample.mean(axis) - mean) / (sample.std(axis, ddof=1) / math.sqrt(40)))

    drawn = stats.bootstrap((values,), ratio, n_resamples=10_000, method="percentile", rng=1)
    reach = float(np.quantile(drawn.bootstrap_distribution, 0.95)) * error
    interval = mean_of(values).interval()
    assert interval is not None
    assert interval.high - interval.low == pytest.approx(2 * reach, rel=0.04)


def test_the_expanded_percentile_is_that_of_scipy_a_little_wider() -> None:
    values = np.random.default_rng(6).exponential(1.0, 60)
    draws = resample_counts(60, 10_000) @ values / 60
    ours = expanded_percentile(draws, 60)
    scipy = stats.bootstrap((values,), np.mean, n_resamples=10_000, method="percentile", rng=1)
    low, high = scipy.confidence_interval
    assert ours.low < low + 0.01
    assert ours.high > high - 0.01
    assert ours.high - ours.low == pytest.approx((high - low) * stats.t.ppf(0.975, 59) / 1.96, rel=0.04)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30), st.floats(0, 1))
def test_quantiles_are_those_of_numpy(values: list[float], share: float) -> None:
    assert quantile(np.array(values), share) == pytest.approx(np.quantile(values, share), abs=1e-12)


@pytest.mark.parametrize("clusters", [2, 5, 20])
def test_the_percentile_is_expanded_by_t_and_by_the_spread_that_draws_lack(clusters: int) -> None:
    """Of draws that are spread evenly from 0 to 1, an interval says which shares it is between."""
    interval = expanded_percentile(np.linspace(0, 1, 100_001), clusters)
    t = stats.t.ppf(0.975, clusters - 1)
    tail = stats.norm.cdf(-t * math.sqrt(clusters / (clusters - 1)))
    assert interval[:2] == pytest.approx((tail, 1 - tail), abs=1e-9)


@pytest.mark.parametrize("clusters", [6, 12, 40])
def test_a_p_value_of_draws_is_below_5_percent_where_their_interval_leaves_0_out(clusters: int) -> None:
    """With few clusters as with many: what expands the one makes up for the same in the other."""
    draws = np.linspace(-1, 1, 20_001)
    half = float(np.ptp(expanded_percentile(draws, clusters)[:2])) / 2
    for shift, below in ((0.99 * half, False), (1.01 * half, True)):
        found = DrawnUncertainty(shift, clusters, draws + shift)
        interval = found.interval()
        assert interval is not None
        assert (interval.low > 0) is below
        assert (found.p_value() < 0.05) is below
        assert found.noise() == pytest.approx(half, rel=1e-9)
        power = stats.t.ppf(0.8, clusters - 1) / stats.t.ppf(0.975, clusters - 1)
        assert found.detectable() == pytest.approx(half * (1 + power), rel=1e-9)


def test_the_smallest_p_value_of_draws_is_as_small_as_their_number_can_tell() -> None:
    """Of a hundred draws none is below 0: that it happens has a chance of one in 101, not of none."""
    found = DrawnUncertainty(0.5, 40, np.linspace(0.4, 0.6, 100))
    t = stats.norm.isf(1 / 101) * math.sqrt(39 / 40)
    assert found.p_value() == pytest.approx(2 * stats.t.sf(t, 39), rel=1e-9)


def test_a_p_value_of_ratios_counts_those_that_are_as_far_away_and_one_more() -> None:
    """None of 99 is as far away as 4 standard errors, three are as far as 2."""
    ratios = np.concatenate((np.linspace(0, 1.5, 96), [2.0, 2.5, 3.0]))
    assert Uncertainty(0.04, 0.01, 40, ratios).p_value() == 0.01
    assert Uncertainty(-0.02, 0.01, 40, ratios).p_value() == 0.04


def test_draws_that_are_infinitely_far_away_do_not_hide_a_difference_of_twice_the_reach_of_student() -> None:
    """As no interval is wider than two of Student's, no p-value is above that of half the distance."""
    found = Uncertainty(0.1, 0.01, 40, np.full(99, math.inf))
    assert found.p_value() == pytest.approx(2 * stats.t.sf(5, 39), rel=1e-6)
    assert found.noise() == pytest.approx(2 * stats.t.ppf(0.975, 39) * 0.01, rel=1e-9)


@pytest.mark.parametrize("clusters", [5, 40])
def test_what_is_detectable_lies_above_the_noise_by_what_is_missed_once_in_five(clusters: int) -> None:
    found = mean_of(np.random.default_rng(14).normal(0.0, 0.1, clusters))
    above = found.detectable() - found.noise()
    assert above == pytest.approx(stats.t.ppf(0.8, clusters - 1) * found.error, rel=1e-9)


@pytest.mark.parametrize(("missing", "known"), [(10, True), (11, False)])
def test_a_figure_that_more_than_a_tenth_of_the_draws_lack_is_not_known(missing: int, known: bool) -> None:
    draws = np.concatenate((np.full(missing, math.nan), np.linspace(0.4, 0.6, 100 - missing)))
    assert DrawnUncertainty(0.5, 9, draws).known is known


@pytest.mark.parametrize(("holding", "known"), [(2, False), (3, True)])
def test_nor_is_one_of_which_too_few_clusters_hold_anything(holding: int, known: bool) -> None:
    """Of twelve clusters, three are missed altogether by 3 % of the draws, two by 11 %."""
    held = (np.arange(12) < holding).astype(float)
    term = (1.0, np.random.default_rng(15).random(12) * held, held)
    found = bootstrap(LinearFigures({"f": [term]}, np.arange(12), 12))["f"]
    assert found.known is known
    assert (found.interval() is not None) is known


def test_the_standard_error_counts_the_clusters_that_hold_what_a_figure_is_about() -> None:
    """Nine of twelve: the others add nothing to the spread, and nothing to its degrees of freedom. Of two
    ratios in one figure, that which fewer clusters hold decides."""
    values, held = np.random.default_rng(13).random(12), np.arange(12) < 9
    above, below = np.where(held, values, 0.0), held.astype(float)
    figures = LinearFigures(
        {
            "some": [(1.0, above, below)],
            "both": [(1.0, above, below), (1.0, np.ones(12), np.ones(12))],
        },
        np.arange(12),
        12,
    )
    known = values[held]
    error = known.std(ddof=1) / 3
    assert figures.counting.tolist() == [9, 9]
    assert figures.errors == pytest.approx([error, error], rel=1e-9)


def test_values_of_one_cluster_count_as_one_piece_of_evidence() -> None:
    """Ten copies of each value tell no more than one."""
    values = np.random.default_rng(7).normal(0.5, 0.1, 30)
    once, tenfold = mean_of(values), mean_of(np.repeat(values, 10), np.repeat(np.arange(30), 10))
    assert tenfold.interval() == pytest.approx(once.interval(), abs=1e-12)


@given(st.integers(0, 1000), st.integers(2, 12))
def test_neither_order_nor_names_of_clusters_change_a_draw(seed: int, clusters: int) -> None:
    noise = np.random.default_rng(seed)
    values, places = noise.random(40), noise.integers(0, clusters, 40)
    order = noise.permutation(40)
    one = LinearFigures({"mean": [(1.0, values, np.ones(40))]}, places, clusters)
    other = LinearFigures({"mean": [(1.0, values[order], np.ones(40))]}, places[order], clusters)
    counts = resample_counts(clusters, 20, seed)
    for ours, theirs in zip(one.drawn(counts), other.drawn(counts), strict=True):
        assert np.array_equal(ours, theirs, equal_nan=True)


def test_a_sum_of_ratios_with_different_denominators_is_linearised_as_a_whole() -> None:
    """The standard error beside that of the jackknife."""
    noise = np.random.default_rng(8)
    places = np.repeat(np.arange(80), 5)
    values, some = noise.random(400), (noise.random(400) < 0.6).astype(float)
    terms = [(0.5, values, np.ones(400)), (0.5, values**2 * some, some)]
    figures = LinearFigures({"both": terms}, places, 80)
    without = np.ones((80, 80), np.int64) - np.eye(80, dtype=np.int64)
    left_out = figures.estimates[0] + figures.drawn(without).deviations[0]
    jackknife = math.sqrt(79 / 80 * np.sum((left_out - left_out.mean()) ** 2))
    assert figures.errors[0] == pytest.approx(jackknife, rel=0.02)


def test_a_difference_of_equal_figures_is_nothing() -> None:
    values = np.random.default_rng(9).random(30)
    terms = [(0.5, values, np.ones(30)), (-0.5, values, np.ones(30))]
    found = bootstrap(LinearFigures({"d": terms}, np.arange(30), 30))["d"]
    assert (found.estimate, found.error, found.p_value(), found.noise()) == (0.0, 0.0, 1.0, 0.0)
    assert found.interval() is None


def test_one_cluster_tells_nothing() -> None:
    found = mean_of(np.array([0.1, 0.9]), np.array([0, 0]))
    assert found.interval() is None
    assert found.p_value() == 1.0
    assert found.noise() == found.detectable() == math.inf


@pytest.mark.parametrize("clusters", [2, 3, 4, 5])
def test_a_handful_of_clusters_proves_nothing(clusters: int) -> None:
    found = mean_of(0.5 + np.arange(clusters) / 1e6)
    assert found.p_value() >= 2 ** (1 - clusters)


def test_one_cluster_that_stands_out_widens_the_interval_only_so_far() -> None:
    values = np.zeros(50)
    values[3] = 1.0
    interval = mean_of(values).interval()
    assert interval is not None
    assert interval.high - 0.02 == pytest.approx(2 * stats.t.ppf(0.975, 49) * 0.02, rel=1e-6)


def test_an_interval_leaves_nothing_out_exactly_where_the_p_value_is_small() -> None:
    noise = np.random.default_rng(10)
    for shift in np.linspace(0.0, 0.1, 25):
        found = mean_of(noise.normal(shift, 0.1, 25), resamples=2000)
        interval = found.interval()
        assert interval is not None
        outside = not interval.low <= 0 <= interval.high
        assert outside == (found.p_value() < 0.05) or abs(found.p_value() - 0.05) < 0.002


def test_a_difference_that_is_called_detectable_is_detected_four_times_in_five() -> None:
    noise = np.random.default_rng(11)
    sample = noise.normal(0.0, 0.1, (400, 40))
    wanted = np.mean([mean_of(row, resamples=500).detectable() for row in sample])
    found = np.mean([mean_of(row + wanted, resamples=500).p_value() < 0.05 for row in sample])
    assert 0.74 < found < 0.86


def test_figures_without_linearisation_agree_with_those_that_have_it() -> None:
    values = np.random.default_rng(12).normal(0.03, 0.1, 60)
    draws = resample_counts(60, 4000) @ values / 60
    drawn, exact = DrawnUncertainty(float(values.mean()), 60, draws), mean_of(values)
    assert drawn.p_value() == pytest.approx(exact.p_value(), abs=0.02)
    assert drawn.noise() == pytest.approx(exact.noise(), rel=0.06)
    assert drawn.detectable() == pytest.approx(exact.detectable(), rel=0.06)
    assert DrawnUncertainty(0.0, 60, np.zeros(100)).p_value() == 1.0
    assert DrawnUncertainty(0.5, 60, np.full(100, math.nan)).interval() is None
