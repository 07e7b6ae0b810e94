"""Ref-YouTube-VOS valid with its masks: one folder per expression, as published, or label maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from ref_youtube_vos_release import (
    TALL,
    WIDE,
    clean,
    codes,
    entry,
    open_split,
    read,
    write_binary,
    write_frames,
    write_json,
    write_maps,
    write_meta,
)

from rvosbench.datasets.ref_youtube_vos import REF_YOUTUBE_VOS
from rvosbench.errors import Code, ProblemLog
from rvosbench.masks import png, rle
from rvosbench.schema import Role
from rvosbench.splits.convert import convert


def expression_masks(root: Path) -> Path:
    """Sentences 0 and 1 are about one object, 2 about another."""
    write_meta(root, "valid", {"v1": entry("a bear", "the bear", "a fish")})
    for expression, row in (("0", 1), ("1", 1), ("2", 4)):
        write_binary(root / "valid" / "Annotations" / "v1" / expression, row)
    return root


def test_masks_of_each_expression_need_no_mapping(tmp_path: Path) -> None:
    root = expression_masks(tmp_path)
    record = clean(root, "valid")["v1"]
    assert (record.height, record.width) == TALL
    assert [one.objects for one in record.expressions] == [("0",), ("0",), ("2",)], (
        "equal masks are one object"
    )
    for thing, row in zip(record.objects, (1, 4), strict=True):
        assert thing.role is Role.TARGET
        for mask in thing.masks:
            pixels = rle.decode(mask.counts, *TALL)
            assert np.flatnonzero(pixels.any(1)).tolist() == [row]
            assert pixels[row].all()


def test_a_mapping_names_the_objects_of_expression_masks(tmp_path: Path) -> None:
    root = expression_masks(tmp_path)
    meta = entry(("a bear", "2"), ("the  bear", "2"), ("a fish", "1"))
    meta["objects"] = {"1": {"category": "fish", "frames": []}, "2": {"category": "bear", "frames": []}}
    mapping = write_json(tmp_path / "challenge.json", {"videos": {"v1": meta}})
    log = ProblemLog()
    record = read(root, "valid", log, expressions=mapping)["v1"]
    assert list(log) == []
    assert [one.objects for one in record.expressions] == [("2",), ("2",), ("1",)]
    assert {thing.object: thing.category for thing in record.objects} == {"1": "fish", "2": "bear"}


def test_a_mapping_that_the_masks_contradict_is_a_problem(tmp_path: Path) -> None:
    root = expression_masks(tmp_path)
    meta = entry(("a bear", "2"), ("the bear", "2"), ("a fish", "2"))
    log = ProblemLog()
    read(root, "valid", log, expressions=write_json(tmp_path / "wrong.json", {"videos": {"v1": meta}}))
    assert codes(log) == {Code.BAD_STRUCTURE: 1}


def test_an_object_is_absent_where_its_expression_has_no_mask(tmp_path: Path) -> None:
    root = expression_masks(tmp_path)
    (root / "valid" / "Annotations" / "v1" / "2" / "00000.png").unlink()
    log = ProblemLog()
    record = read(root, "valid", log)["v1"]
    assert [mask.frame for mask in record.objects[1].masks] == [1, 2]
    assert [(problem.code, problem.found) for problem in log.warnings] == [
        (Code.MISSING_FRAME, "none for 1 of 3, such as 00000")
    ]
    assert not log.has_errors


def test_broken_expression_masks_are_all_reported(tmp_path: Path) -> None:
    root = expression_masks(tmp_path)
    masks = root / "valid" / "Annotations" / "v1"
    for path in (masks / "1").iterdir():
        path.unlink()
    (masks / "1").rmdir()
    soft = np.zeros(TALL, np.uint8)
    soft[2], soft[3] = 127, 255
    Image.fromarray(soft).save(masks / "2" / "00005.png")
    png.write_mask(masks / "2" / "00010.png", np.ones(WIDE, np.uint8))
    log = ProblemLog()
    read(root, "valid", log)
    assert codes(log) == {Code.MISSING_FILE: 1, Code.WRONG_MODE: 1, Code.WRONG_SIZE: 1}


def test_an_expression_without_any_mask_file_is_a_problem(tmp_path: Path) -> None:
    root = expression_masks(tmp_path)
    folder = root / "valid" / "Annotations" / "v1" / "1"
    for path in folder.iterdir():
        path.rename(path.with_name("frame" + path.name))
    log = ProblemLog()
    read(root, "valid", log)
    assert [(problem.code, problem.path) for problem in log.errors] == [(Code.NOTHING_FOUND, str(folder))]


def test_frames_of_another_size_than_the_published_masks_are_a_warning(tmp_path: Path) -> None:
    """The release is known for some; they are scored at the size of the masks."""
    root = expression_masks(tmp_path)
    write_frames(root, "valid", "v1", WIDE)
    log = ProblemLog()
    record = read(root, "valid", log, "link")["v1"]
    assert (record.height, record.width) == TALL
    assert [(problem.code, problem.found) for problem in log.warnings] == [
        (Code.WRONG_SIZE, "frames of 10x4, masks of 8x6")
    ]
    assert not log.has_errors


def test_the_archive_with_the_masks_of_valid_converts_alone(tmp_path: Path) -> None:
    """It has its sentences in the folder of the split."""
    root = expression_masks(tmp_path / "source")
    (root / "meta_expressions" / "valid" / "meta_expressions.json").rename(
        root / "valid" / "meta_expressions.json"
    )
    write_frames(root, "valid", "v1")
    assert REF_YOUTUBE_VOS.splits_in(root) == ("valid",)
    done = convert(REF_YOUTUBE_VOS, root, "valid", data=tmp_path / "home")
    assert done.manifest.ground_truth
    assert (done.manifest.counts["objects"], done.manifest.counts["masks"]) == (2, 6)
    assert done.manifest.notes["masks"] == "expression masks"


def valid_label_maps(root: Path) -> Path:
    write_meta(root, "valid", {"v1": entry("a bear", "a fish"), "v2": entry("a dog")})
    for video in ("v1", "v2"):
        write_maps(root / "valid" / "Annotations" / video, (1, 2, 3))
    return root


def test_label_maps_without_a_mapping_are_left_out_with_a_warning(tmp_path: Path) -> None:
    log = ProblemLog()
    record = read(valid_label_maps(tmp_path), "valid", log)["v1"]
    assert record.objects == ()
    assert [one.objects for one in record.expressions] == [None, None]
    (warning,) = log.warnings
    assert warning.code is Code.LEFT_OUT
    assert "--expressions" in warning.fix
    assert not log.has_errors


def test_label_maps_with_a_mapping_are_ground_truth(tmp_path: Path) -> None:
    root = valid_label_maps(tmp_path / "source")
    meta = {
        "v1": entry(("a bear", "3"), ("a fish", "1")),
        "v2": entry(("a dog", "2")),
        "v3": entry(("more", "1")),
    }
    mapping = write_json(tmp_path / "mapping.json", {"videos": meta})
    log = ProblemLog()
    record = read(root, "valid", log, expressions=mapping)["v1"]
    assert list(log) == []
    assert [one.objects for one in record.expressions] == [("3",), ("1",)]
    assert {thing.object: thing.role for thing in record.objects} == {
        "1": Role.TARGET,
        "2": Role.DISTRACTOR,
        "3": Role.TARGET,
    }
    done = convert(REF_YOUTUBE_VOS, root, "valid", data=tmp_path / "home", frames="none", expressions=mapping)
    assert done.manifest.ground_truth
    assert done.manifest.options["expressions"]["sha256"]


def test_a_mapping_must_have_every_expression_with_the_same_text_and_an_object(tmp_path: Path) -> None:
    root = valid_label_maps(tmp_path)
    mapping = write_json(tmp_path / "m.json", {"videos": {"v1": entry(("a bear", None), ("a whale", "1"))}})
    log = ProblemLog()
    read(root, "valid", log, expressions=mapping)
    assert [(problem.code, problem.path, problem.found) for problem in log.errors] == [
        (Code.BAD_STRUCTURE, "v1, expression 0", "None"),
        (Code.BAD_STRUCTURE, "v1, expression 1", "'a whale' for 'a fish'"),
        (Code.UNKNOWN_OBJECT, "v2, expression 0", "it is not there"),
    ]


def test_a_mapping_without_masks_is_refused(tmp_path: Path) -> None:
    mapping = write_json(tmp_path / "mapping.json", {"videos": {}})
    log = ProblemLog()
    write_meta(tmp_path, "valid", {"v1": entry("a bear")})
    open_split(tmp_path, "valid", log, expressions=mapping)
    assert [(problem.code, problem.path) for problem in log.errors] == [(Code.BAD_OPTION, str(mapping))]
