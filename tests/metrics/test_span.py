"""tIoU and vIoU, against a walk over the frames."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvosbench.metrics.base import UnitScores
from rvosbench.metrics.span import T_IOU, V_IOU, temporal_iou, volume_iou

frames = st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.booleans()), min_size=1, max_size=30)


@given(frames)
def test_only_frames_with_target_or_prediction_count(walk: list[tuple[float, bool, bool]]) -> None:
    j, present, predicted = (np.array(column) for column in zip(*walk, strict=True))
    either = [frame for frame in walk if frame[1] or frame[2]]
    both = [frame for frame in walk if frame[1] and frame[2]]
    if either:
        assert temporal_iou(present, predicted) == len(both) / len(either)
        expected = sum(frame[0] for frame in both) / len(either)
        assert volume_iou(j, present, predicted) == pytest.approx(expected, abs=1e-15)
    else:
        assert temporal_iou(present, predicted) == volume_iou(j, present, predicted) == 1.0


@given(frames)
def test_the_overlap_in_space_and_time_is_at_most_that_in_time(
    walk: list[tuple[float, bool, bool]],
) -> None:
    j, present, predicted = (np.array(column) for column in zip(*walk, strict=True))
    assert 0 <= volume_iou(j, present, predicted) <= temporal_iou(present, predicted) <= 1


def unit(present: list[bool], predicted: list[bool], missing: list[bool]) -> UnitScores:
    seen = np.array(present) & np.array(predicted)
    return UnitScores(
        j=seen.astype(np.float64),
        f=seen.astype(np.float64),
        present=np.array(present),
        predicted=np.array(predicted),
        missing=np.array(missing),
    )


def test_a_unit_of_which_nothing_is_there_scores_nothing() -> None:
    gone = unit([False, False], [False, False], [True, True])
    assert T_IOU.of_unit(gone) == V_IOU.of_unit(gone) == 0.0
    assert T_IOU.of_unit(unit([False, False], [False, False], [False, False])) == 1.0


def test_taking_a_frame_away_can_raise_both() -> None:
    """A missing frame is an empty one, as in the evaluation of Long-RVOS, and nothing is right where nothing
    is to be seen."""
    whole = unit([True, False], [True, True], [False, False])
    holed = unit([True, False], [True, False], [False, True])
    assert T_IOU.of_unit(whole) == V_IOU.of_unit(whole) == 0.5
    assert T_IOU.of_unit(holed) == V_IOU.of_unit(holed) == 1.0
