"""Folders of label maps become masks bit for bit, and say everything that is wrong with their images."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pycocotools.mask
import pytest
from PIL import Image

from rvosbench.datasets.label_maps import label_name, object_records, read_label_maps
from rvosbench.errors import Code, ProblemLog
from rvosbench.masks.png import write_labels
from rvosbench.schema import Mask, Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEMS = ("00000", "00005", "00010")


def label_maps(folder: Path, seed: int = 0) -> dict[str, NDArray[np.uint8]]:
    """Three maps of 7x9 with the labels 1, 2 and 255 in speckles: the hardest runs there are."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    maps = {stem: generator.choice(np.array([0, 1, 2, 255], np.uint8), (7, 9)) for stem in STEMS}
    for stem, labels in maps.items():
        write_labels(folder / f"{stem}.png", labels)
    return maps


def test_every_label_of_every_frame_becomes_a_mask_bit_for_bit(tmp_path: Path) -> None:
    maps = label_maps(tmp_path / "bear")
    log = ProblemLog()
    found = read_label_maps(tmp_path / "bear", STEMS, log)
    assert found is not None
    assert not len(log)
    assert found.size == (7, 9)
    assert list(found.masks) == [1, 2, 255]
    for label, masks in found.masks.items():
        for index, stem in enumerate(STEMS):
            mask = next(mask for mask in masks if mask.frame == index)
            pixels = pycocotools.mask.decode({"size": [7, 9], "counts": mask.counts})
            assert np.array_equal(pixels, maps[stem] == label)
            assert mask.area == (maps[stem] == label).sum()


def test_a_label_has_no_mask_in_a_frame_without_it(tmp_path: Path) -> None:
    for stem, labels in zip(STEMS, ([[1, 0]], [[0, 0]], [[1, 2]]), strict=True):
        write_labels(tmp_path / f"{stem}.png", np.array(labels, np.uint8))
    found = read_label_maps(tmp_path, STEMS, ProblemLog())
    assert found is not None
    assert {label: [mask.frame for mask in masks] for label, masks in found.masks.items()} == {
        1: [0, 2],
        2: [2],
    }


def test_only_the_listed_frames_are_read(tmp_path: Path) -> None:
    label_maps(tmp_path)
    (tmp_path / "00003.png").write_bytes(b"not listed, not read")
    log = ProblemLog()
    found = read_label_maps(tmp_path, ("00005",), log)
    assert found is not None
    assert {mask.frame for masks in found.masks.values() for mask in masks} == {0}
    assert not len(log)


def test_a_one_bit_image_has_the_label_1(tmp_path: Path) -> None:
    Image.fromarray(np.array([[True, False, True]])).save(tmp_path / "00000.png")
    found = read_label_maps(tmp_path, ("00000",), ProblemLog())
    assert found is not None
    assert {label: masks[0].area for label, masks in found.masks.items()} == {1: 2}


def test_all_broken_images_of_a_folder_are_reported_at_once(tmp_path: Path) -> None:
    good = np.ones((7, 9), np.uint8)
    write_labels(tmp_path / "00000.png", good)
    write_labels(tmp_path / "00001.png", np.ones((9, 7), np.uint8))
    Image.fromarray(np.ones((7, 9, 3), np.uint8)).save(tmp_path / "00002.png")
    Image.fromarray(np.ones((7, 9), np.uint16)).save(tmp_path / "00003.png")
    whole = (tmp_path / "00000.png").read_bytes()
    (tmp_path / "00004.png").write_bytes(whole[: whole.index(b"IDAT") + 8])
    (tmp_path / "00005.png").write_bytes(b"")
    write_labels(tmp_path / "00007.png", good)
    log = ProblemLog()
    found = read_label_maps(tmp_path, [f"{number:05d}" for number in range(8)], log)
    assert found is not None
    assert [mask.frame for mask in found.masks[1]] == [0, 7], "the rest is read all the same"
    assert {problem.code: problem.count for problem in log.errors} == {
        Code.WRONG_SIZE: 1,
        Code.WRONG_MODE: 2,
        Code.UNREADABLE_FILE: 2,
        Code.MISSING_FRAME: 1,
    }
    size = next(problem for problem in log if problem.code is Code.WRONG_SIZE)
    assert size.path == str(tmp_path / "00001.png")
    assert size.found == "7x9 after 9x7", "width x height, as people say it"


def test_a_frame_may_lack_its_map_where_that_means_something(tmp_path: Path) -> None:
    label_maps(tmp_path)
    (tmp_path / "00005.png").unlink()
    log = ProblemLog()
    found = read_label_maps(tmp_path, STEMS, log, every_frame=False)
    assert found is not None
    assert found.missing == ("00005",)
    assert {mask.frame for masks in found.masks.values() for mask in masks} == {0, 2}
    assert not len(log)


def test_a_png_whose_header_is_cut_short_is_a_problem_not_a_traceback(tmp_path: Path) -> None:
    header = b"IHDR" + bytes(5)
    chunk = (5).to_bytes(4) + header + zlib.crc32(header).to_bytes(4)
    (tmp_path / "00000.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk)
    log = ProblemLog()
    read_label_maps(tmp_path, ("00000",), log)
    assert [problem.code for problem in log.errors] == [Code.UNREADABLE_FILE]


@pytest.mark.parametrize("name", ["nowhere", "a file", "no\0name"])
def test_a_folder_that_is_not_there_is_one_problem(tmp_path: Path, name: str) -> None:
    (tmp_path / "a file").touch()
    log = ProblemLog()
    assert read_label_maps(tmp_path / name, STEMS, log) is None
    assert [(problem.code, problem.count) for problem in log.errors] == [(Code.MISSING_FILE, 1)]


MASK = (Mask(0, b"1", 1, (0, 0, 1, 1)),)


def test_objects_are_targets_if_a_sentence_names_them_and_distractors_if_not() -> None:
    log = ProblemLog()
    records = object_records({1: MASK, 2: MASK, 255: MASK}, {"2"}, None, "bear", log, void=255)
    assert [(record.object, record.role) for record in records] == [
        ("1", Role.DISTRACTOR),
        ("2", Role.TARGET),
        ("255", Role.VOID),
    ]
    assert not len(log)


def test_an_object_that_is_named_but_never_seen_is_kept_with_a_warning() -> None:
    log = ProblemLog()
    records = object_records({1: MASK}, {"1", "3"}, None, "bear", log)
    assert [(record.object, len(record.masks)) for record in records] == [("1", 1), ("3", 0)]
    assert [(problem.code, problem.path) for problem in log.warnings] == [
        (Code.UNKNOWN_OBJECT, "bear, object 3")
    ]
    assert not log.has_errors


def test_an_object_without_a_category_is_a_warning_where_the_release_has_categories() -> None:
    log = ProblemLog()
    records = object_records({1: MASK, 2: MASK, 255: MASK}, {"1"}, {"1": "bear"}, "bear", log, void=255)
    assert [record.category for record in records] == ["bear", None, None]
    assert [problem.path for problem in log.warnings] == ["bear, object 2"]


@pytest.mark.parametrize(("value", "name"), [("1", "1"), (7, "7"), ("254", "254"), ("03", "3")])
def test_an_object_number_is_named_in_decimal(value: object, name: str) -> None:
    log = ProblemLog()
    assert label_name(value, "bear", log) == name
    assert not len(log)


@pytest.mark.parametrize(
    "value", ["", "0", "255", 255, "-1", "1.0", "one", "²", True, None, [1], 1.0, "9" * 5000, 10**30]
)
def test_anything_else_is_no_object_number(value: object) -> None:
    log = ProblemLog()
    assert label_name(value, "bear, expression 0", log) is None
    assert [(problem.code, problem.path) for problem in log.errors] == [
        (Code.BAD_STRUCTURE, "bear, expression 0")
    ]
