"""What SSA is trained with: classes and masks of every frame and of the video, layer by layer, each query
matched to one object or to none; and frame queries that resemble the video query of their object.

The losses of Mask2Former (Cheng et al., CVPR 2022) for frames, and of VITA (Heo et al., NeurIPS 2022) for
videos. Masks are compared at random points, so no stored figure of the authors' code can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from rvosbench_baselines.layers.losses import dice
from rvosbench_baselines.layers.points import at_points, uncertain_points
from rvosbench_baselines.layers.set_matching import Match, match
from rvosbench_baselines.ssa.frame_decoder import FramePrediction
from rvosbench_baselines.ssa.model import SsaOutput
from rvosbench_baselines.ssa.video_decoder import VideoPrediction

Layer = TypeVar("Layer")


@dataclass(frozen=True, slots=True)
class SsaWeights:
    """Of the losses, which also weigh the costs of matching; and how points are drawn."""

    class_weight: float = 2.0
    mask_weight: float = 5.0
    dice_weight: float = 5.0
    similarity_weight: float = 1.0
    """The authors' configuration says 0.5, but their code gives this loss another name than the weight."""
    nothing_weight: float = 0.1
    points: int = 12544
    oversample: float = 3.0
    uncertain_share: float = 0.75
    follow_alignment: bool = False
    """Whether frame queries are compared under the objects that they were matched to. In the authors' code
    they are put in order before, and the matches are not."""


def losses(output: SsaOutput, targets: Sequence[Tensor], weights: SsaWeights) -> dict[str, Tensor]:
    """`targets` are the objects of each video, [n, T, H, W] of 0 and 1, at the padded size of the input. By
    kind and place, unweighted."""
    frames = output.frames
    found: dict[str, Tensor] = {}
    of_frames = [target[:, frame] for target in targets for frame in range(target.shape[1])]
    of_frames = [target[target.flatten(1).any(1)] for target in of_frames]
    matched: list[Match] = []
    for place, prediction in _last_first(frames.predictions):
        matched_now = _match_frames(prediction, of_frames, weights)
        matched = matched or matched_now
        found |= _named(f"frame_{place}", _frame_losses(prediction, of_frames, matched_now, weights))
    video_matches: list[Match] = []
    videos = (*output.video.earlier, output.video)
    for place, video in _last_first(videos):
        matches = _match_videos(video, frames.masks, targets, weights)
        video_matches = video_matches or matches
        found |= _named(f"video_{place}", _video_losses(video, frames.masks, targets, matches, weights))
    found["loss_similarity"] = _similarity_loss(
        output.video, _visible_objects(targets), matched, video_matches, weights
    )
    return found


def total(found: dict[str, Tensor], weights: SsaWeights) -> Tensor:
    """What is minimised."""
    by_kind = {
        "loss_class": weights.class_weight,
        "loss_mask": weights.mask_weight,
        "loss_dice": weights.dice_weight,
        "loss_similarity": weights.similarity_weight,
    }
    return torch.stack([value * by_kind[name.split("/")[0]] for name, value in found.items()]).sum()


def _match_frames(prediction: FramePrediction, targets: Sequence[Tensor], weights: SsaWeights) -> list[Match]:
    scores = prediction.pred_logits.softmax(-1)[..., 0]
    found = []
    for score, masks, target in zip(scores, prediction.pred_masks, targets, strict=True):
        points = torch.rand(1, weights.points, 2, device=masks.device)
        found.append(
            match(
                score,
                at_points(masks[None].float(), points)[0],
                at_points(target[None].float(), points)[0] if len(target) else target.flatten(1).float(),
                weights.class_weight,
                weights.mask_weight,
                weights.dice_weight,
            )
        )
    return found


def _frame_losses(
    prediction: FramePrediction, targets: Sequence[Tensor], matches: Sequence[Match], weights: SsaWeights
) -> dict[str, Tensor]:
    logits = torch.cat(
        [masks[queries] for masks, (queries, _) in zip(prediction.pred_masks, matches, strict=True)]
    )
    wanted = torch.cat([target[objects] for target, (_, objects) in zip(targets, matches, strict=True)])
    return _mask_losses(logits[:, None], wanted[:, None], weights) | {
        "loss_class": _class_loss(prediction.pred_logits, [queries for queries, _ in matches], weights)
    }


def _match_videos(
    video: VideoPrediction, maps: Tensor, targets: Sequence[Tensor], weights: SsaWeights
) -> list[Match]:
    """Of each frame layer, and in it of each video. The points are the same in all frames."""
    found = []
    for embedded, logits in zip(video.pred_mask_embed, video.pred_logits, strict=True):
        for clip, target in enumerate(targets):
            points = torch.rand(1, weights.points, 2, device=maps.device)
            features = at_points(_of_clip(maps, clip, len(targets)).float(), points)  # [T, C, P]
            masks = torch.einsum("qc,tcp->qtp", embedded[clip].float(), features).flatten(1)
            true = at_points(target.float(), points).flatten(1)
            found.append(
                match(
                    logits[clip].softmax(-1)[..., 0],
                    masks,
                    true,
                    weights.class_weight,
                    weights.mask_weight,
                    weights.dice_weight,
                )
            )
    return found


def _video_losses(
    video: VideoPrediction,
    maps: Tensor,
    targets: Sequence[Tensor],
    matches: Sequence[Match],
    weights: SsaWeights,
) -> dict[str, Tensor]:
    clips = len(targets)
    embedded = video.pred_mask_embed.flatten(0, 1)
    logits, wanted = [], []
    for place, (queries, objects) in enumerate(matches):
        features = _of_clip(maps, place % clips, clips)
        logits.append(torch.einsum("qc,tchw->qthw", embedded[place][queries], features))
        wanted.append(targets[place % clips][objects])
    return _mask_losses(torch.cat(logits), torch.cat(wanted), weights) | {
        "loss_class": _class_loss(
            video.pred_logits.flatten(0, 1), [queries for queries, _ in matches], weights
        )
    }


def _class_loss(logits: Tensor, matched: Sequence[Tensor], weights: SsaWeights) -> Tensor:
    """Of rows of queries: those that were matched are the object, all others nothing."""
    wanted = torch.ones(logits.shape[:2], dtype=torch.int64, device=logits.device)
    for row, queries in enumerate(matched):
        wanted[row, queries] = 0
    balance = logits.new_tensor([1.0, weights.nothing_weight], dtype=torch.float32)
    return cross_entropy(logits.float().transpose(1, 2), wanted, balance)


def _mask_losses(logits: Tensor, wanted: Tensor, weights: SsaWeights) -> dict[str, Tensor]:
    """[n, T, h, w] of logits and [n, T, H, W] of targets; at points of each frame, and all frames of an
    object count together."""
    count = len(logits)
    logits, wanted = logits.flatten(0, 1)[:, None].float(), wanted.flatten(0, 1)[:, None].float()
    if not count:
        nothing = logits.sum()
        return {"loss_mask": nothing, "loss_dice": nothing}
    points = uncertain_points(logits, weights.points, weights.oversample, weights.uncertain_share)
    found = at_points(logits, points)[:, 0].reshape(count, -1)
    with torch.no_grad():
        true = at_points(wanted, points)[:, 0].reshape(count, -1)
    return {
        "loss_mask": binary_cross_entropy_with_logits(found, true),
        "loss_dice": (1 - dice(found, true)).mean(),
    }


def _similarity_loss(
    video: VideoPrediction,
    visible: Sequence[Sequence[Tensor]],
    frame_matches: Sequence[Match],
    video_matches: Sequence[Match],
    weights: SsaWeights,
) -> Tensor:
    """Matched frame queries are to be near the video query of the same object, and of no other."""
    layers, clips, frames, _, _ = video.frame_embed.shape
    likeness, same = [], []
    for layer in range(layers):
        for clip in range(clips):
            queries, objects = video_matches[layer * clips + clip]
            of_video = video.video_embed[layer, clip, queries]
            for frame in range(frames):
                own, numbers = frame_matches[clip * frames + frame]
                if weights.follow_alignment:
                    order = video.order[frame, :, layer * clips + clip]
                    own = torch.argsort(order)[own]
                of_frame = video.frame_embed[layer, clip, frame, own]
                likeness.append((of_frame @ of_video.T).flatten())
                same.append((visible[clip][frame][numbers][:, None] == objects[None]).flatten())
    every = torch.cat(likeness).float()
    if not len(every):
        return video.frame_embed.sum() * 0
    return binary_cross_entropy_with_logits(every, torch.cat(same).float())


def _visible_objects(targets: Sequence[Tensor]) -> list[list[Tensor]]:
    """Of each video, of each frame: the places of the objects that can be seen."""
    return [
        [target[:, frame].flatten(1).any(1).nonzero()[:, 0] for frame in range(target.shape[1])]
        for target in targets
    ]


def _of_clip(maps: Tensor, clip: int, clips: int) -> Tensor:
    frames = len(maps) // clips
    return maps[clip * frames : (clip + 1) * frames]


def _last_first(layers: Sequence[Layer]) -> Iterator[tuple[int, Layer]]:
    for place in reversed(range(len(layers))):
        yield place, layers[place]


def _named(where: str, found: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{name}/{where}": value for name, value in found.items()}
