"""MeViS in both versions, as released, becomes records of the schema."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from mevis_release import (
    HEIGHT,
    STEMS,
    WIDTH,
    MevisFiles,
    converted,
    images,
    pixels,
    rle_of,
    sentence,
    track,
    write_tar,
)

from rvosbench.datasets import base
from rvosbench.datasets.base import Options
from rvosbench.datasets.mevis import META_NAMES, MEVIS_V1, MEVIS_V2, Mevis
from rvosbench.errors import ProblemLog
from rvosbench.io.frames import INDEX_NAME
from rvosbench.schema import Role
from rvosbench.splits.convert import Conversion, convert
from rvosbench.splits.split import Split, open_folder


@pytest.fixture
def files(tmp_path: Path) -> MevisFiles:
    return MevisFiles(tmp_path / "mevis")


def opened(done: Conversion) -> Split:
    return open_folder(done.folder)


def test_both_versions_are_registered() -> None:
    assert base.find("mevis-v1") is MEVIS_V1
    assert base.find("mevis-v2") is MEVIS_V2


def test_objects_are_anno_ids_and_masks_are_bit_for_bit_those_of_the_release(files: MevisFiles) -> None:
    split = opened(converted(files))
    zebra = split.videos["zebra"]
    assert {name: thing.source_id for name, thing in zebra.objects.items()} == {"12": "3", "4": "0"}
    assert {thing.role for thing in zebra.objects.values()} == {Role.TARGET}
    assert (zebra.height, zebra.width, zebra.frames) == (HEIGHT, WIDTH, STEMS)
    for anno_id in (4, 12):
        for frame in range(3):
            assert np.array_equal(zebra.objects[str(anno_id)].mask(frame), pixels(10 * anno_id + frame))


def test_a_sentence_means_the_union_of_its_anno_ids(files: MevisFiles) -> None:
    both = opened(converted(files)).videos["zebra"].expressions["1"]
    assert both.text == "both of them"
    assert both.objects == ("12", "4")
    assert np.array_equal(both.mask(2), pixels(122) | pixels(42))


def test_null_means_that_the_object_is_not_in_that_frame(files: MevisFiles) -> None:
    runner = opened(converted(files)).videos["ant"].objects["5"]
    assert runner.present == (1, 2)
    assert not runner.mask(0).any()


def test_masks_that_no_sentence_names_are_only_counted(files: MevisFiles) -> None:
    manifest = converted(files).manifest
    assert manifest.notes["orphans"] == 1
    assert manifest.notes["orphan_masks"] == 3
    assert manifest.counts["objects"] == 3
    assert manifest.counts["masks"] == 8


def test_sentences_keep_the_order_of_the_release(files: MevisFiles) -> None:
    expressions = {str(number): sentence(f"number {number}", [12]) for number in range(12)}
    files.videos["zebra"]["expressions"] = expressions
    assert list(opened(converted(files)).videos["zebra"].expressions) == list(expressions)


def test_an_empty_list_means_nothing_in_the_video(files: MevisFiles) -> None:
    files.videos["ant"]["expressions"]["1"] = sentence("the one that flies", [])
    done = converted(files, MEVIS_V2)
    nothing = opened(done).videos["ant"].expressions["1"]
    assert nothing.objects == ()
    assert not nothing.mask(1).any()
    assert done.manifest.counts["no_target"] == 1


def test_a_sentence_whose_objects_are_never_seen_keeps_them_and_is_noted(files: MevisFiles) -> None:
    assert isinstance(files.masks, dict)
    files.masks["5"] = [None, None, None]
    done = converted(files)
    assert opened(done).videos["ant"].expressions["0"].objects == ("5",)
    assert done.manifest.notes["expressions_never_visible"] == 1
    assert done.manifest.counts["no_target"] == 0


def test_a_video_of_which_nothing_is_meant_takes_its_size_from_its_frames(files: MevisFiles) -> None:
    files.videos["ant"]["expressions"] = {"0": sentence("nobody", [])}
    video = opened(converted(files, MEVIS_V2)).videos["ant"]
    assert (video.height, video.width) == (HEIGHT, WIDTH)
    without = opened(converted(files, MEVIS_V2, frames="none")).videos["ant"]
    assert (without.height, without.width) == (None, None)


def test_an_empty_mask_has_no_row(files: MevisFiles) -> None:
    assert isinstance(files.masks, dict)
    files.masks["5"][1] = rle_of(np.zeros((HEIGHT, WIDTH), np.uint8))
    assert opened(converted(files)).videos["ant"].objects["5"].present == (2,)


def test_valid_hides_what_its_sentences_mean(files: MevisFiles) -> None:
    files.split, files.masks = "valid", None
    for video in files.videos.values():
        for entry in video["expressions"].values():
            del entry["obj_id"], entry["anno_id"]
    done = converted(files)
    assert not done.manifest.ground_truth
    assert not (done.folder / "masks.parquet").exists()
    zebra = opened(done).videos["zebra"]
    assert [one.objects for one in zebra.expressions.values()] == [None, None]
    assert (len(zebra.objects), zebra.height, zebra.width) == (0, HEIGHT, WIDTH)


def test_whoever_has_the_masks_of_valid_can_use_them(files: MevisFiles) -> None:
    files.split = "valid"
    assert converted(files).manifest.ground_truth


@pytest.mark.parametrize("dataset", [MEVIS_V1, MEVIS_V2])
@pytest.mark.parametrize("name", META_NAMES)
def test_the_file_of_sentences_has_one_of_three_names(files: MevisFiles, name: str, dataset: Mevis) -> None:
    files.meta_name = name
    done = converted(files, dataset)
    assert done.manifest.counts["expressions"] == 3
    assert [Path(one.path).name for one in done.manifest.annotations] == [name, "mask_dict.json"]


@pytest.mark.parametrize(("dataset", "name"), [(MEVIS_V1, META_NAMES[0]), (MEVIS_V2, META_NAMES[1])])
def test_where_both_versions_lie_each_reads_its_own(files: MevisFiles, dataset: Mevis, name: str) -> None:
    files.write()
    (files.folder / META_NAMES[1]).write_bytes((files.folder / META_NAMES[0]).read_bytes())
    assert converted(files, dataset).manifest.annotations[0].path == f"valid_u/{name}"


def test_the_source_may_be_the_release_or_one_split(files: MevisFiles, tmp_path: Path) -> None:
    files.write()
    replace(files, split="train").write()
    assert MEVIS_V1.splits_in(files.root) == ("train", "valid_u")
    assert MEVIS_V1.splits_in(files.folder) == ("valid_u",)
    assert MEVIS_V1.splits_in(tmp_path) == ()
    whole = convert(MEVIS_V1, files.root, "valid_u", data=tmp_path / "a")
    alone = convert(MEVIS_V1, files.folder, "valid_u", data=tmp_path / "b")
    assert whole.manifest.fingerprint == alone.manifest.fingerprint


def test_a_split_folder_of_any_other_name_is_taken_for_the_split_that_is_asked_for(
    files: MevisFiles, tmp_path: Path
) -> None:
    files.write()
    folder = files.folder.rename(tmp_path / "mevis_val_u")
    assert MEVIS_V1.splits_in(folder) == ("valid_u",)
    assert convert(MEVIS_V1, folder, "train", data=tmp_path / "home").manifest.split == "train"


def test_the_folder_of_one_split_is_not_taken_for_another(files: MevisFiles, tmp_path: Path) -> None:
    files.write()
    log = ProblemLog()
    assert MEVIS_V1.open(files.folder, "train", Options(tmp_path), log) is None
    assert log.has_errors


def test_frames_are_linked_where_they_lie(files: MevisFiles) -> None:
    zebra = opened(converted(files)).videos["zebra"]
    assert zebra.frames_uri == "file:../../../mevis/valid_u/JPEGImages/zebra"
    assert [round(zebra.frame(index).mean()) for index in range(3)] == [0, 20, 40]


def test_frames_are_read_from_a_tar_that_is_not_unpacked(files: MevisFiles) -> None:
    files.frames = "tar"
    done = converted(files)
    zebra = opened(done).videos["zebra"]
    assert zebra.frames_uri == "tar:../../../mevis/valid_u/JPEGImages.tar#JPEGImages/zebra"
    assert [round(zebra.frame(index).mean()) for index in range(3)] == [0, 20, 40]
    assert pq.read_table(done.folder / INDEX_NAME).num_rows == 6
    assert {path.name for path in files.folder.iterdir()} == {
        "JPEGImages.tar",
        "mask_dict.json",
        "meta_expressions.json",
    }


@pytest.mark.parametrize("prefix", ["", "./", "./JPEGImages/", "valid_u/JPEGImages/"])
def test_a_tar_that_was_packed_again_is_understood(files: MevisFiles, prefix: str) -> None:
    files.frames = "none"
    files.write()
    write_tar(files.folder / "JPEGImages.tar", prefix, images(files.videos))
    assert round(opened(converted(files)).videos["ant"].frame(2).mean()) == 40


def test_without_frames_nothing_is_linked_and_nothing_else_changes(files: MevisFiles) -> None:
    with_frames = converted(files).manifest
    without = converted(files, frames="none")
    assert opened(without).videos["zebra"].frames_uri is None
    assert without.manifest.fingerprint == with_frames.fingerprint


@pytest.mark.parametrize("frames", ["folder", "tar"])
def test_every_number_of_workers_gives_the_same_split(files: MevisFiles, frames: str) -> None:
    files.frames = frames
    assert isinstance(files.masks, dict)
    for number in range(20):
        files.videos[f"video{number:02d}"] = {
            "frames": list(STEMS),
            "expressions": {"0": sentence("it", [100 + number])},
        }
        files.masks[str(100 + number)] = track(100 + number)
    alone = converted(files).manifest
    together = convert(MEVIS_V1, files.root, files.split, data=files.root.parent / "other", workers=2)
    assert together.manifest.tables == alone.tables


def test_kinds_and_categories_are_kept_where_the_release_has_them(files: MevisFiles) -> None:
    files.videos["ant"]["expressions"]["0"]["kind"] = "motion"
    files.videos["ant"]["objects"] = {"5": {"category": "insect"}}
    split = opened(converted(files))
    assert split.videos["ant"].expressions["0"].kind == "motion"
    assert split.videos["ant"].objects["5"].category == "insect"
    assert split.videos["zebra"].expressions["0"].kind is None
    assert split.videos["zebra"].objects["4"].category is None


def test_an_anno_id_that_is_named_twice_in_a_sentence_counts_once(files: MevisFiles) -> None:
    files.videos["ant"]["expressions"]["0"] = sentence("it", [5, 5], [0, 0])
    done = converted(files)
    assert opened(done).videos["ant"].expressions["0"].objects == ("5",)
    assert "RVB032" in [problem["code"] for problem in done.manifest.problems]


@pytest.mark.parametrize("obj_id", [[3], 3, None])
def test_obj_ids_that_do_not_fit_change_nothing_that_counts(files: MevisFiles, obj_id: object) -> None:
    files.videos["zebra"]["expressions"]["1"]["obj_id"] = obj_id
    before, done = converted(MevisFiles(files.folder.parent / "as released")), converted(files)
    assert done.manifest.fingerprint == before.manifest.fingerprint
    assert any("obj_id for 2 anno_id" in problem["found"] for problem in done.manifest.problems)


def test_one_anno_id_under_two_obj_ids_is_a_warning(files: MevisFiles) -> None:
    files.videos["zebra"]["expressions"]["0"]["obj_id"] = [9]
    done = converted(files)
    assert any("anno_id 12 is obj_id 3" in problem["found"] for problem in done.manifest.problems)


def test_the_published_checksum_of_the_masks_is_recognised(files: MevisFiles) -> None:
    assert set(MEVIS_V1.info.checksums) == {"train", "valid_u"}
    files.write()
    digest = hashlib.sha256((files.folder / "mask_dict.json").read_bytes()).hexdigest()
    known = replace(MEVIS_V1, info=replace(MEVIS_V1.info, checksums={"valid_u": {"mask_dict.json": digest}}))
    assert converted(files, known).manifest.notes["recognised"] == ["valid_u/mask_dict.json"]


def test_a_second_run_on_the_same_files_does_nothing(files: MevisFiles) -> None:
    assert converted(files).done
    assert not convert(MEVIS_V1, files.root, files.split, data=files.root.parent / "home").done


def test_the_published_counts_of_all_splits_are_known() -> None:
    """Version 1 has 2,006 videos and 28,570 sentences with the test split, which is not released."""
    for name, expected in (("videos", 2006 - 154), ("expressions", 28570 - 2490)):
        assert sum(counts[name] for counts in MEVIS_V1.info.published.values()) == expected
    assert sum(counts["expressions"] for counts in MEVIS_V2.info.published.values()) == 30932
