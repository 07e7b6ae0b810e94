"""One query per clip is matched, and learns from what is visible."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from rvosbench_baselines.soc.criterion import WEIGHTS, SocTarget, losses, match, total
from rvosbench_baselines.soc.model import SocOutput

FRAMES, CLIPS, QUERIES, CLASSES = 3, 2, 4, 5
SIZE = (8, 12)


@pytest.fixture
def target() -> SocTarget:
    masks = torch.zeros(FRAMES, CLIPS, *SIZE)
    masks[:, 0, 2:6, 3:9] = 1
    masks[:2, 1, 4:8, 0:6] = 1
    boxes = torch.zeros(FRAMES, CLIPS, 4)
    boxes[:, 0] = torch.tensor([0.5, 0.5, 0.5, 0.5])
    boxes[:2, 1] = torch.tensor([0.25, 0.75, 0.5, 0.5])
    visible = torch.tensor([[True, True], [True, True], [True, False]])
    return SocTarget(masks, boxes, visible, torch.tensor([0, 3]))


def output_that_fits(target: SocTarget, queries: list[int], classes: int = CLASSES) -> SocOutput:
    """Of each clip one query is right, and the others are far off."""
    torch.manual_seed(0)
    cls = torch.full((FRAMES, CLIPS, QUERIES, classes), -5.0)
    boxes = torch.rand(FRAMES, CLIPS, QUERIES, 4) * 0.1 + 0.05
    masks = torch.randn(FRAMES, CLIPS, QUERIES, *SIZE) - 5
    for clip, query in enumerate(queries):
        cls[:, clip, query, target.labels[clip]] = 5 * (2 * target.visible[:, clip].float() - 1)
        boxes[:, clip, query] = target.boxes[:, clip]
        masks[:, clip, query] = 20 * target.masks[:, clip] - 10
    objects = torch.randn(CLIPS, QUERIES, 16)
    return SocOutput(cls, boxes, masks, objects, torch.randn(CLIPS, 16))


@pytest.mark.parametrize("queries", [[0, 3], [2, 2], [1, 0]])
def test_the_query_that_fits_is_matched(target: SocTarget, queries: list[int]) -> None:
    assert match(output_that_fits(target, queries), target).tolist() == queries


@pytest.mark.parametrize("part", ["pred_cls", "pred_boxes", "pred_masks"])
def test_classes_boxes_and_masks_all_count(target: SocTarget, part: str) -> None:
    """Two queries differ in one respect; the better one is matched."""
    output = output_that_fits(target, [1, 1])
    values = {name: getattr(output, name).clone() for name in ("pred_cls", "pred_boxes", "pred_masks")}
    for name, value in values.items():
        if name != part:
            value[:, :, 3] = value[:, :, 1]
    assert match(replace(output, **values), target).tolist() == [1, 1]
    values[part][:, :, [1, 3]] = values[part][:, :, [3, 1]]
    assert match(replace(output, **values), target).tolist() == [3, 3]


def test_what_fits_costs_little_and_anything_else_more(target: SocTarget) -> None:
    fitting = output_that_fits(target, [1, 2])
    good = losses(fitting, target)
    assert set(good) == set(WEIGHTS)
    for name in ("loss_sigmoid_focal", "loss_dice", "loss_cls", "loss_bbox"):
        assert good[name] < 0.05, name
    worse = losses(replace(fitting, pred_masks=-fitting.pred_masks), target)
    assert worse["loss_dice"] > 0.5
    assert total(worse) > total(good)


def test_classes_are_not_taught_where_the_object_is_not_visible(target: SocTarget) -> None:
    output = output_that_fits(target, [1, 2])
    hidden = output.pred_cls.clone()
    hidden[2, 1, 2, 3] = 5  # claims to see it in the frame in which it is not
    assert losses(replace(output, pred_cls=hidden), target)["loss_cls"] > 0.5
    never = replace(target, visible=torch.zeros_like(target.visible))
    assert all(value.isfinite() for value in losses(output, never).values())


def test_a_single_frame_counts_for_the_match_whether_the_object_is_visible_or_not(target: SocTarget) -> None:
    output = output_that_fits(target, [1, 2])
    one = SocTarget(
        target.masks[:1], target.boxes[:1], torch.zeros(1, CLIPS, dtype=torch.bool), target.labels
    )
    first = replace(
        output,
        pred_cls=output.pred_cls[:1],
        pred_boxes=torch.full((1, CLIPS, QUERIES, 4), 0.5),
        pred_masks=torch.zeros(1, CLIPS, QUERIES, *SIZE),
    )
    assert match(first, one).tolist() == [1, 2]


def test_every_layer_is_matched_and_weighed_by_itself(target: SocTarget) -> None:
    earlier, last = output_that_fits(target, [0, 0]), output_that_fits(target, [3, 1])
    found = losses(replace(last, earlier=(earlier,)), target)
    assert set(found) == set(WEIGHTS) | {f"{name}_0" for name in WEIGHTS}
    expected = sum(WEIGHTS[name] * (found[name] + found[f"{name}_0"]) for name in WEIGHTS)
    assert total(found).item() == pytest.approx(float(expected), rel=1e-5)
    assert found["loss_dice_0"] == losses(earlier, target)["loss_dice"]
