"""`export --to coco`: pycocotools reads the very pixels that the split was made from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools.coco import COCO

from rvosbench.errors import Code, DatasetError
from rvosbench.export.formats import export
from rvosbench.schema import ExpressionRecord, Role, VideoRecord
from rvosbench.splits.split import Split

Masks = dict[str, list[NDArray[np.bool_]]]


def read(folder: Path) -> COCO:
    return COCO(str(folder / "annotations.json"))


def pixels(coco: COCO) -> dict[tuple[str, str, int], NDArray[np.bool_]]:
    """(video, object, frame) -> mask, as pycocotools decodes it."""
    videos = {video["id"]: video["name"] for video in coco.dataset["videos"]}
    objects = {thing["id"]: thing["object"] for thing in coco.dataset["instances"]}
    found = {}
    for annotation in coco.dataset["annotations"]:
        image = coco.imgs[annotation["image_id"]]
        assert image["video_id"] == annotation["video_id"]
        key = (videos[image["video_id"]], objects[annotation["instance_id"]], image["frame_id"])
        found[key] = coco.annToMask(annotation).astype(bool)
    return found


def expected(truth: dict[str, Masks]) -> dict[tuple[str, str, int], NDArray[np.bool_]]:
    return {
        (video, thing, frame): mask
        for video, objects in truth.items()
        for thing, masks in objects.items()
        for frame, mask in enumerate(masks)
        if mask.any()
    }


def test_every_mask_comes_back_pixel_for_pixel(
    scene: Split, truth: dict[str, Masks], export_to: Callable[..., Path]
) -> None:
    found, wanted = pixels(read(export_to(scene, "coco"))), expected(truth)
    assert found.keys() == wanted.keys()
    for key, mask in wanted.items():
        np.testing.assert_array_equal(found[key], mask)


SHAPES = st.tuples(st.integers(1, 7), st.integers(1, 7))


@settings(max_examples=25)
@given(data=st.data(), shape=SHAPES, objects=st.integers(1, 3), frames=st.integers(1, 3))
def test_any_masks_come_back_whether_they_overlap_or_not(
    record: Callable[..., VideoRecord],
    make_split: Callable[..., Split],
    export_to: Callable[..., Path],
    data: st.DataObject,
    shape: tuple[int, int],
    objects: int,
    frames: int,
) -> None:
    size = shape[0] * shape[1]
    bits = st.lists(st.booleans(), min_size=size, max_size=size)
    masks = {
        str(thing): [np.array(data.draw(bits), np.bool_).reshape(shape) for _ in range(frames)]
        for thing in range(objects)
    }
    found = pixels(read(export_to(make_split([record("v", masks)]), "coco")))
    wanted = expected({"v": masks})
    assert found.keys() == wanted.keys()
    assert all((found[key] == mask).all() for key, mask in wanted.items())


def test_area_and_box_are_those_of_the_pixels(scene: Split, export_to: Callable[..., Path]) -> None:
    coco = read(export_to(scene, "coco"))
    for annotation in coco.dataset["annotations"]:
        mask = coco.annToMask(annotation)
        rows, columns = np.nonzero(mask)
        assert annotation["area"] == mask.sum()
        assert annotation["bbox"] == [
            columns.min(),
            rows.min(),
            np.ptp(columns) + 1,
            np.ptp(rows) + 1,
        ]


def test_images_are_named_as_in_the_release_and_ids_start_at_one(
    scene: Split, export_to: Callable[..., Path]
) -> None:
    document = read(export_to(scene, "coco")).dataset
    assert [image["file_name"] for image in document["images"]] == [
        "bear/00005.jpg",
        "bear/00010.jpg",
        "bear/00015.jpg",
        "zoo/owl/00005.jpg",
        "zoo/owl/00010.jpg",
    ]
    for name in ("images", "annotations", "videos", "instances", "expressions", "categories"):
        assert [entry["id"] for entry in document[name]] == list(range(1, len(document[name]) + 1)), name
    assert {(image["height"], image["width"]) for image in document["images"]} == {(9, 12)}


def test_categories_are_those_of_the_release_and_void_is_a_crowd(
    scene: Split, export_to: Callable[..., Path]
) -> None:
    coco = read(export_to(scene, "coco"))
    names = {entry["id"]: entry["name"] for entry in coco.dataset["categories"]}
    things = {
        (thing["video_id"], thing["object"]): names[thing["category_id"]]
        for thing in coco.dataset["instances"]
    }
    assert things == {
        (1, "1"): "bear",
        (1, "2"): "ape",
        (1, "10"): "object",
        (2, "1"): "object",
        (2, "2"): "object",
        (2, "3"): "void",
    }
    for annotation in coco.dataset["annotations"]:
        assert (names[annotation["category_id"]] == "void") == bool(annotation["iscrowd"])


def test_sentences_stand_beside_the_masks_and_name_their_objects(
    scene: Split, export_to: Callable[..., Path]
) -> None:
    document = read(export_to(scene, "coco")).dataset
    objects = {thing["id"]: (thing["video_id"], thing["object"]) for thing in document["instances"]}
    told = [
        (one["video_id"], one["expression"], one["text"], [objects[number] for number in one["instance_ids"]])
        for one in document["expressions"]
    ]
    assert told == [
        (1, "0", 'der Bär · 左へ 🐻 "läuft"', [(1, "1")]),
        (1, "1", "both of them", [(1, "1"), (1, "2")]),
        (1, "2", "nobody at all", []),
        (2, "0", "the sky", [(2, "1")]),
        (2, "1", "never to be seen", [(2, "2")]),
    ]
    assert document["expressions"][1]["annotator"] == 3
    assert document["expressions"][1]["kind"] == "motion"


def test_frames_that_nobody_annotated_are_no_images(
    record: Callable[..., VideoRecord],
    make_split: Callable[..., Split],
    export_to: Callable[..., Path],
    truth: dict[str, Masks],
) -> None:
    """An image without annotations would say that the frame is empty."""
    sparse = record("bear", truth["bear"], [ExpressionRecord("0", "it", ("10",), frames=(0,))])
    sparse_only = record("a", {"1": [*truth["bear"]["10"], *truth["bear"]["10"]]}, sparse.expressions[:0])
    images = read(export_to(make_split([sparse]), "coco")).dataset["images"]
    assert [image["frame_id"] for image in images] == [0, 1, 2], "each frame is scored or has a mask"
    images = read(export_to(make_split([sparse_only]), "coco")).dataset["images"]
    assert len(images) == 6, "without sentences nothing says that a frame was left out"
    alone = record("b", {"10": truth["bear"]["10"]}, [ExpressionRecord("0", "it", ("10",), frames=(0,))])
    images = read(export_to(make_split([alone]), "coco")).dataset["images"]
    assert [image["frame_id"] for image in images] == [0]


def test_the_document_is_the_same_every_time(scene: Split, export_to: Callable[..., Path]) -> None:
    first, second = (export_to(scene, "coco") / "annotations.json" for _ in range(2))
    assert first.read_bytes() == second.read_bytes()


def test_a_split_without_masks_is_refused(
    make_split: Callable[..., Split], export_to: Callable[..., Path]
) -> None:
    hidden = VideoRecord("v", None, None, ("00000",), expressions=(ExpressionRecord("0", "it", None),))
    with pytest.raises(DatasetError) as caught:
        export_to(make_split([hidden], ground_truth=False), "coco")
    assert [problem.code for problem in caught.value.problems] == [Code.NO_GROUND_TRUTH]


# --- the samples of A2D and JHMDB ---


@pytest.fixture
def samples(record: Callable[..., VideoRecord], truth: dict[str, Masks]) -> list[VideoRecord]:
    return [
        record(
            "bear",
            truth["bear"],
            [
                ExpressionRecord("1", "the big one", ("1",), frames=(0, 1)),
                ExpressionRecord("2", "the small one", ("2",), frames=(1,)),
            ],
            roles={"10": Role.DISTRACTOR},
        )
    ]


def test_a2d_becomes_the_file_of_the_official_evaluator(
    samples: list[VideoRecord],
    make_split: Callable[..., Split],
    export_to: Callable[..., Path],
    truth: dict[str, Masks],
) -> None:
    folder = export_to(make_split(samples, dataset="a2d-sentences", split="test"), "coco")
    coco = COCO(str(folder / "a2d_sentences_test_annotations_in_coco_format.json"))
    assert coco.dataset.keys() == {"categories", "images", "annotations"}
    assert coco.dataset["categories"] == [{"id": 1, "name": "dummy_class"}]
    wanted = {
        "v_bear_f_5_i_1": truth["bear"]["1"][0],
        "v_bear_f_10_i_1": truth["bear"]["1"][1],
        "v_bear_f_10_i_2": truth["bear"]["2"][1],
    }
    assert [image["id"] for image in coco.dataset["images"]] == list(wanted)
    annotations: list[dict[str, Any]] = coco.dataset["annotations"]
    assert [one["id"] for one in annotations] == [1, 2, 3]
    for one, (name, mask) in zip(annotations, wanted.items(), strict=True):
        assert (one["image_id"], one["category_id"], one["iscrowd"]) == (name, 1, 0)
        np.testing.assert_array_equal(coco.annToMask(one).astype(bool), mask)
        assert one["area"] == mask.sum()


def test_jhmdb_names_samples_without_the_sentence_and_says_if_its_list_was_missing(
    samples: list[VideoRecord],
    make_split: Callable[..., Split],
    tmp_path: Path,
) -> None:
    official = {"frames": "none", "samples": {"path": "list.json"}}
    for options, warned in (({"frames": "none"}, True), (official, False)):
        split = make_split(samples, dataset="jhmdb-sentences", split="test", options=options)
        done = export([split], "coco", tmp_path / str(warned))
        document = json.loads(
            (done.folder / "jhmdb_sentences_gt_annotations_in_coco_format.json").read_text()
        )
        assert document["images"][0]["id"] == "v_bear_f_5"
        assert bool(done.problems) == warned
