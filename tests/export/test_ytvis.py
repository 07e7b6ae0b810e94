"""`export --to ytvis`: one track per object, null where it cannot be seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from rvosbench.splits.split import Split

Masks = dict[str, list[NDArray[np.bool_]]]


def read(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "instances.json").read_text(encoding="utf-8"))
    return document


def test_every_track_comes_back_pixel_for_pixel(
    scene: Split, truth: dict[str, Masks], export_to: Callable[..., Path]
) -> None:
    document = read(export_to(scene, "ytvis"))
    names = {video["id"]: video["name"] for video in document["videos"]}
    tracks = {(names[one["video_id"]], one["object"]): one for one in document["annotations"]}
    assert tracks.keys() == {(video, thing) for video, objects in truth.items() for thing in objects}
    for (video, thing), track in tracks.items():
        for frame, mask in enumerate(truth[video][thing]):
            entries = [track[key][frame] for key in ("segmentations", "areas", "bboxes")]
            if not mask.any():
                assert entries == [None, None, None]
                continue
            segmentation, area, bbox = entries
            np.testing.assert_array_equal(coco_mask.decode(segmentation).astype(bool), mask)
            assert area == mask.sum()
            assert bbox == list(coco_mask.toBbox(segmentation))


def test_lists_are_as_long_as_the_video(scene: Split, export_to: Callable[..., Path]) -> None:
    document = read(export_to(scene, "ytvis"))
    lengths = {video["id"]: video["length"] for video in document["videos"]}
    assert list(lengths.values()) == [3, 2]
    for video in document["videos"]:
        assert len(video["file_names"]) == video["length"]
    for track in document["annotations"]:
        for key in ("segmentations", "areas", "bboxes"):
            assert len(track[key]) == lengths[track["video_id"]] == track["length"]


def test_sentences_name_tracks_of_their_own_video(scene: Split, export_to: Callable[..., Path]) -> None:
    document = read(export_to(scene, "ytvis"))
    tracks = {one["id"]: (one["video_id"], one["object"]) for one in document["annotations"]}
    assert list(tracks) == list(range(1, 7))
    told = [
        (one["video_id"], one["text"], [tracks[number] for number in one["annotation_ids"]])
        for one in document["expressions"]
    ]
    assert told == [
        (1, 'der Bär · 左へ 🐻 "läuft"', [(1, "1")]),
        (1, "both of them", [(1, "1"), (1, "2")]),
        (1, "nobody at all", []),
        (2, "the sky", [(2, "1")]),
        (2, "never to be seen", [(2, "2")]),
    ]


def test_every_category_that_is_used_is_listed(scene: Split, export_to: Callable[..., Path]) -> None:
    document = read(export_to(scene, "ytvis"))
    listed = {entry["id"]: entry["name"] for entry in document["categories"]}
    assert set(listed.values()) == {"ape", "bear", "object", "void"}
    assert {one["category_id"] for one in document["annotations"]} == set(listed)
