"""The same masks give the same score to the last bit, whatever they are packed in and however the work is
done."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import png_files
import pytest
from PIL import Image
from scoring import blobs, make_split, video

from rvosbench import _kernels
from rvosbench.evaluate import video as scoring_of_videos
from rvosbench.evaluate.merge import merge
from rvosbench.evaluate.plan import Shard
from rvosbench.evaluate.result import Result
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split

TABLES = ("units", "expressions", "frames", "predictions")


def scored(source: Path, split: Split, **options: Any) -> Result:
    (result,) = evaluate(source, split, Options(**options)).results
    return result


def apart_from_time(result: Result) -> dict[str, Any]:
    return result.as_json() | {"timing": None}


def zipped(folder: Path, target: Path, method: int, seed: int, prefix: str = "") -> Path:
    files = [path for path in folder.rglob("*") if path.is_file()]
    random.Random(seed).shuffle(files)
    with zipfile.ZipFile(target, "w", method) as archive:
        for path in files:
            archive.write(path, f"{prefix}{path.relative_to(folder)}")
    return target


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_scores_like_the_folder_and_has_the_same_sha256(
    method: int, mevis: Split, mevis_predictions: Path, tmp_path: Path
) -> None:
    of_folder = scored(mevis_predictions, mevis)
    of_zip = scored(zipped(mevis_predictions, tmp_path / "x.zip", method, seed=1), mevis)
    assert of_zip.fingerprint == of_folder.fingerprint
    assert of_zip.predictions_sha256 == of_folder.predictions_sha256
    assert of_zip.metrics == of_folder.metrics


def test_a_wrapping_folder_costs_nothing_but_a_warning(
    mevis: Split, mevis_predictions: Path, tmp_path: Path
) -> None:
    path = zipped(mevis_predictions, tmp_path / "x.zip", zipfile.ZIP_STORED, 2, "Annotations/")
    wrapped = scored(path, mevis)
    assert wrapped.fingerprint == scored(mevis_predictions, mevis).fingerprint
    assert [problem.code for problem in wrapped.problems] == ["RVB110"]


def test_the_predictions_that_a_result_keeps_score_the_same(
    mevis: Split, mevis_predictions: Path, tmp_path: Path
) -> None:
    of_folder = scored(mevis_predictions, mevis, out=tmp_path / "out")
    of_parquet = scored(tmp_path / "out" / "predictions.parquet", mevis)
    assert of_parquet.fingerprint == of_folder.fingerprint
    assert of_parquet.notes["form"] == "Parquet"


def test_the_number_of_workers_changes_nothing_that_is_written(
    mevis: Split, mevis_predictions: Path, tmp_path: Path
) -> None:
    results = {
        workers: scored(mevis_predictions, mevis, workers=workers, out=tmp_path / str(workers))
        for workers in (1, 2, 3)
    }
    assert apart_from_time(results[1]) == apart_from_time(results[2]) == apart_from_time(results[3])
    for table in TABLES:
        files = {(tmp_path / str(workers) / f"{table}.parquet").read_bytes() for workers in results}
        assert len(files) == 1, table


@pytest.mark.parametrize("count", [1, 3])
def test_merged_shards_are_the_result_without_shards(
    count: int, mevis: Split, mevis_predictions: Path, tmp_path: Path
) -> None:
    whole = scored(mevis_predictions, mevis, out=tmp_path / "whole")
    parts = []
    for index in range(count, 0, -1):
        part = scored(mevis_predictions, mevis, shard=Shard(index, count), out=tmp_path / f"part-{index}")
        assert not part.complete
        parts.append(tmp_path / f"part-{index}")
    (merged,) = merge(parts, tmp_path / "merged").results
    assert apart_from_time(merged) == apart_from_time(whole)
    for table in TABLES:
        name = f"{table}.parquet"
        assert (tmp_path / "merged" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), table
    written = json.loads((tmp_path / "merged" / "result.json").read_text())
    assert written | {"timing": None} == json.loads(json.dumps(apart_from_time(whole)))


@pytest.mark.parametrize("longest", [1, 2, 3])
def test_stretches_of_any_length_give_the_same(
    longest: int, mevis: Split, mevis_predictions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = scored(mevis_predictions, mevis, out=tmp_path / "whole")
    monkeypatch.setattr(scoring_of_videos, "_LONGEST", longest)
    monkeypatch.setattr(scoring_of_videos, "_SHORTEST", 1)
    stretched = scored(mevis_predictions, mevis, out=tmp_path / "stretched")
    assert apart_from_time(stretched) == apart_from_time(whole)
    for table in TABLES:
        name = f"{table}.parquet"
        assert (tmp_path / "stretched" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_the_kernel_changes_nothing(
    mevis: Split, mevis_predictions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that was chosen, which is the compiled one where it was built, and the one in NumPy."""
    results = {}
    for name in ("", _kernels.NUMPY):
        monkeypatch.setenv(_kernels.VARIABLE, name)
        # In worker processes, so that the kernel of this one stays what it is.
        results[name] = scored(mevis_predictions, mevis, workers=2, out=tmp_path / f"kernel-{name}")
    assert results[""].fingerprint == results[_kernels.NUMPY].fingerprint
    for table in TABLES:
        files = {(tmp_path / f"kernel-{name}" / f"{table}.parquet").read_bytes() for name in results}
        assert len(files) == 1, table


def test_the_order_in_which_results_are_listed_changes_nothing(
    sample_folder: Path, sample_splits: dict[str, Split], tmp_path: Path
) -> None:
    """Of COCO results with distinct scores."""
    source = sample_folder / "predictions" / "a2d-sentences" / "shifted" / "results.json"
    listed = json.loads(source.read_text())
    random.Random(3).shuffle(listed)
    (tmp_path / "results.json").write_text(json.dumps(listed))
    split = sample_splits["a2d-sentences"]
    assert scored(tmp_path / "results.json", split).metrics == scored(source, split).metrics


def encoded_anew(folder: Path, target: Path, seed: int) -> Path:
    """Every mask in another way: depth, colour type, value, filters, interlacing, compression, chunks."""
    random_ = random.Random(seed)
    for path in folder.rglob("*.png"):
        mask = np.asarray(Image.open(path)) != 0
        depth = random_.choice([1, 2, 4, 8])
        written = png_files.png(
            mask.astype(np.uint8) * random_.randint(1, (1 << depth) - 1),
            depth=depth,
            colour_type=random_.choice([png_files.GRAY, png_files.PALETTE]),
            filters=[random_.randrange(5) for _ in range(7)],
            interlace=random_.randrange(2),
            palette=b"\0\0\0" + bytes([255, 80, 80]) * 255,
            idat=random_.choice([0, 1, 37]),
            level=random_.randrange(10),
            strategy=random_.randrange(5),
        )
        copy = target / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(written)
    return target


@pytest.mark.parametrize("kernel", ["", _kernels.NUMPY])
@pytest.mark.parametrize("seed", range(3))
def test_how_masks_are_written_as_png_changes_nothing(
    kernel: str,
    seed: int,
    mevis: Split,
    mevis_predictions: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(_kernels.VARIABLE, kernel)
    # In worker processes, so that the kernel of this one stays what it is.
    again = scored(encoded_anew(mevis_predictions, tmp_path / "again", seed), mevis, workers=2)
    assert again.metrics == scored(mevis_predictions, mevis).metrics


def test_label_maps_that_a_result_keeps_score_the_same(tmp_path: Path) -> None:
    """Also those without any label, which are there all the same."""
    noise = np.random.default_rng(3)
    objects = {name: blobs(noise, 6, 40, 60) for name in ("1", "2")}
    sentences = [
        ExpressionRecord(str(4 * place + annotator), "x", (name,), annotator)
        for place, name in enumerate(objects)
        for annotator in range(4)
    ]
    split = make_split(tmp_path, "ref-davis17", "val", [video("bear", objects, sentences)])
    maps = tmp_path / "maps"
    for annotator in range(4):
        for frame, stem in enumerate(split.videos["bear"].frames):
            path = maps / f"anno_{annotator}" / "bear" / f"{stem}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            labels = np.zeros((40, 60), np.uint8)
            if frame != 2:
                labels[noise.random((40, 60)) < 0.2] = 2
                labels[blobs(noise, 1, 40, 60)[0] != 0] = 1
            Image.fromarray(labels).save(path)
    first = scored(maps, split, out=tmp_path / "first")
    again = scored(tmp_path / "first", split, out=tmp_path / "again")
    assert again.metrics == first.metrics
    assert again.fingerprint == first.fingerprint
    assert again.counts["missing"] == 0
    kept = [(tmp_path / name / "predictions.parquet").read_bytes() for name in ("first", "again")]
    assert kept[0] == kept[1]
