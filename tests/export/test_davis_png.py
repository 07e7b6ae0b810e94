"""`export --to davis-png`: label maps that PIL reads back to the very masks, and refuses where it must."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from rvosbench.errors import Code, UsageError
from rvosbench.export.base import Options, Overlap
from rvosbench.schema import ExpressionRecord, Role, VideoRecord
from rvosbench.splits.split import Split

Masks = dict[str, list[NDArray[np.bool_]]]
MakeSplit = Callable[..., Split]
Record = Callable[..., VideoRecord]
ExportTo = Callable[..., Path]


def labels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        assert image.mode == "P"
        return np.array(image)


def member(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))["videos"]


def test_every_pixel_is_the_number_of_its_object(
    scene: Split, truth: dict[str, Masks], export_to: ExportTo
) -> None:
    folder = export_to(scene, "davis-png")
    for video, objects in truth.items():
        for frame in range(len(objects["1"])):
            wanted = np.zeros((9, 12), np.uint8)
            for thing, masks in objects.items():
                wanted[masks[frame]] = 255 if (video, thing) == ("zoo/owl", "3") else int(thing)
            found = labels(folder / "Annotations" / video / f"{5 * (frame + 1):05d}.png")
            np.testing.assert_array_equal(found, wanted)


def test_colours_are_those_of_davis(scene: Split, export_to: ExportTo) -> None:
    path = export_to(scene, "davis-png") / "Annotations/bear/00005.png"
    with Image.open(path) as image:
        shown = np.array(image.convert("RGB"))
    assert tuple(shown[0, 0]) == (128, 0, 0)
    assert tuple(shown[7, 7]) == (0, 0, 0)
    assert tuple(shown[8, 0]) == (64, 128, 0), "label 10"


def test_sentences_are_in_the_form_of_youtube_vos(scene: Split, export_to: ExportTo) -> None:
    videos = member(export_to(scene, "davis-png"), "meta_expressions.json")
    assert videos["bear"]["frames"] == ["00005", "00010", "00015"]
    assert videos["bear"]["expressions"] == {
        "0": {"exp": 'der Bär · 左へ 🐻 "läuft"', "obj_id": ["1"]},
        "1": {"exp": "both of them", "obj_id": ["1", "2"]},
        "2": {"exp": "nobody at all", "obj_id": []},
    }


def test_where_every_sentence_means_one_object_its_number_is_a_string(
    record: Record, make_split: MakeSplit, export_to: ExportTo, truth: dict[str, Masks]
) -> None:
    """So Ref-YouTube-VOS has it, and its loaders call int() on it."""
    video = record("bear", truth["bear"], [ExpressionRecord("0", "it", ("2",))])
    videos = member(export_to(make_split([video]), "davis-png"), "meta_expressions.json")
    assert videos["bear"]["expressions"] == {"0": {"exp": "it", "obj_id": "2"}}


def test_names_that_are_no_labels_are_numbered_and_the_numbers_written_down(
    record: Record, make_split: MakeSplit, export_to: ExportTo, truth: dict[str, Masks]
) -> None:
    masks = truth["bear"]
    video = record(
        "bear",
        {"9000": masks["1"], "700": masks["2"], "15": masks["10"]},
        [ExpressionRecord("0", "it", ("9000",))],
    )
    other = record("ant", {"3": masks["1"]}, [ExpressionRecord("0", "it", ("3",))])
    folder = export_to(make_split([video, other]), "davis-png")
    objects = member(folder, "objects.json")
    numbered = {number: one["object"] for number, one in objects["bear"]["objects"].items()}
    assert numbered == {"1": "15", "2": "700", "3": "9000"}, "in the order of the numbers, not of the text"
    assert set(objects["ant"]["objects"]) == {"1"}, "one way of numbering for the whole split"
    assert member(folder, "meta_expressions.json")["bear"]["expressions"]["0"]["obj_id"] == "3"
    np.testing.assert_array_equal(labels(folder / "Annotations/bear/00005.png") == 3, masks["1"][0])


def test_what_is_known_of_each_object_is_kept(scene: Split, export_to: ExportTo) -> None:
    objects = member(export_to(scene, "davis-png"), "objects.json")
    assert list(objects["bear"]["objects"]) == ["1", "2", "10"]
    assert objects["bear"]["objects"]["2"] == {
        "category": "ape",
        "frames": ["00010", "00015"],
        "object": "2",
        "source_id": "source 2",
        "role": "target",
    }
    assert objects["zoo/owl"]["objects"]["255"]["role"] == "void"


@pytest.fixture
def overlapping(record: Record, make_split: MakeSplit) -> Split:
    """Two videos; in the first, 2 covers part of 1 in two frames and 3 touches nobody."""
    first, second, third = (np.zeros((3, 2, 6), np.bool_) for _ in range(3))
    first[:, :, :3], second[:2, :, 2:4], third[:, :, 5] = True, True, True
    masks = {"1": list(first), "2": list(second), "3": list(third)}
    swapped = {"4": list(second), "5": list(first)}
    return make_split([record("bear", masks), record("zebra", swapped)])


def test_objects_that_overlap_are_refused_all_at_once(overlapping: Split, export_to: ExportTo) -> None:
    with pytest.raises(UsageError) as caught:
        export_to(overlapping, "davis-png")
    (problem,) = caught.value.problems
    assert problem.code == Code.OBJECTS_OVERLAP
    assert problem.examples == (
        "bear: objects 1 and 2 overlap in 2 frames",
        "zebra: objects 4 and 5 overlap in 2 frames",
    )


def test_or_the_lowest_number_keeps_the_pixel(overlapping: Split, export_to: ExportTo) -> None:
    folder = export_to(overlapping, "davis-png", Options(Overlap.LOWEST))
    assert labels(folder / "Annotations/bear/00005.png").tolist() == [[1, 1, 1, 2, 0, 3]] * 2
    assert labels(folder / "Annotations/zebra/00005.png").tolist() == [[5, 5, 4, 4, 0, 0]] * 2
    assert labels(folder / "Annotations/bear/00015.png").tolist() == [[1, 1, 1, 0, 0, 3]] * 2


def test_void_gives_way_to_objects(record: Record, make_split: MakeSplit, export_to: ExportTo) -> None:
    whole = np.ones((1, 2, 2), np.bool_)
    part = np.array([[[True, False], [False, False]]])
    video = record("v", {"void": list(whole), "7": list(part)}, roles={"void": Role.VOID})
    folder = export_to(make_split([video]), "davis-png", Options(Overlap.LOWEST))
    assert labels(folder / "Annotations/v/00005.png").tolist() == [[7, 255], [255, 255]]


def test_more_objects_than_a_label_map_holds_are_refused(
    record: Record, make_split: MakeSplit, export_to: ExportTo
) -> None:
    pixel = np.zeros((1, 16, 16), np.bool_)
    masks = {str(1000 + number): list(pixel) for number in range(255)}
    with pytest.raises(UsageError) as caught:
        export_to(make_split([record("crowd", masks)]), "davis-png")
    assert [problem.code for problem in caught.value.problems] == [Code.WRONG_LENGTH]
    masks.popitem()
    assert export_to(make_split([record("crowd", masks)]), "davis-png").is_dir()
