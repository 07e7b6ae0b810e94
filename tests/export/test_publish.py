"""An export appears whole or not at all, and takes the place of nothing that was not offered."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from rvosbench.errors import Code, DatasetError, RvosbenchError, UsageError
from rvosbench.export import formats
from rvosbench.export.base import Options, Overlap
from rvosbench.export.formats import export
from rvosbench.schema import ExpressionRecord, Mask, ObjectRecord, Role, VideoRecord
from rvosbench.splits.split import Split, open_folder


def left_in(folder: Path) -> set[str]:
    """What lies in a folder, locks aside."""
    return {path.name for path in folder.iterdir() if not path.name.endswith(".lock")}


def test_a_folder_with_files_is_kept_unless_force_is_given(scene: Split, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("precious")
    with pytest.raises(UsageError) as caught:
        export([scene], "coco", out)
    assert caught.value.problems[0].code == Code.CANNOT_WRITE
    assert (out / "mine.txt").read_text() == "precious"
    export([scene], "coco", out, force=True)
    assert left_in(out) == {"annotations.json"}


def test_an_empty_folder_and_an_absent_one_are_taken(scene: Split, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "not/there/yet"):
        done = export([scene], "ytvis", tmp_path / name)
        assert left_in(tmp_path / name) == {"instances.json"}
        assert (done.files, done.size) == (1, (tmp_path / name / "instances.json").stat().st_size)


def test_a_file_is_never_replaced(scene: Split, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("precious")
    with pytest.raises(UsageError):
        export([scene], "coco", tmp_path / "out", force=True)
    assert (tmp_path / "out").read_text() == "precious"


@pytest.mark.parametrize("place", [".", "home", "home/toy", "home/toy/valid", "release", "home/toy/valid/x"])
def test_not_even_force_replaces_the_source_or_the_present_folder(
    scene_records: list[VideoRecord],
    make_split: Callable[..., Split],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    (tmp_path / "release").mkdir()
    split = make_split(scene_records, home=tmp_path / "home", source=str(tmp_path / "release"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        export([split], "coco", Path(place), force=True)
    assert caught.value.problems[0].code == Code.CANNOT_WRITE
    assert (split.folder / "masks.parquet").is_file()
    assert (tmp_path / "release").is_dir()


def test_a_disk_that_fills_up_leaves_nothing(
    scene: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(split: Split, folder: Path, options: Options) -> None:
        (folder / "half.json").write_text("{")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(formats, "FORMATS", {"coco": full})
    with pytest.raises(RvosbenchError) as caught:
        export([scene], "coco", tmp_path / "out")
    assert caught.value.problems[0].found == "No space left on device"
    assert left_in(tmp_path) == set()


def test_an_interrupted_replacement_keeps_what_was_there(
    scene: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(split: Split, folder: Path, options: Options) -> None:
        (folder / "half.json").write_text("{")
        raise KeyboardInterrupt

    export([scene], "coco", tmp_path / "out")
    before = (tmp_path / "out/annotations.json").read_bytes()
    monkeypatch.setattr(formats, "FORMATS", {"coco": interrupted})
    with pytest.raises(KeyboardInterrupt):
        export([scene], "coco", tmp_path / "out", force=True)
    assert left_in(tmp_path) == {"out"}
    assert (tmp_path / "out/annotations.json").read_bytes() == before


def test_what_a_killed_export_left_is_swept_away_by_the_next(scene: Split, tmp_path: Path) -> None:
    dead = tmp_path / ".out.new-abc"
    dead.mkdir()
    (dead / "half.json").write_text("{")
    export([scene], "coco", tmp_path / "out")
    assert left_in(tmp_path) == {"out"}


@pytest.mark.parametrize("form", formats.NAMES)
def test_masks_are_let_go_video_by_video(scene: Split, tmp_path: Path, form: str) -> None:
    """A split may hold more masks than memory does; the split itself must not gather them."""
    fresh = open_folder(scene.folder)
    export([fresh], form, tmp_path / "out")
    assert not any("masks" in vars(video) for video in fresh.videos.values())


@pytest.mark.parametrize("form", ["coco", "ytvis", "davis-png", "png"])
def test_a_damaged_mask_is_an_error_that_names_the_cure(
    make_split: Callable[..., Split], tmp_path: Path, form: str
) -> None:
    broken = ObjectRecord("1", "1", None, Role.TARGET, (Mask(0, b"garbage", 1, (0, 0, 1, 1)),))
    sentence = ExpressionRecord("0", "x", ("1",))
    video = VideoRecord("v", 3, 4, ("0",), objects=(broken,), expressions=(sentence,))
    with pytest.raises(DatasetError) as caught:
        export([make_split([video])], form, tmp_path / "out")
    assert caught.value.problems[0].code == Code.SPLIT_DAMAGED
    assert "rvosbench doctor toy:valid" in caught.value.problems[0].fix
    assert left_in(tmp_path) == set()


def test_unknown_forms_and_options_without_meaning_are_refused(scene: Split, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as unknown:
        export([scene], "xml", tmp_path / "out")
    assert unknown.value.problems[0].code == Code.UNKNOWN_FORMAT
    assert "davis-png" in unknown.value.problems[0].expected
    with pytest.raises(UsageError) as meaningless:
        export([scene], "coco", tmp_path / "out", options=Options(Overlap.LOWEST))
    assert meaningless.value.problems[0].code == Code.BAD_OPTION
    with pytest.raises(UsageError) as several:
        export([scene, scene], "coco", tmp_path / "out")
    assert several.value.problems[0].code == Code.BAD_OPTION
    assert left_in(tmp_path) == set()
