"""Batches, padding, kept frames, single frames: what goes with what, and what has no influence."""

from __future__ import annotations

from dataclasses import replace

import inputs
import pytest
import torch
from rvosbench_baselines.layers.chunks import AtOnce
from rvosbench_baselines.soc import build, deformable_transformer
from rvosbench_baselines.soc.dynamic_masks import dynamic_masks, parameter_count
from rvosbench_baselines.soc.model import Soc, SocOutput, pad_clips
from soc_case import Golden
from torch import Tensor
from torch.nn import functional

from rvosbench.errors import UsageError


@pytest.fixture(scope="module")
def model() -> Soc:
    return Golden("soc-small").model()


def clip(frames: int, height: int, width: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(inputs.soc_frames(inputs.clip(frames, height, width, seed)))


def sentences(*words: int) -> tuple[Tensor, Tensor]:
    rows = [inputs.roberta_ids(count, seed, 512) for seed, count in enumerate(words)]
    ids, present = inputs.pad_ids(rows)
    return torch.from_numpy(ids), torch.from_numpy(present)


@torch.inference_mode()
def run(
    model: Soc, clips: list[Tensor], text: tuple[Tensor, Tensor], kept: Tensor | None = None
) -> SocOutput:
    frames, padding = pad_clips(clips)
    output: SocOutput = model(frames, *text, padding, kept)
    return output


def close(one: Tensor, other: Tensor, tolerance: float = 1e-4) -> bool:
    return one.shape == other.shape and torch.allclose(one, other, atol=tolerance, rtol=1e-5)


def same(one: SocOutput, other: SocOutput) -> bool:
    names = ("pred_cls", "pred_boxes", "pred_masks", "objects", "text")
    return all(close(getattr(one, name), getattr(other, name)) for name in names)


def of_clip(output: SocOutput, index: int) -> SocOutput:
    only = slice(index, index + 1)
    return SocOutput(
        output.pred_cls[:, only],
        output.pred_boxes[:, only],
        output.pred_masks[:, only],
        output.objects[only],
        output.text[only],
    )


def test_words_that_fill_up_a_shorter_sentence_have_no_influence(model: Soc) -> None:
    both = run(model, [clip(1, 64, 96), clip(1, 64, 96, seed=5)], sentences(4, 9))
    ids, present = sentences(4, 9)
    first = run(model, [clip(1, 64, 96)], (ids[:1, :6], present[:1, :6]))
    second = run(model, [clip(1, 64, 96, seed=5)], (ids[1:], present[1:]))
    assert same(of_clip(both, 0), first)
    assert same(of_clip(both, 1), second)
    assert not same(first, second)


def test_a_padded_picture_gives_in_a_batch_what_it_gives_alone_with_its_padding(model: Soc) -> None:
    large, small = clip(1, 96, 128), clip(1, 70, 110, seed=2)
    text = sentences(5, 5)
    both = run(model, [large, small], text)
    frames, padding = pad_clips([large, small])
    with torch.inference_mode():
        alone = model(frames[:, 1:], text[0][1:], text[1][1:], padding[:, 1:])
    assert same(of_clip(both, 1), alone)
    assert both.pred_masks.shape[-2:] == (24, 32)


def test_padding_is_told_from_picture(model: Soc) -> None:
    frames, padding = pad_clips([clip(1, 70, 110)])
    room = functional.pad(frames, (0, 18, 0, 26))
    hidden = functional.pad(padding, (0, 18, 0, 26), value=True)
    text = sentences(5)
    with torch.inference_mode():
        told, untold = model(room, *text, hidden), model(room, *text)
        seen = model.see(room, hidden)
    assert not close(told.pred_masks, untold.pred_masks, 0.1)
    assert seen.sizes.tolist() == [[110, 70]]
    assert [int((~one).sum()) for one in seen.paddings] == [9 * 14, 5 * 7, 3 * 4, 2 * 2]


def test_in_batches_of_clips_the_cluster_reads_rows_as_the_authors_do(model: Soc) -> None:
    frames, clips, queries, width = 3, 2, model.config.queries, model.config.width
    hidden = torch.randn(1, frames, clips, queries, width)
    sentence = torch.randn(clips, width)
    with torch.inference_mode():
        both = model.voc(hidden, sentence)
        for index in range(clips):
            # Row r of the T * B rows, which go frame by frame, is taken for frame r % T of clip r // T.
            mine = [divmod(index * frames + frame, clips) for frame in range(frames)]
            rows = torch.stack([hidden[0, frame, owner] for frame, owner in mine])
            alone = model.voc(rows[None, :, None], sentence[index : index + 1])
            assert close(both[0, index], alone[0, 0])


def test_frames_behind_the_backbone_are_the_kept_ones(model: Soc) -> None:
    clips, text = [clip(4, 64, 96), clip(4, 64, 96, seed=3)], sentences(4, 6)
    frames, padding = pad_clips(clips)
    kept = torch.tensor([2, 4 + 1])
    with torch.inference_mode():
        everything, some = model.see(frames, padding), model.see(frames, padding, kept)
    for whole, part in zip(everything.levels, some.levels, strict=True):
        assert close(whole[kept], part)
    output = run(model, clips, text, kept)
    assert output.pred_cls.shape == (1, 2, 5, 1)
    first = run(model, clips[:1], (text[0][:1], text[1][:1]), torch.tensor([2]))
    assert same(of_clip(output, 0), first)


def test_frames_that_are_not_kept_are_still_seen_by_the_kept_one(model: Soc) -> None:
    text, kept = sentences(4), torch.tensor([0])
    one = run(model, [clip(2, 64, 96)], text, kept)
    other = run(model, [torch.cat([clip(1, 64, 96), clip(1, 64, 96, seed=9)])], text, kept)
    alone = run(model, [clip(1, 64, 96)], text)
    assert not close(one.pred_masks, other.pred_masks, 1e-2)
    assert alone.pred_masks.shape == one.pred_masks.shape


@pytest.mark.parametrize(
    ("frames", "height", "width"), [(1, 33, 47), (9, 32, 32), (2, 61, 200)], ids=["one", "long", "odd"]
)
def test_any_number_of_frames_of_any_size(model: Soc, frames: int, height: int, width: int) -> None:
    output = run(model, [clip(frames, height, width)], sentences(3))
    assert output.pred_masks.shape == (frames, 1, 5, -(-height // 4), -(-width // 4))
    assert all(value.isfinite().all() for value in (output.pred_cls, output.pred_boxes, output.pred_masks))


def test_frames_in_parts_give_what_all_at_once_give(model: Soc, monkeypatch: pytest.MonkeyPatch) -> None:
    clips, text = [clip(5, 48, 64)], sentences(4)
    monkeypatch.setattr(deformable_transformer, "FRAMES_AT_ONCE", AtOnce(100, 100))
    whole = run(model, clips, text)
    monkeypatch.setattr(deformable_transformer, "FRAMES_AT_ONCE", AtOnce(2, 2))
    assert same(run(model, clips, text), whole)


def test_clips_of_different_length_make_no_batch() -> None:
    with pytest.raises(ValueError, match=r"of one length .* \[2, 3\]"):
        pad_clips([clip(2, 32, 32), clip(3, 32, 32)])


def test_each_query_makes_the_weights_of_its_own_convolutions() -> None:
    torch.manual_seed(0)
    channels, depth, stride = 4, 3, 4
    features = torch.randn(2, channels, 3, 5).double()
    parameters = torch.randn(2, 6, parameter_count(channels, depth)).double()
    references = torch.rand(2, 6, 2).double() * 20
    ours = dynamic_masks(features, parameters, references, stride, depth)
    for frame in range(2):
        for query in range(6):
            x, y = references[frame, query]
            columns = x - (torch.arange(5).double() * 4 + 2)
            rows = y - (torch.arange(3).double() * 4 + 2)
            ways = torch.stack([columns.expand(3, 5), rows[:, None].expand(3, 5)])
            hidden = torch.cat([features[frame], ways])[None]
            row = parameters[frame, query]
            weights = torch.split(row, [24, 16, 4, 4, 4, 1])
            hidden = functional.conv2d(hidden, weights[0].view(4, 6, 1, 1), weights[3]).relu()
            hidden = functional.conv2d(hidden, weights[1].view(4, 4, 1, 1), weights[4]).relu()
            expected = functional.conv2d(hidden, weights[2].view(1, 4, 1, 1), weights[5])[0, 0]
            assert torch.allclose(ours[frame, query], expected)


def test_masks_have_as_many_parameters_as_the_controller_gives() -> None:
    assert parameter_count(8, 3) == 169


def test_an_unknown_variant_is_told_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        build("soc-xl")
    assert "soc-t, soc-s, soc-b, soc-small" in caught.value.problems[0].expected


def test_a_frozen_text_encoder_does_not_learn_and_the_rest_does() -> None:
    frozen, free = build("soc-small"), build("soc-small", frozen_text=False)
    still = {name for name, weight in frozen.named_parameters() if not weight.requires_grad}
    assert still == {name for name, _ in frozen.named_parameters() if name.startswith("text_encoder.")}
    assert all(weight.requires_grad for weight in free.parameters())


def test_clips_that_are_kept_apart_give_in_a_batch_what_they_give_alone(model: Soc) -> None:
    apart = Soc(replace(model.config, clips_apart=True)).eval()
    apart.load_state_dict(model.state_dict())
    clips, (ids, present) = [clip(3, 64, 96), clip(3, 64, 96, seed=5)], sentences(5, 5)
    both = run(apart, clips, (ids, present))
    for index in range(2):
        row = slice(index, index + 1)
        alone = run(apart, clips[row], (ids[row], present[row]))
        assert same(of_clip(both, index), alone)
        assert same(alone, run(model, clips[row], (ids[row], present[row])))


def test_a_clip_is_seen_once_for_several_sentences(model: Soc) -> None:
    apart = Soc(replace(model.config, clips_apart=True)).eval()
    apart.load_state_dict(model.state_dict())
    clips, (ids, present) = [clip(2, 64, 96), clip(2, 64, 96, seed=5)], sentences(4, 9, 6)
    rows = [1, 0, 1]
    with torch.inference_mode():
        frames, padding = pad_clips(clips)
        seen = apart.see(frames, padding).of(torch.tensor(rows))
        shared = apart.relate(seen, apart.read(ids, present))
    assert same(shared, run(apart, [clips[row] for row in rows], (ids, present)))


def test_fresh_reduced_text_encoders_tell_sentences_apart() -> None:
    torch.manual_seed(0)
    fresh, (ids, present) = build("soc-small").eval(), sentences(4, 5, 7)
    with torch.inference_mode():
        pooled = functional.normalize(fresh.read(ids, present).sentence, dim=-1)
    likeness = pooled @ pooled.T - torch.eye(3)
    assert float(likeness.max()) < 0.99
