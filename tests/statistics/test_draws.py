"""Draws are uniform, the same everywhere, and made in any portions."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rvosbench.statistics.draws import portions, resample_counts


def test_the_first_draws_of_the_default_seed_are_known_forever() -> None:
    assert resample_counts(7, 3, 0).tolist() == [
        [0, 1, 1, 0, 3, 2, 0],
        [2, 1, 2, 2, 0, 0, 0],
        [1, 0, 1, 1, 1, 2, 1],
    ]


@given(st.integers(1, 60), st.integers(1, 50), st.integers(0, 2**63))
def test_every_resample_draws_as_many_clusters_as_there_are(clusters: int, resamples: int, seed: int) -> None:
    counts = resample_counts(clusters, resamples, seed)
    assert counts.shape == (resamples, clusters)
    assert (counts.sum(axis=1) == clusters).all()
    assert (counts >= 0).all()


def test_portions_are_the_whole() -> None:
    whole = resample_counts(150, 3000, 5)
    parts = [resample_counts(150, rows, 5, first) for first, rows in portions(150, 3000)]
    assert len(parts) > 1
    assert (np.concatenate(parts) == whole).all()


def test_every_cluster_is_drawn_equally_often() -> None:
    drawn = resample_counts(50, 4000, 1).sum(axis=0)
    assert stats.chisquare(drawn).pvalue > 0.001


def test_how_often_a_cluster_is_drawn_is_binomial() -> None:
    counts = np.bincount(resample_counts(20, 5000, 2).ravel(), minlength=21)
    expected = 100_000 * stats.binom.pmf(np.arange(21), 20, 1 / 20)
    few = expected < 10
    observed, wanted = [
        np.append(values[~few], values[few].sum()) for values in (counts.astype(float), expected)
    ]
    assert stats.chisquare(observed, wanted).pvalue > 0.001


def test_neighbouring_seeds_have_nothing_in_common() -> None:
    one, other = resample_counts(50, 200, 0).ravel(), resample_counts(50, 200, 1).ravel()
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.05
    assert not (resample_counts(50, 199, 0, 1).ravel() == resample_counts(50, 199, 1).ravel()).all()
