"""RefCOCO and its kin, from a release laid out as its authors do: what becomes of it, and what is refused."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco

from rvosbench.datasets.refcoco import REFCOCO, REFCOCOG
from rvosbench.errors import Code, DatasetError
from rvosbench.schema import Role
from rvosbench.splits.convert import convert
from rvosbench.splits.split import Split, open_folder

# Of pycocotools, which is a little behind NumPy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIZE = (24, 40)
POLYGONS = [[2.5, 3.0, 20.25, 4.0, 18.0, 20.5, 4.0, 17.0], [25.0, 5.0, 35.5, 5.0, 30.0, 15.0]]
RUNS = [30, 10, 14, 10, SIZE[0] * SIZE[1] - 64]
FIRST, SECOND = "COCO_train2014_000000000009", "COCO_train2014_000000000025"
Document = dict[str, Any]


def annotation(number: int, image: int, shape: object) -> Document:
    return {"id": number, "image_id": image, "category_id": 3, "segmentation": shape, "iscrowd": 0}


def sentence(number: int, text: str, raw: str = "") -> Document:
    return {"sent_id": number, "sent": text, "raw": raw or text, "tokens": text.split()}


def ref(number: int, image: int, target: int, split: str, *sentences: Document) -> Document:
    about = {"ref_id": number, "image_id": image, "ann_id": target, "split": split, "category_id": 3}
    return about | {"sent_ids": [one["sent_id"] for one in sentences], "sentences": list(sentences)}


def instances() -> Document:
    images = [
        {"id": number, "file_name": f"COCO_train2014_{number:012d}.jpg", "height": 24, "width": 40}
        for number in (9, 25, 30)
    ]
    things = [
        annotation(70, 9, POLYGONS),
        annotation(8, 9, {"size": list(SIZE), "counts": RUNS}),
        annotation(71, 25, POLYGONS[1:]),
        annotation(72, 30, [[1, 2]]),  # of an image without a sentence: nobody looks at it
    ]
    return {"images": images, "annotations": things, "categories": [{"id": 3, "name": "car"}]}


def refs() -> list[Document]:
    return [
        ref(0, 9, 70, "val", sentence(4, "red car"), sentence(5, "the car on the left")),
        ref(1, 25, 71, "val", sentence(6, " ", "The car!")),
        ref(2, 30, 72, "train", sentence(7, "another")),
    ]


def write_release(
    root: Path, listed: object, objects: object, name: str = "refcoco", by: str = "unc"
) -> Path:
    folder, pictures = root / name, root / "images" / "train2014"
    folder.mkdir()
    pictures.mkdir(parents=True)
    for stem in (FIRST, SECOND):
        Image.new("RGB", SIZE[::-1], (90, 20, 10)).save(pictures / f"{stem}.jpg")
    (folder / f"refs({by}).p").write_bytes(pickle.dumps(listed, 2))
    (folder / "instances.json").write_text(json.dumps(objects))
    return root


def converted(root: Path, split: str = "val", **options: Any) -> Split:
    return open_folder(convert(REFCOCO, root, split, data=root / "home", **options).folder)


def problems(root: Path, split: str = "val") -> list[tuple[Code, str]]:
    with pytest.raises(DatasetError) as caught:
        converted(root, split)
    assert not (root / "home" / "refcoco" / split).exists()
    return [(one.code, one.path.removeprefix(f"{root}/")) for one in caught.value.problems]


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return write_release(tmp_path, refs(), instances())


def test_an_image_is_a_video_of_one_frame_and_a_sentence_an_expression(release: Path) -> None:
    split = converted(release)
    assert list(split.videos) == [FIRST, SECOND]
    video = split.videos[FIRST]
    assert (video.frames, video.size, video.frame(0).shape) == ((FIRST,), SIZE, (*SIZE, 3))
    said = {one.name: (one.text, one.objects) for one in split.expressions}
    assert said == {
        "4": ("red car", ("70",)),
        "5": ("the car on the left", ("70",)),
        "6": ("The car!", ("71",)),
    }


def test_masks_are_those_of_the_coco_tool(release: Path) -> None:
    video = converted(release).videos[FIRST]
    drawn = coco.decode(coco.merge(coco.frPyObjects(POLYGONS, *SIZE)))
    assert np.array_equal(video.union(("70",), 0), drawn)
    assert drawn.any()
    crowd = coco.decode(coco.frPyObjects({"size": list(SIZE), "counts": RUNS}, *SIZE))
    assert np.array_equal(video.union(("8",), 0), crowd)


def test_objects_that_no_sentence_of_the_split_means_are_distractors(release: Path) -> None:
    objects = converted(release).videos[FIRST].objects
    assert {name: (one.role, one.category) for name, one in objects.items()} == {
        "70": (Role.TARGET, "car"),
        "8": (Role.DISTRACTOR, "car"),
    }


def test_the_folder_of_the_annotations_is_a_release_too(release: Path) -> None:
    whole, part = converted(release), convert(REFCOCO, release / "refcoco", "val", data=release / "other")
    assert part.manifest.fingerprint == whole.manifest.fingerprint
    assert open_folder(part.folder).videos[SECOND].frame(0).shape == (*SIZE, 3)
    assert REFCOCO.splits_in(release) == ("train", "val")


def test_refcocog_has_the_splits_of_umd(tmp_path: Path) -> None:
    root = write_release(tmp_path, refs(), instances(), "refcocog", "umd")
    done = convert(REFCOCOG, root, "val", data=root / "home")
    assert done.manifest.counts["expressions"] == 3


def test_without_frames_nothing_is_looked_for(release: Path) -> None:
    (release / "images" / "train2014" / f"{FIRST}.jpg").unlink()
    assert problems(release) == [(Code.MISSING_FRAME, "images/train2014")]
    assert len(converted(release, frames="none").videos) == 2


DAMAGE: dict[str, tuple[Callable[[list[Document], Document], object], Code, str]] = {
    "no image": (lambda _, objects: objects["images"].pop(0), Code.UNKNOWN_VIDEO, "refcoco/instances.json"),
    "no object": (
        lambda _, objects: objects["annotations"].pop(0),
        Code.UNKNOWN_OBJECT,
        f"{FIRST}, expression 4",
    ),
    "another name": (
        lambda _, objects: objects["images"][0].update(file_name="../x.jpg"),
        Code.BAD_NAME,
        "instances.json: image 9",
    ),
    "a size of nothing": (
        lambda _, objects: objects["images"][2].update(height=0),
        Code.BAD_STRUCTURE,
        "instances.json: image 3",
    ),
    "a size beyond all memory": (
        lambda _, objects: objects["images"][0].update(height=1 << 16, width=1 << 16),
        Code.BAD_STRUCTURE,
        "instances.json: image 1",
    ),
    "two corners": (
        lambda _, objects: objects["annotations"][0].update(segmentation=[[1, 2, 3, 4]]),
        Code.BAD_STRUCTURE,
        "instances.json: annotation 70",
    ),
    "a corner far away": (
        lambda _, objects: objects["annotations"][0].update(segmentation=[[1, 2, 3, 4, 1e12, 9]]),
        Code.BAD_STRUCTURE,
        "instances.json: annotation 70",
    ),
    "runs too short": (
        lambda _, objects: objects["annotations"][1].update(segmentation={"counts": [5, 5]}),
        Code.BAD_RLE,
        "instances.json: annotation 8",
    ),
    "runs as text": (
        lambda _, objects: objects["annotations"][1].update(segmentation={"counts": "abc"}),
        Code.BAD_STRUCTURE,
        "instances.json: annotation 8",
    ),
    "no ann_id": (
        lambda listed, _: listed[0].pop("ann_id"),
        Code.BAD_STRUCTURE,
        "refs(unc).p: ref 1",
    ),
    "a sentence twice": (
        lambda listed, _: listed[0]["sentences"].append(sentence(4, "again")),
        Code.DUPLICATE_ID,
        "refs(unc).p: ref 1",
    ),
    "a sentence that is a number": (
        lambda listed, _: listed[0]["sentences"][0].update(sent=7),
        Code.BAD_STRUCTURE,
        "refs(unc).p: ref 1: sent",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_each_defect_is_said_with_its_place(name: str, tmp_path: Path) -> None:
    change, code, place = DAMAGE[name]
    listed, objects = refs(), instances()
    change(listed, objects)
    found = problems(write_release(tmp_path, listed, objects))
    assert (code, place) in found
    assert {one for one, _ in found} - {Code.UNKNOWN_VIDEO} == {code} - {Code.UNKNOWN_VIDEO}


def test_defects_of_both_files_are_said_together(tmp_path: Path) -> None:
    listed, objects = refs(), instances()
    DAMAGE["a sentence twice"][0](listed, objects)
    DAMAGE["two corners"][0](listed, objects)
    found = problems(write_release(tmp_path, listed, objects))
    assert {code for code, _ in found} == {Code.DUPLICATE_ID, Code.BAD_STRUCTURE}


@pytest.mark.parametrize(
    ("listed", "objects", "code"),
    [
        ({"a": 1}, instances(), Code.BAD_STRUCTURE),
        ([], instances(), Code.NOTHING_FOUND),
        ([np.float64(1)], instances(), Code.BAD_STRUCTURE),
        (refs(), [], Code.BAD_STRUCTURE),
        (refs(), {"images": []}, Code.BAD_STRUCTURE),
    ],
    ids=["a dict", "no refs", "something that must be run", "a list", "no annotations"],
)
def test_what_is_no_release_is_refused(listed: object, objects: object, code: Code, tmp_path: Path) -> None:
    assert {code} == {one for one, _ in problems(write_release(tmp_path, listed, objects))}


def test_missing_files_are_said(release: Path) -> None:
    (release / "refcoco" / "instances.json").unlink()
    assert problems(release) == [(Code.MISSING_FILE, "refcoco/instances.json")]
    (release / "refcoco" / "refs(unc).p").unlink()
    assert problems(release) == [(Code.MISSING_FILE, "refcoco/refs(unc).p")]
