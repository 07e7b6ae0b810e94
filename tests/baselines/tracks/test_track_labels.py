"""How alike tracks and objects are, against loops that count pixels."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from rvosbench_baselines.tracks import ground_truth
from rvosbench_baselines.tracks.candidates import Candidate
from rvosbench_baselines.tracks.ground_truth import likenesses
from rvosbench_baselines.tracks.tracker import Track
from scoring import blobs, make_split, video

from rvosbench.errors import UsageError
from rvosbench.masks import rle
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Video

Masks = NDArray[np.bool_]
SENTENCES = [ExpressionRecord("0", "one of them", ("1",)), ExpressionRecord("1", "no one", ())]
FRAMES, SIZE = 5, (30, 44)


def objects() -> dict[str, Masks]:
    noise = np.random.default_rng(2)
    return {name: blobs(noise, FRAMES, *SIZE, empty=0.3) for name in ("1", "2")}


@pytest.fixture(scope="module")
def true(tmp_path_factory: pytest.TempPathFactory) -> Video:
    void = np.ones((FRAMES, *SIZE), np.bool_)
    made = video("v", objects(), SENTENCES, void=void)
    return make_split(tmp_path_factory.mktemp("home"), "mevis-v2", "train", [made]).videos["v"]


def track(masks: Masks) -> Track:
    counts = tuple(rle.encode(mask) if mask.any() else None for mask in masks)
    return Track(Candidate(0, rle.encode(masks[0]), 1), np.zeros((len(masks), 256), np.float32), counts)


def shrunk(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """540 x 960 pixels; each is the one of the mask that its upper left corner lies in."""
    rows = [int(y * SIZE[0] / 540) for y in range(540)]
    columns = [int(x * SIZE[1] / 960) for x in range(960)]
    return mask[rows][:, columns]


def test_figures_are_means_over_the_frames_in_which_either_is_seen(true: Video) -> None:
    noise = np.random.default_rng(5)
    drawn = [blobs(noise, FRAMES, *SIZE, empty=0.3) for _ in range(3)]
    found = likenesses(true, [track(masks) for masks in drawn])
    for masks, of_track in zip(drawn, found, strict=True):
        assert [one.object for one in of_track] == ["1", "2"]  # and no void
        for one in of_track:
            rows = []
            for ours, theirs in zip(masks, objects()[one.object], strict=True):
                a, b = shrunk(ours), shrunk(theirs)
                if (a | b).any():
                    both = (a & b).sum()
                    rows.append((both / max(a.sum(), 1), both / max(b.sum(), 1), both / (a | b).sum()))
            expected = np.mean(rows, axis=0)
            assert (one.precision, one.recall, one.iou) == pytest.approx(tuple(expected))
            assert one.same == (expected[2] > 0.7)


def test_a_track_of_the_object_is_the_same(true: Video) -> None:
    ((one, other),) = likenesses(true, [track(objects()["1"])])
    assert (one.iou, one.same) == (1.0, True)
    assert not other.same


def test_masks_are_shrunk_as_torch_takes_nearest_pixels() -> None:
    mask = np.random.default_rng(0).random((720, 1282)) > 0.5
    found = ground_truth._stacked([rle.encode(mask), None], mask.shape).view(2, 540, 960)
    nearest = torch.nn.functional.interpolate(torch.from_numpy(mask)[None, None].float(), (540, 960))
    assert torch.equal(found[0], nearest[0, 0])
    assert not found[1].any()


def test_without_tracks_there_is_nothing_to_compare(true: Video) -> None:
    assert likenesses(true, []) == []


def test_true_candidates_are_named_objects_where_they_are_largest(true: Video) -> None:
    (one,) = ground_truth.candidates(true)  # the other object is a distractor
    areas = objects()["1"].sum(axis=(1, 2))
    assert (one.frame, one.area) == (areas.argmax(), areas.max())
    assert np.array_equal(rle.decode(one.counts, *SIZE), objects()["1"][one.frame])


def test_ground_truth_starts_tracks_of_training_splits_alone() -> None:
    ground_truth.check_training("train")
    with pytest.raises(UsageError, match="for training alone"):
        ground_truth.check_training("valid_u")


def test_only_the_making_of_tracks_and_training_import_ground_truth() -> None:
    folder = Path(ground_truth.__file__).parents[1]
    importing = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if "ground_truth import" in (text := path.read_text(encoding="utf-8"))
        or re.search(r"tracks import .*\b(ground_truth|labels_table)\b", text)
        or "labels_table import" in text
    }
    making = {"tracks/run.py", "tracks/launch.py", "tracks/labels_table.py"}
    assert importing == making | {"training/pixel_tracks.py"}
