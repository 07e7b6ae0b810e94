"""Tokens and masks are those that SAM 2's own video predictor gives for the same masks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from rvosbench_baselines.tracks import tracker
from rvosbench_baselines.tracks.candidates import Candidate
from rvosbench_baselines.tracks.frame_features import FrameFeatures
from rvosbench_baselines.tracks.sam2_model import Sam2
from rvosbench_baselines.tracks.settings import DEFAULTS, Prompts, Settings
from rvosbench_baselines.tracks.tracker import Track, follow

from rvosbench.masks import rle

Film = NDArray[np.uint8]
SIZE = (60, 100)
GRID = DEFAULTS[Prompts.GRID]


def box(top: int, left: int, bottom: int, right: int) -> NDArray[np.bool_]:
    mask = np.zeros(SIZE, np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def candidate(frame: int, mask: NDArray[np.bool_], expression: str | None = None) -> Candidate:
    return Candidate(frame, rle.encode(mask), int(mask.sum()), expression=expression)


LARGE, SMALL = box(10, 20, 40, 60), box(30, 50, 55, 90)


def tracks(sam2: Sam2, film: Film, *candidates: Candidate, settings: Settings = GRID) -> list[Track]:
    return list(follow(sam2, film.__getitem__, len(film), SIZE, candidates, settings))


class OfThePackage:
    """The same by `init_state` and `propagate_in_video` of the package, on all frames at once."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, sam2: Sam2, film: Film, frame: int, *masks: NDArray[np.bool_]
    ) -> None:
        from sam2 import sam2_video_predictor as package

        images = torch.cat([sam2.video_picture(picture) for picture in film])
        monkeypatch.setattr(package, "load_video_frames", lambda **_: (images, *SIZE))
        state = sam2.predictor.init_state("unused")
        for number, mask in enumerate(masks):
            sam2.predictor.add_new_mask(state, frame, number, mask)
        self.masks: dict[int, Any] = {}
        for reverse in (False, True):
            for place, _, logits in sam2.predictor.propagate_in_video(state, reverse=reverse):
                self.masks[place] = (logits[:, 0] > 0).numpy()
        self.tokens = [
            {
                place: out["obj_ptr"][0].numpy()
                for kind in ("cond_frame_outputs", "non_cond_frame_outputs")
                for place, out in state["output_dict_per_obj"][number][kind].items()
            }
            for number in range(len(masks))
        ]


def assert_same(found: list[Track], package: OfThePackage, length: int) -> None:
    for number, track in enumerate(found):
        assert track.tokens.shape == (length, 256)
        assert set(package.tokens[number]) == set(package.masks) == set(range(length))
        for frame in range(length):
            np.testing.assert_allclose(track.tokens[frame], package.tokens[number][frame], atol=1e-5)
            drawn = rle.union([one for one in (track.counts[frame],) if one], *SIZE)
            assert np.array_equal(drawn, package.masks[frame][number])


@pytest.mark.parametrize("frame", [0, 2, 5])
def test_tokens_and_masks_are_those_of_the_package(
    monkeypatch: pytest.MonkeyPatch, sam2: Sam2, film: Film, frame: int
) -> None:
    """From the first frame forward, from the last backward, from between in both directions."""
    found = tracks(sam2, film, candidate(frame, LARGE), candidate(frame, SMALL))
    assert_same(found, OfThePackage(monkeypatch, sam2, film, frame, LARGE, SMALL), len(film))
    moved = [track.tokens.std(axis=0).max() for track in found]
    assert min(moved) > 1e-3  # not one token for all frames
    assert all(track.counts[frame] != track.counts[frame - 1] for track in found)


@pytest.mark.full
def test_memories_that_are_out_of_reach_are_let_go_and_nothing_changes(
    monkeypatch: pytest.MonkeyPatch, sam2: Sam2, film: Film
) -> None:
    """A model that looks three frames back, on 24 frames."""
    for name, value in (("num_maskmem", 3), ("max_obj_ptrs_in_encoder", 3)):
        monkeypatch.setattr(sam2.predictor, name, value)
    long, start = np.concatenate([film] * 4), 11
    most = 0
    forget = tracker._forget

    def watched(outputs: dict[str, dict[int, Any]], *place: int) -> None:
        nonlocal most
        forget(outputs, *place)
        most = max(most, len(outputs["non_cond_frame_outputs"]))

    monkeypatch.setattr(tracker, "_forget", watched)
    found = tracks(sam2, long, candidate(start, LARGE))
    assert most <= 4 * 3  # near the start and at the end, in both directions
    assert_same(found, OfThePackage(monkeypatch, sam2, long, start, LARGE), len(long))


def test_a_video_of_one_frame_is_followed(sam2: Sam2, film: Film) -> None:
    (track,) = tracks(sam2, film[:1], candidate(0, LARGE))
    assert track.tokens.shape == (1, 256)
    assert track.counts[0] is not None


def test_what_was_found_is_not_followed_again(sam2: Sam2, film: Film) -> None:
    first, *_ = tracks(sam2, film, candidate(2, LARGE))
    there = first.counts[4]
    assert there is not None
    again = Candidate(4, there, rle.measure(there, *SIZE)[0] - 1)  # its own mask, as a smaller candidate
    large = replace(first.start, area=10**6)
    assert len(tracks(sam2, film, large, again)) == 1
    assert len(tracks(sam2, film, large, again, settings=DEFAULTS[Prompts.GT])) == 2


def test_each_sentence_has_tracks_of_its_own(sam2: Sam2, film: Film) -> None:
    found = tracks(sam2, film, *(candidate(2, LARGE, name) for name in ("0", "1")))
    assert [track.start.expression for track in found] == ["0", "1"]


def test_the_limit_holds_for_each_sentence(sam2: Sam2, film: Film) -> None:
    boxes = [box(0, 0, 8 + row, 8) for row in range(3)]
    settings = replace(DEFAULTS[Prompts.GDINO], limit=2, duplicate=1.0)
    found = tracks(
        sam2,
        film[:1],
        *(candidate(0, mask, name) for mask in boxes for name in ("0", "1")),
        settings=settings,
    )
    assert [track.start.expression for track in found] == ["0", "0", "1", "1"]


def test_the_backbone_sees_each_frame_once_for_all_batches(sam2: Sam2, film: Film) -> None:
    seen: list[int] = []

    def read(frame: int) -> NDArray[np.uint8]:
        seen.append(frame)
        picture: NDArray[np.uint8] = film[frame]
        return picture

    starts = [candidate(frame, box(0, 0, 9, 9 + frame)) for frame in (0, 3, 5)]
    list(follow(sam2, read, len(film), SIZE, starts, DEFAULTS[Prompts.GT]))
    assert sorted(seen) == list(range(len(film)))


def test_features_are_kept_only_while_there_is_room(sam2: Sam2, film: Film) -> None:
    with torch.inference_mode():
        one = FrameFeatures(sam2, film.__getitem__)
        size = sum(map(_bytes, one.get(0)[1]["backbone_fpn"]))
        features = FrameFeatures(sam2, film.__getitem__, room=2 * size)
        for frame in (0, 1, 0, 2, 0, 1):
            features.get(frame)
    assert features.computed == 4  # 0, 1, 2, and 1 again: it was the least recently used


def _bytes(tensor: torch.Tensor) -> int:
    return tensor.numel() * tensor.element_size()
