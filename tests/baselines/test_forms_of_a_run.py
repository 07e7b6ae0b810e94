"""A run writes each form that the harness reads, and the harness scores what was meant."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from program import Outcome

from rvosbench.predictions.writer import open_writer
from rvosbench.splits.split import Split, open_folder

pytestmark = pytest.mark.usefixtures("plug_in")

Program = Callable[..., Outcome]

DEFAULTS = {
    "sample": "png",
    "mevis-v1": "png",
    "mevis-v2": "png",
    "ref-youtube-vos": "png",
    "long-rvos": "png",
    "ref-davis17": "davis",
    "a2d-sentences": "coco",
    "jhmdb-sentences": "coco",
    "refcoco": "coco",
    "refcoco-plus": "coco",
    "refcocog": "coco",
}


def predict(rvosbench: Program, home: Path, out: Path, dataset: str, *more: object) -> dict[str, object]:
    done = rvosbench(
        "baseline", "run", "bright", "--dataset", dataset, "--data", home, "--out", out, "--json", *more
    )
    assert done.code == 0, done.err
    document: dict[str, object] = json.loads(done.out)
    return document


def score(rvosbench: Program, home: Path, predictions: object, dataset: str) -> dict[str, object]:
    done = rvosbench("eval", predictions, "--dataset", dataset, "--data", home, "--json")
    assert done.code == 0, done.err
    document: dict[str, object] = json.loads(done.out)
    return document


def split_of(home: Path, dataset: str) -> Split:
    return open_folder(next((home / dataset).glob("[!.]*")))


@pytest.mark.parametrize("dataset", sorted(DEFAULTS))
def test_by_default_a_run_writes_what_the_protocol_wants_and_it_is_scored_whole(
    dataset: str, home: Path, tmp_path: Path, rvosbench: Program
) -> None:
    made = predict(rvosbench, home, tmp_path / "preds", dataset)
    assert made["form"] == DEFAULTS[dataset]
    result = score(rvosbench, home, made["predictions"], dataset)
    assert result["complete"]
    assert result["problems"] == []


@pytest.mark.parametrize("form", ["png", "zip", "parquet"])
def test_one_set_of_masks_scores_the_same_in_every_form(
    form: str, home: Path, tmp_path: Path, rvosbench: Program
) -> None:
    """As the writer of the core has it, called directly with the masks that the rule gives."""
    split = split_of(home, "sample")
    with open_writer(tmp_path / "expected", split) as writer:
        for video in split.videos.values():
            for place, one in enumerate(video.expressions.values()):
                masks = np.stack([video.frame(frame).mean(2) > 128 + place for frame in one.scored])
                writer.add(video.name, one.name, [video.frames[frame] for frame in one.scored], masks)
    made = predict(rvosbench, home, tmp_path / "preds", "sample", "--form", form)
    expected = score(rvosbench, home, tmp_path / "expected", "sample")
    found = score(rvosbench, home, made["predictions"], "sample")
    assert found["metrics"] == expected["metrics"]
    assert found["complete"]


@pytest.mark.parametrize("form", ["davis", "zip"])
def test_label_maps_are_merged_as_in_the_lineage_of_referformer(
    form: str, home: Path, tmp_path: Path, rvosbench: Program
) -> None:
    """Scores below a half are nothing, background has 0.1, the greatest wins, the first of equals."""
    split = split_of(home, "ref-davis17")
    made = predict(rvosbench, home, tmp_path / "preds", "ref-davis17", "--form", form)
    folder = tmp_path / "preds"
    if form == "zip":
        import zipfile

        folder = tmp_path / "unpacked"
        zipfile.ZipFile(str(made["predictions"])).extractall(folder)
    labels_seen = set()
    for video in split.videos.values():
        for annotator in range(4):
            maps = [
                place for place, one in enumerate(video.expressions.values()) if one.annotator == annotator
            ]
            for frame, stem in enumerate(video.frames):
                gray = video.frame(frame).mean(2, dtype=np.float32)
                soft = [np.clip((gray - 20 * place) / 255, 0, 1, dtype=np.float32) for place in maps]
                kept = [np.where(one < 0.5, np.float32(0), one) for one in soft]
                every = np.stack([np.full(gray.shape, 0.1, np.float32), *kept])
                with Image.open(folder / f"anno_{annotator}" / video.name / f"{stem}.png") as image:
                    assert image.mode == "P"
                    found = np.asarray(image)
                assert np.array_equal(found, every.argmax(0))
                labels_seen |= set(np.unique(found).tolist())
    assert labels_seen >= {0, 1}


def test_of_a2d_every_query_is_handed_in_at_the_annotated_frames_and_no_other(
    home: Path, tmp_path: Path, rvosbench: Program
) -> None:
    split = split_of(home, "a2d-sentences")
    made = predict(rvosbench, home, tmp_path / "preds", "a2d-sentences")
    results = json.loads(Path(str(made["predictions"])).read_text(encoding="utf-8"))
    assert len(results) == 2 * sum(len(one.scored) for one in split.expressions)
    assert {result["score"] for result in results} == {0.9, 0.25}
    assert made["options"]["threshold"] == 100  # type: ignore[index]


def test_queries_have_the_same_map_in_both_of_their_forms(
    home: Path, tmp_path: Path, rvosbench: Program
) -> None:
    figures = []
    for form in ("coco", "parquet"):
        made = predict(rvosbench, home, tmp_path / form, "jhmdb-sentences", "--form", form)
        figures.append(score(rvosbench, home, made["predictions"], "jhmdb-sentences")["metrics"])
    assert figures[0] == figures[1]
    assert "mAP" in figures[0]  # type: ignore[operator]


@pytest.mark.parametrize(("dataset", "form"), [("mevis-v1", "davis"), ("sample", "coco"), ("sample", "mp4")])
def test_a_form_that_makes_no_sense_is_refused_before_anything_is_computed(
    dataset: str, form: str, home: Path, tmp_path: Path, rvosbench: Program
) -> None:
    done = rvosbench(
        *("baseline", "run", "bright", "--dataset", dataset, "--data", home),
        *("--out", tmp_path / "preds", "--form", form),
    )
    assert done.code == 2
    assert "RVB003" in done.err
    assert not (tmp_path / "preds").exists()


def test_when_it_ends_it_names_the_command_that_scores(
    home: Path, tmp_path: Path, rvosbench: Program
) -> None:
    out = tmp_path / "preds"
    done = rvosbench("baseline", "run", "bright", "--dataset", "sample", "--data", home, "--out", out)
    line = f"Next: rvosbench eval {out} --dataset sample:valid --data {home}"
    assert line in done.err.splitlines()
    assert "computed" in done.out
    following = rvosbench(*line.removeprefix("Next: rvosbench ").split())
    assert following.code == 0, following.err
