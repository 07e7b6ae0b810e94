"""A converted split as Python objects."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import toy_dataset
from toy_dataset import Toy

from rvosbench.errors import DatasetError
from rvosbench.splits.convert import convert
from rvosbench.splits.split import Split, open_folder

CONTENT = toy_dataset.videos(4)


@pytest.fixture
def split(tmp_path: Path) -> Split:
    source = toy_dataset.write(tmp_path / "source", CONTENT)
    return open_folder(convert(Toy(), source, "valid", data=tmp_path / "home").folder)


def pixels(video: str, name: str, frame: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.array(CONTENT[video]["objects"][name][frame], np.bool_)


def test_every_mask_is_bit_for_bit_that_of_the_release(split: Split) -> None:
    for video in split.videos.values():
        for thing in video.objects.values():
            for frame in range(len(video.frames)):
                assert np.array_equal(thing.mask(frame), pixels(video.name, thing.name, frame))


def test_an_expression_means_the_union_of_its_objects(split: Split) -> None:
    both = split.videos["video001"].expressions["1"]
    assert np.array_equal(both.mask(2), pixels("video001", "1", 2) | pixels("video001", "2", 2))


def test_a_sentence_without_target_means_nothing(split: Split) -> None:
    nobody = split.videos["video001"].expressions["2"]
    assert nobody.objects == ()
    assert not nobody.mask(0).any()
    assert nobody.rle(0) is None


def test_frames_count_from_the_end_too(split: Split) -> None:
    thing = split.videos["video000"].objects["1"]
    assert np.array_equal(thing.mask(-1), thing.mask(2))
    with pytest.raises(IndexError, match="3 frames"):
        thing.mask(3)


def test_all_sentences_stand_in_the_order_of_the_release(split: Split) -> None:
    assert [(one.video.name, one.name) for one in split.expressions[:4]] == [
        ("video000", "0"),
        ("video000", "1"),
        ("video000", "2"),
        ("video001", "0"),
    ]


def test_a_pickled_split_is_the_same_split(split: Split) -> None:
    split.videos["video000"].objects["1"].mask(0)  # a file is open
    again = pickle.loads(pickle.dumps(split))
    assert np.array_equal(again.videos["video002"].objects["2"].mask(1), pixels("video002", "2", 1))


def test_a_split_without_linked_frames_says_so(split: Split) -> None:
    with pytest.raises(DatasetError, match="RVB051"):
        split.videos["video000"].frame(0)


def test_half_a_frame_is_no_empty_frame(split: Split) -> None:
    with pytest.raises(TypeError):
        split.videos["video000"].objects["1"].mask(1.5)  # type: ignore[arg-type]  # what a user may do
