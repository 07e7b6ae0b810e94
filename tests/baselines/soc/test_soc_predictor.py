"""The predictor does what the released scripts do, looks at every window once, and keeps to what is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import inputs
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from rvosbench_baselines.base import Answer, Clip, OptionValue, Prediction, Sentence, Setup
from rvosbench_baselines.soc.card import SOC
from rvosbench_baselines.soc.frames import fitted_size, normalised
from rvosbench_baselines.soc.model import Soc, SocOutput
from rvosbench_baselines.soc.predictor import Inference, SocPredictor, load
from rvosbench_baselines.soc.selection import trajectory_scores
from rvosbench_baselines.text import roberta_words
from soc_case import Golden
from torch import Tensor
from torch.nn import functional

HEIGHT, WIDTH = 40, 64


class Pictures:
    """Frames that are there already."""

    def __init__(self, frames: NDArray[np.uint8]) -> None:
        self.frames = frames

    def __len__(self) -> int:
        return len(self.frames)

    def read(self, index: int) -> NDArray[np.uint8]:
        picture: NDArray[np.uint8] = self.frames[index].copy()
        return picture

    def read_many(self, indices: Sequence[int]) -> list[NDArray[np.uint8]]:
        return [self.read(index) for index in indices]

    def size(self) -> tuple[int, int]:
        return HEIGHT, WIDTH

    def missing(self) -> list[str]:
        return []


def a_clip(frames: int, *sentences: tuple[str, Sequence[int] | None]) -> Clip:
    asked = [
        Sentence(str(place), text, tuple(range(frames) if some is None else some))
        for place, (text, some) in enumerate(sentences or [("a red thing", None)])
    ]
    stems = [f"{frame:05d}" for frame in range(frames)]
    pictures = Pictures(inputs.clip(frames, HEIGHT, WIDTH))
    return Clip("video", (HEIGHT, WIDTH), stems, asked, pictures)


WHOLE = Inference(
    answer="masks",
    frames="whole",
    window=3,
    longest=10,
    short=48,
    long=100,
    threshold=0.5,
    lower_case=False,
)


@pytest.fixture(scope="module")
def model() -> Soc:
    return Golden("soc-small").model()


@pytest.fixture
def watched(model: Soc, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many frames each look was at."""
    looks: list[int] = []
    see = model.see

    def looking(frames: Tensor, *args: Tensor | None, **more: Tensor | None) -> object:
        looks.append(len(frames))
        return see(frames, *args, **more)

    monkeypatch.setattr(model, "see", looking)
    return looks


def predict(model: Soc, inference: Inference, clip: Clip) -> list[Prediction]:
    return list(SocPredictor(model, roberta_words(512), inference).predict(clip))


def masks(predictions: list[Prediction]) -> dict[tuple[str, int], NDArray[np.bool_]]:
    found = {}
    for one in predictions:
        assert one.mask is not None
        found[one.expression, one.frame] = one.mask
    return found


@torch.inference_mode()
def by_hand(
    model: Soc, clip: Clip, text: str, places: Sequence[int], kept: Tensor | None = None
) -> SocOutput:
    frames = normalised([clip.frame(place) for place in places], (48, 76))
    ids = torch.tensor([roberta_words(512).encode(text)])
    output: SocOutput = model(frames[:, None], ids, torch.ones_like(ids), kept=kept)
    return output


def test_a_whole_video_is_one_look_and_its_best_trajectory_is_taken(model: Soc, watched: list[int]) -> None:
    clip = a_clip(5)
    found = masks(predict(model, WHOLE, clip))
    assert watched == [5]
    output = by_hand(model, clip, "a red thing", range(5))
    best = output.pred_cls[:, 0, :, 0].sigmoid().mean(0).argmax()
    large = functional.interpolate(
        output.pred_masks[:, 0, best][:, None], size=(HEIGHT, WIDTH), mode="bilinear", align_corners=False
    )
    expected = (large[:, 0].sigmoid() > 0.5).numpy()
    assert list(found) == [("0", frame) for frame in range(5)]
    for frame in range(5):
        assert np.array_equal(found["0", frame], expected[frame])
    assert 0 < expected.sum() < expected.size


def test_all_sentences_share_one_look_and_get_what_each_gets_alone(model: Soc, watched: list[int]) -> None:
    texts = ["a red thing", "the dog that runs to the left of it", "cat"]
    together = masks(predict(model, WHOLE, a_clip(4, *[(text, None) for text in texts])))
    assert watched == [4]
    for place, text in enumerate(texts):
        alone = masks(predict(model, WHOLE, a_clip(4, (text, None))))
        for frame in range(4):
            assert np.array_equal(together[str(place), frame], alone["0", frame])
    assert not np.array_equal(together["0", 0], together["1", 0])


def test_clips_are_independent_of_each_other_and_the_last_may_be_short(
    model: Soc, watched: list[int]
) -> None:
    clip = a_clip(7)
    found = masks(predict(model, replace(WHOLE, frames="clips"), clip))
    assert watched == [3, 3, 1]
    for start in (0, 3, 6):
        places = list(range(start, min(7, start + 3)))
        output = by_hand(model, clip, "a red thing", places)
        best = int(trajectory_scores(output.pred_cls)[0].argmax())
        for row, frame in enumerate(places):
            large = functional.interpolate(
                output.pred_masks[row : row + 1, 0, best : best + 1], size=(HEIGHT, WIDTH), mode="bilinear"
            )
            assert np.array_equal(found["0", frame], (large[0, 0] > 0).numpy())


def test_a_very_long_video_is_taken_in_clips(model: Soc, watched: list[int]) -> None:
    short = replace(WHOLE, longest=6)
    found = masks(predict(model, short, a_clip(7)))
    assert watched == [3, 3, 1]
    clips = masks(predict(model, replace(WHOLE, frames="clips"), a_clip(7)))
    assert all(np.array_equal(found[key], clips[key]) for key in clips)
    watched.clear()
    predict(model, replace(WHOLE, longest=7), a_clip(7))
    assert watched == [7]


def test_only_the_frames_that_are_asked_for_are_predicted(model: Soc, watched: list[int]) -> None:
    clip = a_clip(9, ("a red thing", [1, 2]), ("cat", [2, 8]))
    found = predict(model, replace(WHOLE, frames="clips"), clip)
    assert {(one.expression, one.frame) for one in found} == {("0", 1), ("0", 2), ("1", 2), ("1", 8)}
    assert watched == [3, 3]  # nothing is asked of the second clip
    whole = masks(predict(model, WHOLE, clip))
    everything = masks(predict(model, WHOLE, a_clip(9, ("a red thing", None))))
    assert np.array_equal(whole["0", 2], everything["0", 2])


def test_probabilities_are_those_that_masks_are_decided_from(model: Soc) -> None:
    soft = predict(model, replace(WHOLE, answer="probabilities"), a_clip(3))
    hard = masks(predict(model, replace(WHOLE, threshold=0.3), a_clip(3)))
    for one in soft:
        assert one.probabilities is not None
        assert one.probabilities.dtype == np.float32
        assert np.array_equal(one.probabilities > 0.3, hard["0", one.frame])


AROUND = replace(WHOLE, frames="around", answer="queries", window=8)


def test_around_a_frame_the_window_stops_at_the_edges_and_the_frame_alone_goes_on(model: Soc) -> None:
    clip = a_clip(6, ("a red thing", [0, 4]))
    found = {one.frame: one.queries for one in predict(model, AROUND, clip)}
    for frame, places in ((0, [0, 0, 0, 0, 0, 1, 2, 3]), (4, [0, 1, 2, 3, 4, 5, 5, 5])):
        output = by_hand(model, clip, "a red thing", places, torch.tensor([4]))
        decided = functional.interpolate(output.pred_masks[0], size=(48, 76), mode="bilinear") > 0
        expected = functional.interpolate(decided.float(), size=(HEIGHT, WIDTH), mode="nearest") > 0
        assert len(found[frame]) == 5
        for place, query in enumerate(found[frame]):
            assert query.score == pytest.approx(float(output.pred_cls[0, 0, place, 0].sigmoid()), abs=1e-6)
            assert np.array_equal(query.mask, expected[0, place].numpy())


def test_sentences_about_one_frame_share_the_look_at_it(model: Soc, watched: list[int]) -> None:
    clip = a_clip(6, ("a red thing", [2, 3]), ("cat", [3]))
    found = predict(model, replace(AROUND, answer="masks"), clip)
    assert watched == [8, 8]
    assert sorted((one.expression, one.frame) for one in found) == [("0", 2), ("0", 3), ("1", 3)]


def test_a_single_frame_is_a_video(model: Soc) -> None:
    for inference in (WHOLE, replace(WHOLE, frames="clips"), replace(AROUND, answer="masks")):
        assert len(predict(model, inference, a_clip(1))) == 1


def test_case_matters_to_the_text_encoder_and_is_lowered_where_asked(model: Soc) -> None:
    texts: list[str] = []

    class Words:
        pad = 1

        def encode(self, text: str, limit: int | None = None) -> list[int]:
            texts.append(text)
            return [0, 7, 2]

    clip = a_clip(1, ("A  Red\tThing ", None))
    list(SocPredictor(model, Words(), WHOLE).predict(clip))
    list(SocPredictor(model, Words(), replace(WHOLE, lower_case=True)).predict(clip))
    assert texts == ["A  Red\tThing ", "a red thing"]


def test_a_sentence_longer_than_the_text_encoder_reads_is_cut(model: Soc) -> None:
    assert len(predict(model, WHOLE, a_clip(1, ("word " * 500, None)))) == 1


@pytest.mark.parametrize(
    ("size", "limits", "fitted"),
    [
        ((720, 1280), (360, 640), (360, 640)),
        ((480, 854), (360, 640), (360, 640)),
        ((480, 640), (360, 640), (360, 480)),
        ((1280, 720), (360, 640), (640, 360)),
        ((480, 1152), (360, 640), (267, 640)),
        ((320, 500), (320, 576), (320, 500)),
        ((240, 320), (320, 576), (320, 426)),
        ((100, 100), (360, 640), (360, 360)),
    ],
)
def test_frames_are_scaled_to_the_size_of_the_authors(
    size: tuple[int, int], limits: tuple[int, int], fitted: tuple[int, int]
) -> None:
    assert fitted_size(*size, *limits) == fitted


def test_frames_are_scaled_as_pictures_and_normalised() -> None:
    frame = inputs.clip(1, 60, 90)[0]
    small = np.asarray(Image.fromarray(frame).resize((45, 30), Image.Resampling.BILINEAR))
    assert np.allclose(normalised([frame], (30, 45)).numpy(), inputs.soc_frames(small[None]), atol=1e-6)
    assert np.allclose(normalised([frame], (60, 90)).numpy(), inputs.soc_frames(frame[None]), atol=1e-6)


def setup_for(dataset: str, answer: Answer) -> Setup:
    options: dict[str, OptionValue | None] = {one.name: one.default_for(dataset) for one in SOC.options}
    return Setup("soc-small", answer, dataset, seed=3, options=MappingProxyType(options))


@pytest.mark.parametrize(
    ("dataset", "frames", "window", "size", "lower"),
    [
        ("ref-youtube-vos", "whole", 36, (360, 640), False),
        ("mevis-v1", "whole", 36, (360, 640), False),
        ("ref-davis17", "clips", 36, (360, 640), False),
        ("a2d-sentences", "around", 8, (320, 576), True),
        ("jhmdb-sentences", "around", 8, (320, 576), True),
    ],
)
def test_each_dataset_is_treated_as_the_authors_treat_it(
    dataset: str, frames: str, window: int, size: tuple[int, int], lower: bool
) -> None:
    inference = Inference.of(setup_for(dataset, "masks"))
    assert (inference.frames, inference.window, inference.lower_case) == (frames, window, lower)
    assert (inference.short, inference.long) == size
    assert inference.threshold == 0.5


def test_a_reduced_model_with_made_up_weights_answers() -> None:
    predictor = load(setup_for("a2d-sentences", "queries"))
    found = list(predictor.predict(a_clip(3, ("a red thing", [1]))))
    assert [one.frame for one in found] == [1]
    assert len({query.score for query in found[0].queries}) > 1
