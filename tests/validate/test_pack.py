"""`pack` makes the very archive that a server wants, of whatever masks are in."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scoring import png
from verdicts import codes

from rvosbench.errors import Code, PredictionsRefused, ProblemLog, UsageError
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.masks.planes import Plane
from rvosbench.pack.pngs import gray_png, palette_png
from rvosbench.pack.run import pack
from rvosbench.pack.zip_file import ZipWriter
from rvosbench.predictions.writer import open_writer
from rvosbench.predictions.zip_directory import read_directory
from rvosbench.splits.split import Split

Zipped = Callable[..., Path]


@pytest.mark.parametrize(
    ("server", "dataset", "first"),
    [
        ("mevis", "mevis-v1", "{video}/0/{frame}.png"),
        ("mevis", "mevis-v2", "{video}/0/{frame}.png"),
        ("ref-youtube-vos", "ref-youtube-vos", "Annotations/{video}/0/{frame}.png"),
        ("davis", "ref-davis17", "anno_0/{video}/{frame}.png"),
        ("rvosbench", "long-rvos", "{video}/0/{frame}.png"),
    ],
)
def test_the_archive_is_accepted_and_scores_the_same(
    server: str,
    dataset: str,
    first: str,
    sample_folder: Path,
    sample_splits: dict[str, Split],
    tmp_path: Path,
) -> None:
    split = sample_splits[dataset]
    source = sample_folder / "predictions" / dataset / "shifted"
    done = pack(source, split, server, tmp_path / "packed.zip")
    assert codes(done.file, split, server, deep=True) == {}
    video = next(iter(split.videos.values()))
    names = zipfile.ZipFile(done.file).namelist()
    assert names[0] == first.format(video=video.name, frame=video.frames[0])
    assert len(names) == done.files
    scores = [evaluate(path, split).results[0].fingerprint for path in (source, done.file)]
    assert scores[0] == scores[1]


def test_the_same_masks_give_the_same_bytes_whatever_they_are_packed_in(
    tree: Path, split: Split, zipped: Zipped, tmp_path: Path
) -> None:
    evaluate(tree, split, Options(out=tmp_path / "result"))
    for path in sorted(tree.rglob("*.png"))[::2]:
        with Image.open(path) as image:
            path.write_bytes(png(np.asarray(image) > 0, "1"))
    sources = (tree, zipped(tree, "model/", {"__MACOSX/x": b"", "notes.txt": b""}), tmp_path / "result")
    written = {
        pack(source, split, "mevis", tmp_path / f"{number}.zip").file.read_bytes()
        for number, source in enumerate(sources)
    }
    assert len(written) == 1
    with zipfile.ZipFile(io.BytesIO(written.pop())) as archive:
        assert archive.testzip() is None
        modes = set()
        for entry in archive.infolist():
            assert (entry.date_time, entry.external_attr >> 16, entry.compress_type) == (
                (1980, 1, 1, 0, 0, 0),
                0o100644,
                zipfile.ZIP_STORED,
            )
            with Image.open(io.BytesIO(archive.read(entry))) as image:
                modes |= {(image.mode, value) for value in np.unique(np.asarray(image)).tolist()}
        assert modes == {("L", 0), ("L", 255)}


def test_masks_of_expressions_become_label_maps_as_scoring_makes_them(
    sample_splits: dict[str, Split], tmp_path: Path
) -> None:
    split = sample_splits["ref-davis17"]
    noise = np.random.default_rng(1)
    with open_writer(tmp_path / "masks", split) as writer:
        for one in split.expressions:
            shape = (len(one.scored), *one.video.size)
            masks = noise.random(shape) < 0.3
            writer.add(one.video.name, one.name, one.video.frames, masks)
    done = pack(tmp_path / "masks", split, "davis", tmp_path / "packed.zip")
    scores = [evaluate(path, split).results[0].metrics for path in (tmp_path / "masks", done.file)]
    assert scores[0] == scores[1]


def test_what_is_missing_is_refused_and_listed(tree: Path, split: Split, tmp_path: Path) -> None:
    (tree / "bear" / "0" / "00001.png").unlink()
    (tree / "bear" / "1" / "00002.png").rename(tree / "bear" / "1" / "2.png")
    with pytest.raises(PredictionsRefused) as refused:
        pack(tree, split, "mevis", tmp_path / "x.zip")
    assert [one.code for one in refused.value.problems] == [Code.FRAME_NAMES, Code.MISSING_PREDICTION]
    assert refused.value.problems[1].count == 2
    assert list(tmp_path.glob("*.zip")) == list(tmp_path.glob(".x*")) == []


def test_what_is_damaged_is_refused_all_at_once_and_nothing_is_left(
    tree: Path, split: Split, tmp_path: Path
) -> None:
    (tree / "bear" / "0" / "00001.png").write_bytes(b"")
    (tree / "owl" / "1" / "00001.png").write_bytes(png(np.ones((3, 4), np.uint8)))
    (tree / "owl" / "1" / "00002.png").write_bytes(png(np.resize(np.arange(4, dtype=np.uint8), (24, 30))))
    with pytest.raises(PredictionsRefused) as refused:
        pack(tree, split, "mevis", tmp_path / "x.zip")
    assert {one.code for one in refused.value.problems} == {
        Code.UNREADABLE_FILE,
        Code.WRONG_SIZE,
        Code.LABEL_MAP,
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model"]


def test_label_maps_do_not_become_masks(
    sample_folder: Path, sample_splits: dict[str, Split], tmp_path: Path
) -> None:
    results = sample_folder / "predictions" / "a2d-sentences" / "shifted"
    with pytest.raises(PredictionsRefused) as refused:
        pack(results, sample_splits["a2d-sentences"], "rvosbench", tmp_path / "x.zip")
    assert [one.code for one in refused.value.problems] == [Code.WRONG_FORM]


def test_what_is_there_already_stays_unless_forced(tree: Path, split: Split, tmp_path: Path) -> None:
    target = tmp_path / "x.zip"
    target.write_bytes(b"mine")
    with pytest.raises(UsageError):
        pack(tree, split, "mevis", target)
    assert target.read_bytes() == b"mine"
    pack(tree, split, "mevis", target, force=True)
    assert zipfile.is_zipfile(target)
    with pytest.raises(UsageError):
        pack(tree, split, "mevis", tmp_path / "folder")


@pytest.mark.parametrize("files", [0, 3, 65_535, 70_000])
def test_a_zip_of_many_files_is_read_by_others_and_by_us(files: int, tmp_path: Path) -> None:
    target = tmp_path / "many.zip"
    with target.open("wb") as file:
        writer = ZipWriter(file)
        for number in range(files):
            writer.add(f"v/é{number}.png" if number % 2 else f"v/{number}.png", b"%d" % number)
        writer.close()
    with zipfile.ZipFile(target) as archive:
        assert len(archive.namelist()) == files
        for number in range(0, files, 9_999):
            assert archive.read(archive.namelist()[number]) == b"%d" % number
    log = ProblemLog()
    directory = read_directory(target, 100_000, log)
    assert directory is not None
    assert len(directory.names) == files
    assert not len(log)


def test_pngs_are_read_by_pillow_as_they_were_drawn() -> None:
    noise = np.random.default_rng(2)
    for height, width in ((1, 1), (5, 64), (33, 65)):
        mask = noise.random((height, width)) < 0.5
        with Image.open(io.BytesIO(gray_png(Plane.from_array(mask)))) as image:
            assert image.mode == "L"
            assert (np.asarray(image) == 255 * mask).all()
        labels = noise.integers(0, 20, (height, width), np.uint8)
        with Image.open(io.BytesIO(palette_png(labels))) as image:
            assert image.mode == "P"
            assert (np.asarray(image) == labels).all()
