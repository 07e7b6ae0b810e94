"""Frame by frame: each frame is seen once for all sentences, and the length of the video costs nothing."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from refsam_clips import TEXTS, NoisyFrames, clip, small_predictor
from rvosbench_baselines.base import Clip, Prediction
from rvosbench_baselines.refsam.frames import in_original_size, prepare
from rvosbench_baselines.refsam.predictor import RefSamPredictor, Rules, as_probabilities
from torch import Tensor


@pytest.fixture(scope="module")
def predictor() -> RefSamPredictor:
    return small_predictor()


def masks(predictor: RefSamPredictor, of: Clip) -> dict[tuple[str, int], NDArray[np.bool_]]:
    found = {}
    for one in predictor.predict(of):
        assert one.mask is not None
        assert one.mask.dtype == np.bool_
        assert one.mask.shape == (of.height, of.width)
        found[one.expression, one.frame] = one.mask
    return found


def same(
    one: dict[tuple[str, int], NDArray[np.bool_]], other: dict[tuple[str, int], NDArray[np.bool_]]
) -> bool:
    return one.keys() == other.keys() and all((one[key] == other[key]).all() for key in one)


def test_sentences_together_are_what_they_are_one_by_one(predictor: RefSamPredictor) -> None:
    together = masks(predictor, clip(NoisyFrames(4, 40, 64), TEXTS))
    assert len(together) == 4 * len(TEXTS)
    assert len({mask.tobytes() for mask in together.values()}) == len(together)  # they do differ
    for place, text in enumerate(TEXTS):
        alone = masks(predictor, clip(NoisyFrames(4, 40, 64), [text]))
        assert same(
            {(str(place), frame): mask for (_, frame), mask in alone.items()},
            {key: mask for key, mask in together.items() if key[0] == str(place)},
        )


def test_the_image_encoder_runs_once_per_frame_whatever_the_number_of_sentences() -> None:
    predictor, frames, calls = small_predictor(), NoisyFrames(5, 30, 30), []
    predictor._model.image_encoder.register_forward_hook(lambda *call: calls.append(1))
    found = masks(predictor, clip(frames, [f"sentence {number}" for number in range(30)]))
    assert len(found) == 150
    assert len(calls) == 5
    assert frames.read_log == [0, 1, 2, 3, 4]


def test_the_logits_are_those_of_the_model_with_the_token_handed_on(predictor: RefSamPredictor) -> None:
    frames = NoisyFrames(3, 48, 30)
    model, text = predictor._model, predictor._text.encode(TEXTS[0])
    prepared = [prepare(frames.read(index), side=128, short_side=0) for index in range(3)]
    with torch.no_grad():
        logits, _ = model(torch.cat([one.pixels for one in prepared]), text)
    found = masks(predictor, clip(frames))
    for index, one in enumerate(prepared):
        expected = in_original_size(logits[index], one)[0, 0] > 0
        assert (found["0", index] == expected.numpy()).all()


def test_frames_come_out_as_they_go_in(predictor: RefSamPredictor) -> None:
    frames = NoisyFrames(1000, 20, 20)
    stream = predictor.predict(clip(frames))
    for index in range(4):
        assert next(stream).frame == index
        assert frames.read_log == list(range(index + 1))


def test_nothing_of_earlier_frames_is_kept_but_one_token_per_sentence() -> None:
    stream = small_predictor().predict(clip(NoisyFrames(9, 30, 40), TEXTS[:2]))

    def numbers_in_tensors() -> int:
        gc.collect()
        return sum(one.numel() for one in gc.get_objects() if type(one) is Tensor)

    counts = [numbers_in_tensors() for one in stream if one.expression == "1" and one.frame in (2, 8)]
    assert counts[0] == counts[1]


def test_a_frame_that_is_past_is_let_go() -> None:
    predictor, seen = small_predictor(), list[weakref.ref[Tensor]]()
    predictor._model.image_encoder.register_forward_hook(lambda *call: seen.append(weakref.ref(call[-1][0])))
    for _ in predictor.predict(clip(NoisyFrames(6, 20, 20))):
        assert sum(one() is not None for one in seen) <= 1
    assert len(seen) == 6


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (9, 2), (33, 128), (128, 33), (3, 200)])
def test_any_size_of_frame_is_answered_in_its_size(predictor: RefSamPredictor, size: tuple[int, int]) -> None:
    found = masks(predictor, clip(NoisyFrames(2, *size), TEXTS[:2]))
    assert len(found) == 4


def test_one_frame_is_a_video(predictor: RefSamPredictor) -> None:
    one, two = NoisyFrames(1, 30, 40), NoisyFrames(2, 30, 40)
    alone = masks(predictor, clip(one))
    assert list(alone) == [("0", 0)]
    assert (alone["0", 0] == masks(predictor, clip(two))["0", 0]).all()


def test_later_frames_do_not_matter(predictor: RefSamPredictor) -> None:
    long, short = (
        masks(predictor, clip(NoisyFrames(5, 30, 40))),
        masks(predictor, clip(NoisyFrames(2, 30, 40))),
    )
    assert same({key: mask for key, mask in long.items() if key[1] < 2}, short)


@pytest.mark.parametrize("wanted", [([1, 4], [0]), ([], [2]), ([3], [3])])
def test_only_what_is_wanted_is_answered_but_the_track_goes_through_every_frame_before(
    predictor: RefSamPredictor, wanted: Sequence[Sequence[int]]
) -> None:
    frames = NoisyFrames(9, 30, 40)
    found = masks(predictor, clip(frames, TEXTS[:2], wanted))
    everything = masks(predictor, clip(NoisyFrames(9, 30, 40), TEXTS[:2]))
    assert set(found) == {(str(place), frame) for place, of in enumerate(wanted) for frame in of}
    assert all((found[key] == everything[key]).all() for key in found)
    assert frames.read_log == list(range(max(max(of, default=0) for of in wanted) + 1))


def test_a_video_without_sentences_has_no_answers(predictor: RefSamPredictor) -> None:
    frames = NoisyFrames(3, 20, 20)
    assert list(predictor.predict(clip(frames, []))) == []
    assert frames.read_log == []


def test_a_sentence_of_a_thousand_words_or_of_none_is_answered(predictor: RefSamPredictor) -> None:
    found = masks(predictor, clip(NoisyFrames(2, 20, 20), ["the dog " * 500, "", " \n"]))
    assert len(found) == 6


def test_the_caller_is_left_with_gradients_as_they_were(predictor: RefSamPredictor) -> None:
    for _ in predictor.predict(clip(NoisyFrames(2, 20, 20))):
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()


def test_the_threshold_is_one_of_logits() -> None:
    frames = NoisyFrames(1, 32, 32)
    predictor = small_predictor()
    prepared = prepare(frames.read(0), side=128, short_side=0)
    with torch.no_grad():
        logits, _ = predictor._model(prepared.pixels, predictor._text.encode(TEXTS[0]))
    values = in_original_size(logits[0], prepared)[0, 0].numpy()
    for threshold in np.quantile(values, [0.1, 0.5, 0.9]):
        found = masks(small_predictor(Rules(0, threshold=float(threshold))), clip(frames))
        assert (found["0", 0] == (values > np.float32(threshold))).all()


@pytest.mark.parametrize("background", [0.0, 0.1, 1.0])
def test_probabilities_merge_as_the_authors_merge_logits(background: float) -> None:
    """Theirs: negative logits become 0, the background is 0.1, the greatest wins, the first of equal ones."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(5, 60, 80, generator=generator) * torch.tensor([0.1, 1, 5, 20, 30])[:, None, None]
    logits[2, :5] = logits[3, :5]
    logits[:, 10:12] = 0.05
    with_background = torch.cat((torch.full((1, 60, 80), background), logits.clamp(min=0)))
    theirs = with_background.argmax(dim=0)

    soft = as_probabilities(logits, background)
    assert float(soft.min()) >= 0
    assert float(soft.max()) <= 1
    # What is done with probabilities: below a half is nothing, else the greatest, the first of equal ones.
    ours = torch.cat((torch.full((1, 60, 80), 0.1), torch.where(soft < 0.5, 0, soft))).argmax(dim=0)
    assert torch.equal(ours, theirs)


def test_probabilities_are_given_where_they_are_asked_for() -> None:
    def answers(soft: bool) -> Iterator[Prediction]:
        rules = Rules(0, soft=soft, threshold=0.1)
        return small_predictor(rules).predict(clip(NoisyFrames(2, 30, 40), TEXTS))

    for hard, soft in zip(answers(soft=False), answers(soft=True), strict=True):
        assert soft.mask is None
        assert soft.probabilities is not None
        assert soft.probabilities.dtype == np.float32
        assert ((soft.probabilities >= 0.5) == hard.mask).all()
