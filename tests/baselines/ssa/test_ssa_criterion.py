"""What fits costs little; queries learn the object that they were matched to, or that they are nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from rvosbench_baselines.ssa.criterion import SsaWeights, losses, total
from rvosbench_baselines.ssa.frame_decoder import FramePrediction
from rvosbench_baselines.ssa.model import Frames, SsaOutput
from rvosbench_baselines.ssa.video_decoder import VideoPrediction
from torch import Tensor

FRAMES, QUERIES, SIDE = 3, 4, 8
WEIGHTS = SsaWeights(points=400)


@pytest.fixture
def target() -> Tensor:
    """Two objects, the second of which leaves before the last frame."""
    masks = torch.zeros(2, FRAMES, SIDE, SIDE)
    masks[0, :, 1:5, 1:4] = 1
    masks[1, :2, 4:8, 5:8] = 1
    return masks


def output_that_fits(target: Tensor, queries: tuple[int, int], layers: int = 2) -> SsaOutput:
    """The objects are in these queries, in frames and video alike; other queries are nothing. The maps have a
    channel for each object, and one that is always on."""
    torch.manual_seed(0)
    frame_logits = torch.tensor([-6.0, 6.0]).repeat(FRAMES, QUERIES, 1)
    frame_masks = torch.full((FRAMES, QUERIES, SIDE, SIDE), -12.0)
    maps = torch.cat([24 * target.transpose(0, 1), torch.ones(FRAMES, 1, SIDE, SIDE)], 1)
    embedded = torch.zeros(layers, 1, QUERIES, 3)
    embedded[..., 2] = -12.0
    video_logits = torch.tensor([-6.0, 6.0]).repeat(layers, 1, QUERIES, 1)
    own = torch.zeros(QUERIES, 8)
    for thing, query in enumerate(queries):
        for frame in range(FRAMES):
            if target[thing, frame].any():
                frame_logits[frame, query] = torch.tensor([6.0, -6.0])
                frame_masks[frame, query] = 24 * target[thing, frame] - 12
        embedded[:, :, query, thing] = 1.0
        video_logits[:, :, query] = torch.tensor([6.0, -6.0])
        own[query, 2 * thing], own[query, 2 * thing + 1] = 5.0, -5.0
    own[queries[1]] -= 5 * own[queries[0]].sign()  # unlike each other
    order = torch.arange(QUERIES)[None, :, None].expand(FRAMES, -1, layers)
    video = VideoPrediction(
        video_logits,
        embedded,
        order,
        own.expand(layers, 1, -1, -1),
        own.expand(layers, 1, FRAMES, -1, -1),
    )
    one = FramePrediction(torch.zeros(FRAMES, QUERIES, 8), frame_logits, frame_masks)
    frames = Frames(torch.zeros(layers, FRAMES, QUERIES, 8), torch.zeros(FRAMES, 1, 8), maps, (one, one))
    return SsaOutput(frames, video)


@pytest.mark.parametrize("queries", [(0, 3), (2, 1)])
def test_what_fits_costs_little_wherever_it_is(target: Tensor, queries: tuple[int, int]) -> None:
    found = losses(output_that_fits(target, queries), [target], WEIGHTS)
    assert set(found) == {
        *(f"loss_{kind}/frame_{layer}" for kind in ("class", "mask", "dice") for layer in range(2)),
        *(f"loss_{kind}/video_0" for kind in ("class", "mask", "dice")),
        "loss_similarity",
    }
    # Between pixels both masks are in between, where no logit costs less than that of a coin.
    bounds = {"loss_class": 0.01, "loss_mask": 0.7, "loss_dice": 0.3, "loss_similarity": 0.01}
    for name, value in found.items():
        assert value < bounds[name.split("/")[0]], name


def test_wrong_masks_classes_and_unlike_queries_each_cost_in_their_own_loss(target: Tensor) -> None:
    fitting = output_that_fits(target, (0, 3))
    good = losses(fitting, [target], WEIGHTS)
    video = fitting.video
    wrong_mask = losses(
        replace(fitting, video=replace(video, pred_mask_embed=-video.pred_mask_embed)), [target], WEIGHTS
    )
    assert wrong_mask["loss_mask/video_0"] > 10 * good["loss_mask/video_0"]
    assert wrong_mask["loss_dice/frame_0"] == pytest.approx(good["loss_dice/frame_0"].item(), abs=0.02)
    unlike = replace(video, video_embed=-video.video_embed)
    assert losses(replace(fitting, video=unlike), [target], WEIGHTS)["loss_similarity"] > 1.0
    unsure = replace(video, pred_logits=torch.zeros_like(video.pred_logits))
    assert losses(replace(fitting, video=unsure), [target], WEIGHTS)["loss_class/video_0"] > 0.5


def test_each_kind_of_loss_has_its_weight(target: Tensor) -> None:
    found = losses(output_that_fits(target, (1, 2)), [target], WEIGHTS)
    expected = sum(
        {"loss_class": 2.0, "loss_mask": 5.0, "loss_dice": 5.0, "loss_similarity": 1.0}[name.split("/")[0]]
        * value
        for name, value in found.items()
    )
    assert total(found, WEIGHTS).item() == pytest.approx(float(expected), rel=1e-5)


def test_frame_queries_that_were_put_in_order_are_found_again_if_so_wanted(target: Tensor) -> None:
    """The authors' code compares them under matches from before; the switch follows them."""
    fitting = output_that_fits(target, (0, 3))
    turned = torch.tensor([3, 1, 2, 0])
    video = replace(
        fitting.video,
        order=turned[None, :, None].expand(FRAMES, -1, 2),
        frame_embed=fitting.video.frame_embed[:, :, :, turned],
    )
    moved = replace(fitting, video=video)
    assert losses(moved, [target], replace(WEIGHTS, follow_alignment=True))["loss_similarity"] < 0.1
    assert losses(moved, [target], WEIGHTS)["loss_similarity"] > 1.0


def test_without_anything_to_see_queries_learn_that_they_are_nothing(target: Tensor) -> None:
    fitting = output_that_fits(target, (0, 3))
    found = losses(fitting, [torch.zeros_like(target)[:0]], WEIGHTS)
    assert all(value.isfinite() for value in found.values())
    assert found["loss_class/video_0"] > 1.0
    assert found["loss_mask/video_0"] == found["loss_dice/frame_1"] == 0


def test_the_model_in_training_gives_all_that_the_losses_need() -> None:
    """As many terms as the released configuration has: three of each layer, and one of likeness."""
    from rvosbench_baselines.ssa import build

    torch.manual_seed(0)
    model = build("ssa-small").train()
    output = model(
        [torch.rand(3, 32, 32) * 255 for _ in range(4)], torch.tensor([[1, 5, 511, *[0] * 74]] * 2)
    )
    masks = torch.zeros(1, 2, 32, 32)
    masks[:, :, 8:20, 8:20] = 1
    found = losses(output, [masks, masks], WEIGHTS)
    depth = model.config.frame_depth + 1
    assert len(found) == 3 * depth + 3 * model.config.video_depth + 1
    torch.autograd.backward(total(found, WEIGHTS))
    assert all(
        weight.grad is not None
        for name, weight in model.named_parameters()
        if name.startswith("vita_module.")
    )
