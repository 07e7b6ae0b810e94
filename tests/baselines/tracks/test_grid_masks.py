"""The grid finds what SAM 2's own mask generator finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from mask_generator import generate
from numpy.typing import NDArray
from rvosbench_baselines.tracks import grid
from rvosbench_baselines.tracks.sam2_model import Sam2
from rvosbench_baselines.tracks.settings import DEFAULTS, Prompts

from rvosbench.masks import rle

Film = NDArray[np.uint8]
ALL = replace(DEFAULTS[Prompts.GRID], points=4, predicted_iou=0.0, stability=0.0, box_nms=1.0)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")
@pytest.mark.parametrize(
    "settings", [ALL, replace(ALL, stability=0.3, predicted_iou=0.5), replace(ALL, box_nms=0.9)]
)
def test_the_masks_are_those_of_the_packages_generator(
    monkeypatch: pytest.MonkeyPatch, sam2: Sam2, film: Film, settings: object
) -> None:
    chosen = settings
    assert isinstance(chosen, type(ALL))
    with torch.inference_mode():
        ours = grid.masks(sam2, film[0], chosen)
        theirs = generate(
            monkeypatch,
            sam2.predictor,
            film[0],
            points_per_side=chosen.points,
            pred_iou_thresh=chosen.predicted_iou,
            stability_score_thresh=chosen.stability,
            box_nms_thresh=chosen.box_nms,
        )
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        assert np.array_equal(one.mask, other["segmentation"])
        assert float(one.quality) == pytest.approx(other["predicted_iou"], abs=1e-6)
        assert float(one.stability) == pytest.approx(other["stability_score"], abs=1e-6)


def test_large_pictures_are_enlarged_few_masks_at_a_time(
    monkeypatch: pytest.MonkeyPatch, sam2: Sam2, film: Film
) -> None:
    with torch.inference_mode():
        whole = grid.masks(sam2, film[0], ALL)
        monkeypatch.setattr(grid, "PIXELS_AT_ONCE", 1)
        monkeypatch.setattr(grid, "POINTS_AT_ONCE", 3)
        pieces = grid.masks(sam2, film[0], ALL)
    assert len(whole) == len(pieces) == 3 * 4 * 4
    one, other = (np.sort([int(seen.mask.sum()) for seen in some]) for some in (whole, pieces))
    np.testing.assert_allclose(one, other, atol=2)  # sums of another order: an edge may move by a pixel


def test_points_are_the_centres_of_cells() -> None:
    assert grid.grid(2).tolist() == [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]
    assert len(grid.grid(32)) == 1024


def test_candidates_carry_their_frame_area_and_stability_and_are_no_parts(sam2: Sam2, film: Film) -> None:
    found = grid.candidates(sam2, 3, film[3], ALL)
    masks = [rle.decode(one.counts, 60, 100) for one in found]
    assert {one.frame for one in found} == {3}
    assert [one.area for one in found] == [int(mask.sum()) for mask in masks]
    assert all(one.stability is not None and 0 <= one.stability <= 1 for one in found)
    for place, mask in enumerate(masks):
        assert all((mask & larger).sum() <= 0.7 * mask.sum() for larger in masks[:place])


def test_no_mask_is_good_enough_for_impossible_demands(sam2: Sam2, film: Film) -> None:
    assert grid.candidates(sam2, 0, film[0], replace(ALL, predicted_iou=1.0)) == []
