"""What is learnt from: places, frames, and pictures that are changed with their masks and sentences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rvosbench_baselines.training import samples
from rvosbench_baselines.training.recipes.soc import box_of, target_of
from rvosbench_baselines.training.samples import Sample

from rvosbench.splits.locate import locate, open_located
from rvosbench.splits.split import Split


@pytest.fixture(scope="module")
def split(home: Path) -> Split:
    return open_located(locate("sample:valid", home))


@pytest.fixture
def sample(split: Split) -> Sample:
    place = samples.places(split, 4)[0]
    return samples.read(split, place, samples.window(place.frame, 4, len(split.videos[place.video].frames)))


def test_every_window_in_which_the_target_can_be_seen_is_a_sample_and_no_other(split: Split) -> None:
    found = samples.places(split, 3)
    assert len(set(found)) == len(found)
    for expression in split.expressions:
        seen = {frame // 3 for frame in range(len(expression.video.frames)) if expression.mask(frame).any()}
        own = [
            one for one in found if (one.video, one.expression) == (expression.video.name, expression.name)
        ]
        assert {one.frame // 3 for one in own} == seen
        assert all(expression.mask(one.frame).any() for one in own)


def test_masks_are_those_of_the_objects_that_the_sentence_means(split: Split) -> None:
    for place in samples.places(split, 8)[:6]:
        video = split.videos[place.video]
        sample = samples.read(split, place, [place.frame])
        assert (sample.union[0] == video.expressions[place.expression].mask(place.frame)).all()
        assert len(sample.masks) == len(video.expressions[place.expression].objects or ())
        assert (sample.frames[0] == video.frame(place.frame)).all()


@pytest.mark.parametrize(("frame", "expected"), [(0, [0, 1, 2]), (5, [3, 4, 5]), (7, [6, 7, 7])])
def test_windows_lie_side_by_side_and_repeat_the_last_frame(frame: int, expected: list[int]) -> None:
    assert samples.window(frame, 3, 8) == expected


def test_frames_around_another_are_near_it_and_in_order() -> None:
    random = np.random.default_rng(0)
    for frame in range(20):
        found = samples.around(frame, 5, 4, 20, random)
        assert frame in found
        assert found == sorted(found)
        assert len(set(found)) == 5
        assert max(abs(one - frame) for one in found) <= 4
    assert samples.around(0, 3, 4, 1, random) == [0, 0, 0]


def test_in_a_mirror_left_is_right_in_pictures_masks_and_words(sample: Sample) -> None:
    said = Sample("Left of two, moving leftwards; not RIGHT, nor upright", sample.frames, sample.masks)
    mirrored = samples.mirrored(said)
    assert mirrored.text == "Right of two, moving rightwards; not LEFT, nor upright"
    assert (mirrored.frames == said.frames[:, :, ::-1]).all()
    assert (mirrored.masks == said.masks[..., ::-1]).all()
    again = samples.mirrored(mirrored)
    assert again.text == said.text
    assert (again.masks == said.masks).all()


def test_pictures_and_masks_are_scaled_and_cut_alike(sample: Sample) -> None:
    """A picture that shows its own mask does so afterwards, too."""
    shown = np.repeat(sample.union[..., None], 3, -1).astype(np.uint8) * 255
    scaled = samples.resized(Sample("", shown, sample.masks), (128, 192))
    assert scaled.frames.shape == (4, 128, 192, 3)
    assert ((scaled.frames[..., 0] > 127) == scaled.union).mean() > 0.99
    cut = samples.cropped(scaled, 40, 60, np.random.default_rng(0))
    assert all(40 <= side <= 60 for side in cut.size)
    assert ((cut.frames[..., 0] > 127) == cut.union).mean() > 0.99
    assert samples.cropped(scaled, 500, 600, np.random.default_rng(0)).size == (128, 192)


def test_other_colours_change_pictures_alone(sample: Sample) -> None:
    changed = samples.recoloured(sample, np.random.default_rng(1))
    assert (changed.frames != sample.frames).any()
    assert (changed.masks == sample.masks).all()


def test_a_box_is_as_large_as_what_can_be_seen_in_shares_of_the_picture() -> None:
    mask = np.zeros((10, 20), np.bool_)
    assert box_of(mask) == (0.0, 0.0, 0.0, 0.0)
    mask[2:6, 5:15] = True
    assert box_of(mask) == (0.5, 0.4, 0.5, 0.4)


def test_smaller_clips_of_a_batch_are_padded_and_their_boxes_are_not(sample: Sample) -> None:
    small = samples.resized(sample, (sample.size[0] // 2, sample.size[1] // 2))
    target = target_of([sample, small], sample.size)
    assert target.masks.shape == (4, 2, *sample.size)
    assert not target.masks[:, 1, small.size[0] :].any()
    assert not target.masks[:, 1, :, small.size[1] :].any()
    assert (target.boxes[:, 0] - target.boxes[:, 1]).abs().max() < 0.03
    assert target.visible.tolist() == [[bool(one.any())] * 2 for one in sample.union]


def test_sentences_about_one_window_are_read_together_and_mean_what_they_mean_alone(split: Split) -> None:
    places = samples.places(split, 4)
    groups = samples.together(places, 4, 3)
    assert sorted(place.expression for one in groups for place in one) == sorted(
        place.expression for place in places
    )
    assert max(map(len, groups)) == 3
    for group in groups[:6]:
        assert len({(place.video, place.frame // 4) for place in group}) == 1
        for place, sample in zip(group, samples.read_together(split, group, [0, 5]), strict=True):
            alone = samples.read(split, place, [0, 5])
            assert sample.text == alone.text
            assert (sample.frames == alone.frames).all()
            assert (sample.masks == alone.masks).all()
