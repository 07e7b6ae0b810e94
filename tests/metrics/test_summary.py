"""The figures of a whole evaluation from its units and images, and that nothing missing ever raises them."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvosbench.errors import RvosbenchError
from rvosbench.metrics.average_precision import ImageDetections
from rvosbench.metrics.base import Direction, MetricInfo, UnitMetric, UnitScores
from rvosbench.metrics.catalogue import UNIT_METRICS
from rvosbench.metrics.mask_overlaps import Overlaps
from rvosbench.metrics.precision import THRESHOLDS, mean_iou, precision_at, single_precision_iou
from rvosbench.metrics.summary import image_figures, unit_figures, unit_values

NEVER_RAISED = ("J", "F", "J&F", "J_recall", "F_recall", "N-acc", "T-acc", "final", "J&F_targeted")


def random_unit(generator: np.random.Generator) -> UnitScores:
    frames = int(generator.integers(1, 9))
    predicted = generator.random(frames) < generator.choice((0.0, 0.5, 1.0))
    targeted = bool(generator.random() < 0.6)
    return UnitScores(
        j=generator.choice((0.0, 1.0, generator.random()), frames),
        f=generator.choice((0.0, 1.0, generator.random()), frames),
        present=generator.random(frames) < 0.7 if targeted else np.zeros(frames, np.bool_),
        predicted=predicted,
        missing=np.zeros(frames, np.bool_),
        targeted=targeted,
        consecutive=generator.random(frames - 1),
    )


def without(unit: UnitScores, gone: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> UnitScores:
    """What is scored where these frames are missing."""
    return replace(
        unit,
        j=np.where(gone, 0.0, unit.j),
        f=np.where(gone, 0.0, unit.f),
        predicted=unit.predicted & ~gone,
        missing=unit.missing | gone,
    )


def figures(units: list[UnitScores]) -> dict[str, float]:
    return unit_figures([unit_values(unit, UNIT_METRICS) for unit in units])


def test_no_missing_frame_ever_raises_a_figure() -> None:
    generator = np.random.default_rng(11)
    for _ in range(2000):
        units = [random_unit(generator) for _ in range(int(generator.integers(1, 4)))]
        holed = [without(unit, generator.random(len(unit.j)) < generator.random()) for unit in units]
        before, after = figures(units), figures(holed)
        raised = [key for key in NEVER_RAISED if after.get(key, 0.0) > before.get(key, 0.0)]
        assert raised == []


def test_no_missing_image_ever_raises_precision_or_mean_iou() -> None:
    generator = np.random.default_rng(12)
    for _ in range(2000):
        unions = generator.integers(1, generator.choice((12, 100, 5000)), generator.integers(1, 8))
        ious = single_precision_iou(generator.integers(0, unions + 1), unions)
        holed = np.where(generator.random(len(ious)) < 0.4, 0.0, ious)
        assert mean_iou(holed) <= mean_iou(ious)
        raised = [k for k in THRESHOLDS if precision_at(k, holed) > precision_at(k, ious)]
        assert raised == []


@given(st.integers(0, 2**32 - 1))
def test_neither_the_order_of_units_nor_their_spread_over_workers_changes_a_bit(
    seed: int,
) -> None:
    generator = np.random.default_rng(seed)
    values = [unit_values(random_unit(generator), UNIT_METRICS) for _ in range(20)]
    shuffled = [values[place] for place in np.random.default_rng(seed + 1).permutation(len(values))]
    assert unit_figures(shuffled) == unit_figures(values)


@given(st.integers(0, 2**32 - 1))
def test_every_figure_is_a_number_that_json_can_hold(seed: int) -> None:
    generator = np.random.default_rng(seed)
    found = figures([random_unit(generator) for _ in range(4)])
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def constant(value: float, *, targeted: bool = True) -> UnitScores:
    two, both = np.array([value, value]), np.array([True, True])
    present = both if targeted else ~both
    return UnitScores(j=two, f=two / 2, present=present, predicted=both, missing=~both, targeted=targeted)


def test_units_count_alike_however_many_frames_they_have() -> None:
    long = UnitScores(
        j=np.zeros(100),
        f=np.zeros(100),
        present=np.ones(100, np.bool_),
        predicted=np.ones(100, np.bool_),
        missing=np.zeros(100, np.bool_),
    )
    found = figures([constant(1.0), long])
    assert (found["J"], found["F"], found["J&F"]) == (0.5, 0.25, 0.375)


def test_the_final_score_needs_sentences_of_both_kinds() -> None:
    both = figures([constant(0.8), constant(0.2, targeted=False)])
    assert both["final"] == pytest.approx((both["J&F"] + 0.0 + 1.0) / 3)
    assert both["J&F_targeted"] == pytest.approx(0.6)
    only_targeted = figures([constant(0.8)])
    assert only_targeted["J&F_targeted"] == only_targeted["J&F"]
    assert "N-acc" not in only_targeted
    assert "final" not in only_targeted


def test_a_metric_that_no_protocol_asked_for_is_not_reported() -> None:
    asked = [metric for metric in UNIT_METRICS if metric.info.key in ("J", "F")]
    values = [unit_values(constant(0.4), asked)]
    assert set(unit_figures(values)) == {"J", "F", "J&F"}


def test_a_metric_of_a_plug_in_that_gives_no_number_is_an_error_that_names_it() -> None:
    info = MetricInfo("odd", "odd", Direction.UP, (0.0, 1.0), "fraction", "odd", "none")
    with pytest.raises(RvosbenchError, match=r"RVB006: metric odd: .*found nan"):
        unit_values(constant(0.4), [UnitMetric(info, lambda unit: math.nan)])


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ({"f": 2}, "3 values of j, but 2 of f"),
        ({"missing": 4}, "3 values of j, but 4 of missing"),
        ({"consecutive": 3}, "3 frames have 2 neighbours, not 3"),
    ],
)
def test_columns_of_a_unit_that_do_not_fit_are_refused(lengths: dict[str, int], message: str) -> None:
    columns = {"j": 3, "f": 3, "present": 3, "predicted": 3, "missing": 3, "consecutive": 2} | lengths
    with pytest.raises(ValueError, match=message):
        UnitScores(**{name: np.zeros(length) for name, length in columns.items()})  # type: ignore[arg-type]


def test_a_unit_without_frames_is_refused() -> None:
    none = np.zeros(0)
    with pytest.raises(ValueError, match="without a scored frame"):
        UnitScores(none, none, none.astype(np.bool_), none.astype(np.bool_), none.astype(np.bool_))


def image(name: str, *detections: tuple[float, int], truth: int = 100) -> ImageDetections:
    """Detections (score, pixels) that lie within the one target."""
    areas = np.array([area for _, area in detections], np.int64)
    found = Overlaps(areas, np.array([truth]), areas[:, None])
    return ImageDetections(name, np.array([score for score, _ in detections]), found)


def test_of_images_all_figures_are_there() -> None:
    found = image_figures([image("a", (0.9, 100), (0.2, 10)), image("b", (0.4, 60), (0.4, 20))])
    assert found["P@0.5"] == 0.5  # of equal scores the last one counts
    assert found["oIoU"] == 0.6
    assert found["mIoU"] == pytest.approx(0.6)
    assert found["mAP_best"] < found["mAP"]
    assert set(found) == {
        *("mAP", "AP50", "AP75", "AP_S", "mAP_best", "oIoU", "mIoU"),
        *("P@0.5", "P@0.6", "P@0.7", "P@0.8", "P@0.9"),
    }


def test_an_image_without_a_detection_or_with_two_targets_is_refused() -> None:
    with pytest.raises(ValueError, match="a: 0 detections and 1 ground truths"):
        image_figures([image("a")])
    two = Overlaps(np.array([5]), np.array([5, 5]), np.array([[5, 0]]))
    with pytest.raises(ValueError, match="b: 1 detections and 2 ground truths"):
        image_figures([ImageDetections("b", np.array([0.5]), two)])
