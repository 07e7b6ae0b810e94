"""What is written is read back the same, by us and by other libraries."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as pycoco

from rvosbench.errors import Code, UsageError
from rvosbench.masks import rle
from rvosbench.masks.png import palette, read_labels
from rvosbench.predictions.base import Counts, Picture
from rvosbench.predictions.recognise import recognise
from rvosbench.predictions.writer import (
    CocoWriter,
    ParquetWriter,
    PngTreeWriter,
    open_label_writer,
    open_writer,
)
from rvosbench.schema import ExpressionRecord, VideoRecord
from rvosbench.splits.split import Split

Masks = dict[tuple[str, str], NDArray[np.bool_]]
TARGETS = ("model", "model.zip", "results.json", "predictions.parquet")
FRAMES = ["00000", "00005", "00010"]


def pixels(picture: Picture | None) -> NDArray[np.bool_]:
    assert picture is not None
    if isinstance(picture, Counts):
        return rle.decode(picture.counts, picture.height, picture.width)
    return np.not_equal(read_labels(picture.content), 0)


@pytest.mark.parametrize("name", TARGETS)
def test_every_form_gives_the_masks_back(
    written: Callable[[str], Path], split: Split, masks: Masks, name: str
) -> None:
    predictions = recognise(written(name), split)
    assert predictions.notes == ()
    for one in split.expressions:
        stems = [one.video.frames[frame] for frame in one.scored]
        pictures = predictions.of_video(one.video.name).pictures(one.name, stems)
        assert np.array_equal([*map(pixels, pictures)], masks[one.video.name, one.name])


@given(drawn=arrays.arrays(np.bool_, (3, 9, 12)))
@settings(max_examples=25)
def test_any_masks_are_the_same_in_every_form(split: Split, drawn: NDArray[np.bool_]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in TARGETS:
            target = Path(folder, name)
            with open_writer(target, split) as writer:
                writer.add("bear", "0", FRAMES, drawn)
            pictures = recognise(target, split).of_video("bear").pictures("0", FRAMES)
            assert np.array_equal([*map(pixels, pictures)], drawn), name


@pytest.mark.parametrize("name", TARGETS)
def test_the_same_masks_give_the_same_bytes(written: Callable[[str], Path], name: str) -> None:
    first, second = written(name), written(name)
    if first.is_file():
        assert first.read_bytes() == second.read_bytes()
    else:
        paths = sorted(path.relative_to(first) for path in first.rglob("*.png"))
        assert len(paths) == 6
        assert [(first / path).read_bytes() for path in paths] == [
            (second / path).read_bytes() for path in paths
        ]


def test_servers_find_gray_pictures_of_0_and_255_in_the_zip(
    written: Callable[[str], Path], masks: Masks
) -> None:
    with zipfile.ZipFile(written("model.zip")) as archive:
        assert archive.testzip() is None
        assert "zoo/owl/0/00002.png" in archive.namelist()
        picture = Image.open(io.BytesIO(archive.read("bear/0/00005.png")))
    assert (picture.format, picture.mode) == ("PNG", "L")
    assert np.array_equal(np.asarray(picture), np.where(masks["bear", "0"][1], 255, 0))


def test_pycocotools_reads_the_results(written: Callable[[str], Path], masks: Masks) -> None:
    results = json.loads(written("results.json").read_text())
    assert results[4]["image_id"] == "v_zoo/owl_f_1_i_0"
    assert {result["category_id"] for result in results} == {1}
    assert np.array_equal(pycoco.decode(results[1]["segmentation"]), masks["bear", "0"][1])


def test_polars_reads_the_table(written: Callable[[str], Path], masks: Masks) -> None:
    table = polars.read_parquet(written("predictions.parquet"))
    (row,) = table.filter((polars.col("video") == "zoo/owl") & (polars.col("frame") == "00002")).to_dicts()
    decoded = pycoco.decode({"size": [row["height"], row["width"]], "counts": row["counts"]})
    assert np.array_equal(decoded, masks["zoo/owl", "0"][1])


def test_label_maps_keep_their_labels_and_the_colours_of_davis(tmp_path: Path) -> None:
    labels = np.arange(2 * 9 * 12, dtype=np.uint8).reshape(2, 9, 12)
    with open_label_writer(tmp_path / "model") as writer:
        writer.add_labels(3, "judo", ["00000", "00001"], labels)
    with Image.open(tmp_path / "model" / "anno_3" / "judo" / "00001.png") as picture:
        assert picture.mode == "P"
        assert np.array_equal(np.asarray(picture), labels[1])
        assert bytes(picture.getpalette() or ()) == palette()


@pytest.mark.parametrize("form", [CocoWriter, ParquetWriter])
def test_queries_and_their_scores_are_kept(
    split: Split, tmp_path: Path, form: type[CocoWriter | ParquetWriter]
) -> None:
    target = tmp_path / ("results.json" if form is CocoWriter else "predictions.parquet")
    shown = np.ones((2, 9, 12), np.bool_)
    with open_writer(target, split) as writer:
        assert isinstance(writer, form)
        writer.add("bear", "0", FRAMES[:2], shown, [0.25, 0.5], query=0)
        writer.add("bear", "0", FRAMES[:2], ~shown, [0.75, 0.125], query=1)
    predictions = recognise(target, split)
    queries = predictions.of_video("bear").queries("0", FRAMES)
    assert predictions.kind == "queries"
    assert [[query.score for query in one] for one in queries] == [[0.25, 0.75], [0.5, 0.125], []]


def test_a_file_of_masks_has_no_room_for_further_queries(split: Split, tmp_path: Path) -> None:
    with open_writer(tmp_path / "model", split) as writer, pytest.raises(ValueError, match="one mask"):
        writer.add("bear", "0", FRAMES, np.ones((3, 9, 12), np.bool_), query=1)


def test_ids_of_a_split_with_one_sentence_per_video_name_no_instance(
    make_split: Callable[..., Split], tmp_path: Path
) -> None:
    expressions = (ExpressionRecord("0", "x", None, frames=(0,)),)
    jhmdb = make_split([VideoRecord("run", 9, 12, ("00001",), expressions=expressions)])
    with open_writer(tmp_path / "results.json", jhmdb) as writer:
        writer.add("run", "0", ["00001"], np.ones((1, 9, 12), np.bool_))
    assert json.loads((tmp_path / "results.json").read_text())[0]["image_id"] == "v_run_f_1"
    assert recognise(tmp_path / "results.json", jhmdb).of_video("run").absent("0", ["00001"]) == []


@pytest.mark.parametrize("name", TARGETS)
def test_without_a_whole_block_nothing_is_there(split: Split, tmp_path: Path, name: str) -> None:
    class Stopped(Exception):
        pass

    with pytest.raises(Stopped), open_writer(tmp_path / name, split) as writer:
        writer.add("bear", "0", FRAMES, np.ones((3, 9, 12), np.bool_))
        raise Stopped
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")] == []


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_there_already_is_never_overwritten(
    written: Callable[[str], Path], split: Split, name: str
) -> None:
    target = written(name)
    with pytest.raises(UsageError) as raised:
        open_writer(target, split)
    assert raised.value.problems[0].code == Code.CANNOT_WRITE


def test_an_empty_folder_may_be_filled(split: Split, tmp_path: Path) -> None:
    with open_writer(tmp_path / "model", split) as writer:
        assert isinstance(writer, PngTreeWriter)
    (tmp_path / "empty").mkdir()
    with open_writer(tmp_path / "empty", split) as writer:
        writer.add("bear", "0", FRAMES, np.ones((3, 9, 12), np.bool_))
    assert len(list((tmp_path / "empty").rglob("*.png"))) == 3
