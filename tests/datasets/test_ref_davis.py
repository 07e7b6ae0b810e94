"""Ref-DAVIS17 from DAVIS and its four text files, or from the form that the field converts it to."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from ref_davis_release import (
    SIZE,
    STEMS,
    TEXTS,
    Frames,
    clean,
    open_split,
    read,
    write_converted,
    write_raw,
    write_texts,
)

from rvosbench.datasets.ref_davis import REF_DAVIS17
from rvosbench.errors import Code, DatasetError, ProblemLog
from rvosbench.io.frames import open_frames
from rvosbench.masks import png, rle
from rvosbench.schema import Role
from rvosbench.splits.convert import convert


def test_objects_without_a_sentence_stay_and_label_255_is_void(tmp_path: Path) -> None:
    record = clean(write_raw(tmp_path), "train")["dogs-scale"]
    assert [(thing.object, thing.category, thing.role) for thing in record.objects] == [
        ("1", "dog", Role.TARGET),
        ("2", "dog", Role.DISTRACTOR),
        ("3", "scale", Role.TARGET),
        ("255", None, Role.VOID),
    ]
    assert {len(thing.masks) for thing in record.objects} == {len(STEMS)}


def test_the_objects_of_the_first_frame_are_counted_as_the_official_evaluator_does(tmp_path: Path) -> None:
    """It takes the highest label there, void aside: objects without a sentence count, later ones do not."""
    root = write_raw(tmp_path)
    masks = root / "DAVIS" / "Annotations_unsupervised" / "480p" / "classic-car"
    png.write_labels(masks / "00002.png", np.full(SIZE, 5, np.uint8))
    release = open_split(root, "train", ProblemLog())
    assert release is not None
    assert release.notes["objects_in_first_frame"] == {"classic-car": 1, "dogs-scale": 3}


def test_frames_are_the_annotated_ones_where_no_images_are_linked(tmp_path: Path) -> None:
    root = write_raw(tmp_path)
    shutil.rmtree(root / "DAVIS" / "JPEGImages")
    record = clean(root, "val")["bear"]
    assert (record.frames, record.frames_uri, (record.height, record.width)) == (STEMS, None, SIZE)


def test_frames_are_linked(tmp_path: Path) -> None:
    record = clean(write_raw(tmp_path / "source"), "val", "link")["bear"]
    assert record.frames_uri is not None
    frames = open_frames(record.frames_uri, tmp_path / "home" / "val", record.frames)
    assert frames.read(2).shape == (*SIZE, 3)


@pytest.mark.parametrize("frames", ["link", "none"])
def test_what_file_managers_leave_is_no_frame(tmp_path: Path, frames: Frames) -> None:
    root = write_raw(tmp_path)
    for name in ("JPEGImages/480p/bear/._00001.jpg", "Annotations_unsupervised/480p/bear/._00001.png"):
        (root / "DAVIS" / name).write_bytes(b"Mac OS X")
    assert clean(root, "val", frames)["bear"].frames == STEMS


@pytest.mark.parametrize(
    "missing", ["JPEGImages/480p/bear/00001.jpg", "Annotations_unsupervised/480p/bear/00001.png"]
)
def test_images_and_annotations_must_be_of_the_same_frames(tmp_path: Path, missing: str) -> None:
    root = write_raw(tmp_path)
    (root / "DAVIS" / missing).unlink()
    log = ProblemLog()
    read(root, "val", log, "link")
    assert [(problem.code, Path(problem.path).name) for problem in log] == [(Code.MISSING_FRAME, "00001.png")]


@pytest.mark.parametrize(
    ("davis", "texts", "source"),
    [
        ("DAVIS", "davis_text_annotations", ""),
        ("DAVIS", "davis_text_annotations", "DAVIS"),
        ("DAVIS", "DAVIS/davis_text_annotations", ""),
        ("DAVIS", "DAVIS/davis_text_annotations", "DAVIS"),
        ("", "davis_text_annotations", ""),
    ],
)
def test_the_text_files_may_lie_in_or_beside_davis(
    tmp_path: Path, davis: str, texts: str, source: str
) -> None:
    place = write_raw(tmp_path / "release", davis, texts) / source
    assert REF_DAVIS17.splits_in(place) == ("train", "val")
    assert len(clean(place, "val")["bear"].expressions) == 4


def test_both_forms_give_the_same_split(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "raw")
    converted = write_converted(raw, tmp_path / "converted")
    assert REF_DAVIS17.splits_in(converted) == ("train", "val")
    for split in ("train", "val"):
        one = convert(REF_DAVIS17, raw, split, data=tmp_path / "one")
        two = convert(REF_DAVIS17, converted, split, data=tmp_path / "two")
        assert one.manifest.fingerprint == two.manifest.fingerprint
        assert one.manifest.counts == two.manifest.counts
        assert one.manifest.notes["objects_in_first_frame"] == two.manifest.notes["objects_in_first_frame"]
        assert (one.folder / "objects.parquet").read_bytes() == (two.folder / "objects.parquet").read_bytes()
    assert (one.manifest.notes["form"], two.manifest.notes["form"]) == (
        "DAVIS with its text files",
        "converted to the form of Ref-YouTube-VOS",
    )


def test_davis_itself_is_preferred_where_both_forms_are_there(tmp_path: Path) -> None:
    root = write_raw(tmp_path)
    write_converted(root, root)
    write_texts(root / "davis_text_annotations", dict.fromkeys(TEXTS, b'bear 1 "from the text"\n'))
    release = open_split(root, "val", ProblemLog())
    assert release is not None
    assert release.notes["form"] == "DAVIS with its text files; the converted form beside it was not read"
    assert clean(root, "val")["bear"].expressions[0].text == "from the text"


def test_folders_of_davis_that_the_converter_emptied_are_not_davis(tmp_path: Path) -> None:
    root = write_raw(tmp_path)
    write_converted(root, root)
    for folder in (root / "DAVIS" / "Annotations_unsupervised" / "480p").iterdir():
        shutil.rmtree(folder)
    release = open_split(root, "val", ProblemLog())
    assert release is not None
    assert release.notes["form"] == "converted to the form of Ref-YouTube-VOS"


@pytest.mark.parametrize("gone", ["DAVIS", "davis_text_annotations"])
def test_half_a_release_is_a_problem_that_says_what_is_missing(tmp_path: Path, gone: str) -> None:
    root = write_raw(tmp_path)
    shutil.rmtree(root / gone)
    assert REF_DAVIS17.splits_in(root) == ()
    log = ProblemLog()
    assert open_split(root, "val", log) is None
    (problem,) = log
    assert problem.code is Code.MISSING_FILE
    assert f"no {'Annotations_unsupervised' if gone == 'DAVIS' else gone}" in problem.found


def test_a_list_that_is_empty_or_names_a_video_twice_is_refused(tmp_path: Path) -> None:
    root = write_raw(tmp_path)
    lists = root / "DAVIS" / "ImageSets" / "2017"
    (lists / "train.txt").write_text("")
    (lists / "val.txt").write_text("bear\nbear\n")
    for split, code in (("train", Code.NOTHING_FOUND), ("val", Code.DUPLICATE_ID)):
        log = ProblemLog()
        open_split(root, split, log)
        assert [problem.code for problem in log.errors] == [code]


def test_the_expressions_of_the_converted_form_must_be_numbered(tmp_path: Path) -> None:
    root = write_converted(write_raw(tmp_path / "raw"), tmp_path / "converted")
    expressions = {
        "first": {"exp": "a bear", "obj_id": "1"},
        "1": {"exp": "a bear", "obj_id": "x"},
        "2": {"exp": "a bear"},
    }
    meta = {"videos": {"bear": {"frames": list(STEMS), "expressions": expressions}}}
    (root / "meta_expressions" / "valid" / "meta_expressions.json").write_text(json.dumps(meta))
    log = ProblemLog()
    open_split(root, "val", log)
    assert {problem.code: problem.count for problem in log.errors} == {
        Code.BAD_NAME: 1,
        Code.BAD_STRUCTURE: 2,
    }


def test_semantics_of_the_wrong_form_are_problems(tmp_path: Path) -> None:
    root = write_raw(tmp_path)
    (root / "DAVIS" / "davis_semantics.json").write_text('{"bear": {"1": 3}, "dog": []}')
    log = ProblemLog()
    open_split(root, "val", log)
    assert [(problem.code, problem.found) for problem in log.errors] == [
        (Code.BAD_STRUCTURE, "a whole number"),
        (Code.BAD_STRUCTURE, "a list"),
    ]


def test_a_refused_release_leaves_nothing(tmp_path: Path) -> None:
    root = write_raw(tmp_path / "source")
    shutil.rmtree(root / "DAVIS" / "Annotations_unsupervised" / "480p" / "bear")
    with pytest.raises(DatasetError):
        convert(REF_DAVIS17, root, "val", data=tmp_path / "home", frames="none")
    assert not (tmp_path / "home" / "ref-davis17" / "val").exists()


SEQUENCES = ("blackswan", "gold-fish", "shooting", "cows")


def test_real_masks_are_kept_bit_for_bit(tmp_path: Path, real_data: Path) -> None:
    """Four sequences of real masks, one to five objects, two sizes, in the converted form."""
    source = tmp_path / "source"
    videos = {}
    for name in SEQUENCES:
        folder = real_data / "davis_masks" / "osvos" / name
        (source / "valid" / "Annotations").mkdir(parents=True, exist_ok=True)
        (source / "valid" / "Annotations" / name).symlink_to(folder)
        stems = sorted(path.stem for path in folder.glob("*.png"))
        count = int(png.read_labels(folder / f"{stems[0]}.png").max())
        flat = [
            {"exp": f"object {label}", "obj_id": str(label)}
            for label in range(1, count + 1)
            for _ in range(4)
        ]
        videos[name] = {"frames": stems, "expressions": {str(k): one for k, one in enumerate(flat)}}
    meta = source / "meta_expressions" / "valid"
    meta.mkdir(parents=True)
    (meta / "meta_expressions.json").write_text(json.dumps({"videos": videos}))
    records = clean(source, "val")
    for name, record in records.items():
        masks = {(mask.frame, int(thing.object)): mask for thing in record.objects for mask in thing.masks}
        for index, stem in enumerate(record.frames):
            labels = png.read_labels(source / "valid" / "Annotations" / name / f"{stem}.png")
            for label in np.unique(labels[labels > 0]):
                mask = masks.pop((index, int(label)))
                assert np.array_equal(rle.decode(mask.counts, *labels.shape), labels == label)
        assert not masks, "masks that no label map shows"
    done = convert(REF_DAVIS17, source, "val", data=tmp_path / "home", frames="none")
    assert done.manifest.counts["masks"] == sum(
        len(thing.masks) for one in records.values() for thing in one.objects
    )
