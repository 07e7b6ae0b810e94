"""`export --to png`: for every sentence and scored frame the union of what it means, 0 and 255."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from rvosbench.errors import Code, DatasetError
from rvosbench.schema import ExpressionRecord, VideoRecord
from rvosbench.splits.split import Split

Masks = dict[str, list[NDArray[np.bool_]]]
MakeSplit = Callable[..., Split]
Record = Callable[..., VideoRecord]
ExportTo = Callable[..., Path]


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        assert image.mode == "L"
        return np.array(image)


def test_every_sentence_has_the_union_of_its_objects(
    scene: Split, truth: dict[str, Masks], export_to: ExportTo
) -> None:
    folder = export_to(scene, "png")
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.png")}
    wanted = {}
    for one in scene.expressions:
        for frame, stem in enumerate(one.video.frames):
            union = np.zeros((9, 12), np.bool_)
            for thing in one.objects or ():
                union |= truth[one.video.name][thing][frame]
            wanted[f"{one.video.name}/{one.name}/{stem}.png"] = union
    assert files == wanted.keys()
    for name, union in wanted.items():
        np.testing.assert_array_equal(pixels(folder / name), np.where(union, 255, 0))


@settings(max_examples=20)
@given(bits=st.lists(st.lists(st.booleans(), min_size=20, max_size=20), min_size=1, max_size=4))
def test_overlaps_are_counted_once(
    record: Record, make_split: MakeSplit, export_to: ExportTo, bits: list[list[bool]]
) -> None:
    arrays = [np.array(flat, np.bool_).reshape(4, 5) for flat in bits]
    masks = {str(number): [array] for number, array in enumerate(arrays)}
    video = record("v", masks, [ExpressionRecord("all", "all of them", tuple(masks))])
    found = pixels(export_to(make_split([video]), "png") / "v/all/00005.png")
    np.testing.assert_array_equal(found == 255, np.logical_or.reduce(arrays))


def test_frames_that_are_not_scored_are_left_out(
    record: Record, make_split: MakeSplit, export_to: ExportTo, truth: dict[str, Masks]
) -> None:
    sentences = [ExpressionRecord("1", "it", ("1",), frames=(1,)), ExpressionRecord("2", "it", ("1",))]
    folder = export_to(make_split([record("bear", truth["bear"], sentences)]), "png")
    assert [path.name for path in (folder / "bear/1").iterdir()] == ["00010.png"]
    assert len(list((folder / "bear/2").iterdir())) == 3


def test_sentences_whose_objects_are_hidden_are_all_named(
    record: Record, make_split: MakeSplit, export_to: ExportTo, truth: dict[str, Masks]
) -> None:
    sentences = [ExpressionRecord("0", "it", None), ExpressionRecord("1", "that", None)]
    with pytest.raises(DatasetError) as caught:
        export_to(make_split([record("bear", truth["bear"], sentences)]), "png")
    (problem,) = caught.value.problems
    assert (problem.code, problem.count) == (Code.NO_GROUND_TRUTH, 2)


@pytest.mark.parametrize("name", ["../outside", "/etc", "a/../../b", "."])
def test_a_name_that_leads_out_of_the_folder_is_refused(
    record: Record, make_split: MakeSplit, export_to: ExportTo, truth: dict[str, Masks], name: str
) -> None:
    """A converted split may come from a stranger."""
    hostile = record(name, truth["bear"], [ExpressionRecord("0", "it", ("1",))])
    for form in ("png", "davis-png"):
        with pytest.raises(DatasetError) as caught:
            export_to(make_split([hostile]), form)
        assert {problem.code for problem in caught.value.problems} == {Code.BAD_NAME}
