"""What sees what: frames, videos of a batch, words; and what is trained."""

from __future__ import annotations

import inputs
import pytest
import torch
from rvosbench_baselines.ssa import build
from rvosbench_baselines.ssa.fusion import BothWays, FusionLayer
from rvosbench_baselines.ssa.model import PIXEL_MEAN, PIXEL_STD, Ssa
from torch import Tensor

from rvosbench.errors import UsageError


def frames(count: int, height: int, width: int, seed: int = 0) -> list[Tensor]:
    return list(torch.from_numpy(inputs.ssa_frames(inputs.clip(count, height, width, seed, 5))))


def ids(words: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(inputs.clip_ids(words, seed, 512))


@torch.inference_mode()
def test_videos_of_a_batch_are_what_they_are_alone(small: Ssa) -> None:
    """Also where one is padded to the size of the other."""
    large, little = frames(3, 60, 90, 1), frames(3, 50, 70, 2)
    texts = torch.cat([ids(6, 7), ids(9, 2)])
    both = small([*large, *little], texts)
    for place, video in enumerate((large, little)):
        alone = small(video, texts[place, None])
        torch.testing.assert_close(
            both.video.pred_logits[:, place], alone.video.pred_logits[:, 0], rtol=0, atol=2e-4
        )
        torch.testing.assert_close(
            both.video.pred_mask_embed[:, place], alone.video.pred_mask_embed[:, 0], rtol=0, atol=2e-4
        )
        assert torch.equal(both.video.order[:, :, place], alone.video.order[:, :, 0])


@torch.inference_mode()
def test_in_the_frame_part_no_frame_sees_another(small: Ssa) -> None:
    video = frames(3, 64, 96, 3)
    changed = [video[0], 255 - video[1], video[2]]
    text = small.read(ids(6, 7))
    one, other = (small.relate(small.start(small.prepare(these)), text) for these in (video, changed))
    for same in (0, 2):
        torch.testing.assert_close(one.queries[:, same], other.queries[:, same], rtol=0, atol=1e-4)
        torch.testing.assert_close(one.masks[same], other.masks[same], rtol=0, atol=1e-5)
    assert (one.queries[:, 1] - other.queries[:, 1]).abs().max() > 0.1


@torch.inference_mode()
def test_padding_is_zero_after_pixels_have_been_normalised(small: Ssa) -> None:
    pixels = small.prepare(frames(1, 50, 70))
    assert pixels.shape == (1, 3, 64, 96)
    assert not pixels[:, :, 50:].any()
    assert not pixels[:, :, :, 70:].any()
    mean, std = (torch.tensor(of)[:, None, None] for of in (PIXEL_MEAN, PIXEL_STD))
    torch.testing.assert_close(pixels[0, :, :50, :70] * std + mean, frames(1, 50, 70)[0])


@torch.inference_mode()
def test_of_a_long_sentence_forty_tokens_are_words_and_all_are_the_sentence(small: Ssa) -> None:
    long, other = ids(60, 1), ids(60, 1)
    other[0, 50] = 7
    one, two = small.read(long), small.read(other)
    assert one.words.shape == (1, 40, 64)
    assert one.present.all()
    assert torch.equal(one.words, two.words)  # a token sees those before it
    assert (one.sentence - two.sentence).abs().max() > 1e-3


@torch.inference_mode()
def test_of_a_short_sentence_only_its_tokens_are_words(small: Ssa) -> None:
    text = small.read(ids(6))
    assert text.present.tolist() == [[True] * 8 + [False] * 32]  # with start and end


@torch.inference_mode()
def test_words_that_are_not_there_change_nothing(small: Ssa) -> None:
    text = small.read(ids(6, 7))
    started = small.start(small.prepare(frames(1, 64, 64)))
    noise = torch.where(text.present[..., None], text.words, torch.randn(text.words.shape))
    maps, noisy = (
        small.backbone(started, type(text)(words, text.present, text.sentence))
        for words in (text.words, noise)
    )
    for one, other in zip(maps, noisy, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-5)


def test_in_training_three_frame_layers_and_all_video_layers_are_supervised() -> None:
    torch.manual_seed(0)
    model = build("ssa-small").train()
    output = model([*frames(2, 32, 64, 1), *frames(2, 32, 64, 2)], torch.cat([ids(4), ids(5)]))
    assert output.frames.queries.shape == (3, 4, 5, 64)
    assert len(output.frames.predictions) == 4  # before the first of three layers, and after each
    assert output.video.pred_logits.shape == (3, 2, 5, 2)
    assert output.video.frame_embed.shape == (3, 2, 2, 5, 64)
    assert len(output.video.earlier) == model.config.video_depth - 1
    predictions = output.frames.predictions
    total = sum(
        (one.pred_logits.sum() + one.pred_masks.sum() for one in predictions), output.frames.masks.sum()
    )
    for of_video in (
        output.video.pred_logits,
        output.video.pred_mask_embed,
        output.video.video_embed,
        output.video.frame_embed,
    ):
        total = total + of_video.square().sum()
    total.backward()
    without = {name for name, weight in model.named_parameters() if weight.grad is None}
    assert without == {name for name, _ in model.named_parameters() if "clip_model" in name}


def test_the_two_ways_of_fusion_are_softmax_over_either_side() -> None:
    torch.manual_seed(1)
    both = BothWays(width=8, inner=6, heads=2, dropout=0.0).double()
    pixels, words = torch.randn(1, 5, 8).double(), torch.randn(1, 3, 8).double()
    for_pixels, for_words = both(pixels, words)
    found_pixels, found_words = [], []
    for head in (slice(0, 3), slice(3, 6)):
        query, key = both.v_proj(pixels)[0, :, head], both.l_proj(words)[0, :, head]
        scores = query @ key.T / 3**0.5
        found_pixels.append(scores.softmax(1) @ both.values_l_proj(words)[0, :, head])
        found_words.append(scores.T.softmax(1) @ both.values_v_proj(pixels)[0, :, head])
    torch.testing.assert_close(for_pixels[0], both.out_v_proj(torch.cat(found_pixels, 1)))
    torch.testing.assert_close(for_words[0], both.out_l_proj(torch.cat(found_words, 1)))


def test_scores_beyond_the_limit_are_held_at_it() -> None:
    both = BothWays(width=4, inner=4, heads=1, dropout=0.0)
    with torch.no_grad():
        both.v_proj.weight.mul_(1e6)
    for_pixels, for_words = both(torch.randn(2, 5, 4), torch.randn(2, 3, 4))
    assert for_pixels.isfinite().all()
    assert for_words.isfinite().all()


def test_what_fusion_adds_to_is_the_normalised_input() -> None:
    layer = FusionLayer(width=8, inner=4, heads=2, dropout=0.0)
    with torch.no_grad():
        layer.gamma_v.zero_()
        layer.gamma_l.zero_()
    pixels, words = torch.randn(1, 5, 8) * 3, torch.randn(1, 1, 8) * 3
    fused, read = layer(pixels, words)
    torch.testing.assert_close(fused, layer.layer_norm_v(pixels))
    torch.testing.assert_close(read, layer.layer_norm_l(words))


def test_an_unknown_variant_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"ssa, ssa-small"):
        build("ssa-large")
