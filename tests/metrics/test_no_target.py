"""N-acc, T-acc and the final score of MeViS v2."""

from __future__ import annotations

import numpy as np
import pytest

from rvosbench.metrics.base import UnitScores, mean_over_units
from rvosbench.metrics.no_target import N_ACC, T_ACC, final_score


def unit(predicted: str, *, targeted: bool) -> UnitScores:
    """One letter per frame: `m` a mask, `.` an empty one, `-` none."""
    frames = np.array(list(predicted))
    nothing = np.zeros(len(frames))
    return UnitScores(
        j=nothing,
        f=nothing,
        present=np.zeros(len(frames), np.bool_),
        predicted=frames == "m",
        missing=frames == "-",
        targeted=targeted,
    )


@pytest.mark.parametrize(
    ("predicted", "expected"), [("...", 1.0), ("..m", 0.0), ("mmm", 0.0), ("..-", 0.0), ("---", 0.0)]
)
def test_a_sentence_without_target_wants_every_frame_there_and_empty(predicted: str, expected: float) -> None:
    assert N_ACC.of_unit(unit(predicted, targeted=False)) == expected
    assert T_ACC.of_unit(unit(predicted, targeted=False)) is None


@pytest.mark.parametrize(
    ("predicted", "expected"), [("mmm", 1.0), ("..m", 1.0), ("-m-", 1.0), ("...", 0.0), ("---", 0.0)]
)
def test_a_sentence_with_a_target_wants_a_mask_in_any_frame(predicted: str, expected: float) -> None:
    assert T_ACC.of_unit(unit(predicted, targeted=True)) == expected
    assert N_ACC.of_unit(unit(predicted, targeted=True)) is None


def test_each_is_a_share_of_its_own_kind_of_sentences() -> None:
    units = [
        unit("..", targeted=False),
        unit(".m", targeted=False),
        unit("mm", targeted=True),
        unit("m.", targeted=True),
        unit("..", targeted=True),
    ]
    assert mean_over_units(map(N_ACC.of_unit, units)) == 0.5
    assert mean_over_units(map(T_ACC.of_unit, units)) == 2 / 3


@pytest.mark.parametrize(
    ("j_and_f", "n_acc", "t_acc", "published"),
    [(53.09, 41.38, 92.53, 62.33), (56.72, 41.38, 92.53, 63.54), (46.03, 96.55, 57.83, 66.80)],
)
def test_the_final_score_is_that_of_published_tables(
    j_and_f: float, n_acc: float, t_acc: float, published: float
) -> None:
    assert round(final_score(j_and_f, n_acc, t_acc), 2) == published
