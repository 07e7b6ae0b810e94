"""The predictions are of the quality that their folder names, in the form that each evaluator takes."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from rvosbench.sample.film import Film, Group
from rvosbench.sample.predictions import QUALITIES, delay, guess, shift

TREES = ("sample", "mevis-v1", "mevis-v2", "ref-youtube-vos", "long-rvos")
META = {
    "sample": "sample/valid/meta_expressions.json",
    "mevis-v1": "mevis-v1/valid_u/meta_expressions.json",
    "mevis-v2": "mevis-v2/valid_u/meta_expressions_v2.json",
    "ref-youtube-vos": "ref-youtube-vos/valid/meta_expressions_with_objects.json",
    "long-rvos": "long-rvos/valid/meta_expressions.json",
}


def mask_of(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        assert image.mode == "L"
        return np.asarray(image).copy()


def score(dataset: str, quality: str, tiny: Path, films: list[Film]) -> float:
    """Mean region similarity over all frames of all expressions; two empty masks are a hit."""
    named = {film.name: film for film in films}
    scores = []
    for name, video in json.loads((tiny / META[dataset]).read_text())["videos"].items():
        texts = {sentence.text: sentence for sentence in named[name].sentences}
        for key, expression in video["expressions"].items():
            for frame, stem in enumerate(video["frames"]):
                path = tiny / "predictions" / dataset / quality / name / key / f"{stem}.png"
                predicted = mask_of(path)
                assert set(np.unique(predicted)) <= {0, 255}
                truth = named[name].union(texts[expression["exp"]].targets, frame)
                union = (truth | (predicted > 0)).sum()
                scores.append((truth & (predicted > 0)).sum() / union if union else 1.0)
    return float(np.mean(scores))


@pytest.mark.parametrize("dataset", TREES)
def test_a_tree_has_one_mask_per_video_expression_and_frame(
    dataset: str, tiny: Path, films: list[Film]
) -> None:
    assert score(dataset, "perfect", tiny, films) == 1.0
    files = {
        quality: {
            path.relative_to(tiny / "predictions" / dataset / quality)
            for path in (tiny / "predictions" / dataset / quality).glob("*/*/*")
        }
        for quality in QUALITIES
    }
    assert all(found == files["perfect"] for found in files.values())


def test_worse_predictions_score_worse(tiny: Path, films: list[Film]) -> None:
    scores = {quality: score("mevis-v1", quality, tiny, films) for quality in QUALITIES}
    assert 1 == scores["perfect"] > scores["shifted"] > scores["wrong-object"]
    assert scores["perfect"] > scores["flickering"] > scores["empty"]
    assert scores["perfect"] > scores["late"] > scores["wrong-object"]
    assert scores["wrong-object"] < 0.2


def test_each_quality_is_what_its_name_says(films: list[Film]) -> None:
    film = films[0]
    targets, by, wait = (0,), shift(films[0]), delay(films[0])
    truth = [film.union(targets, frame) for frame in range(film.length)]
    for frame in range(film.length):
        guesses = {quality: guess(film, targets, quality, frame) for quality in QUALITIES}
        assert np.array_equal(guesses["shifted"][by:, by:], truth[frame][:-by, :-by])
        assert np.array_equal(guesses["late"], truth[max(0, frame - wait)])
        assert not (guesses["wrong-object"] & truth[frame]).any()
        assert not guesses["empty"].any()
        assert guesses["flickering"].any() == (frame % 3 != 1)


def test_ref_davis_has_one_tree_of_label_maps_per_annotator(tiny: Path, films: list[Film]) -> None:
    root = tiny / "predictions" / "ref-davis17" / "perfect"
    for film in (film for film in films if film.group is Group.VALID):
        for annotator in range(4):
            for frame, path in enumerate(sorted((root / f"anno_{annotator}" / film.name).iterdir())):
                with Image.open(path) as image:
                    assert image.mode == "P"
                    labels = np.asarray(image)
                spoken_of = labels > 0
                assert np.array_equal(labels[spoken_of], film.world.labels[frame][spoken_of])


@pytest.mark.parametrize("dataset", ["a2d-sentences", "jhmdb-sentences"])
def test_the_coco_tool_scores_the_results(dataset: str, tiny: Path, films: list[Film]) -> None:
    scores = {quality: mean_average_precision(dataset, quality, tiny, films) for quality in QUALITIES}
    assert scores["perfect"] == pytest.approx(1.0)
    assert scores["empty"] == 0.0
    assert scores["empty"] <= scores["wrong-object"] < scores["late"] < 1
    assert scores["shifted"] < 1


def mean_average_precision(dataset: str, quality: str, tiny: Path, films: list[Film]) -> float:
    results = json.loads((tiny / "predictions" / dataset / quality / "results.json").read_text())
    named = {film.name: film for film in films}
    images, annotations = [], []
    for number, identity in enumerate(dict.fromkeys(result["image_id"] for result in results), start=1):
        name, _, rest = identity.removeprefix("v_").partition("_f_")
        frame, _, instance = rest.partition("_i_")
        actor = int(instance) - 1 if instance else jhmdb_actor(tiny, named[name])
        rle = coco.encode(np.asfortranarray(named[name].world.mask(actor, int(frame) - 1).astype(np.uint8)))
        images.append({"id": identity, "height": rle["size"][0], "width": rle["size"][1]})
        about = {"id": number, "image_id": identity, "category_id": 1, "iscrowd": 0}
        annotations.append(about | {"segmentation": rle, "area": float(coco.area(rle))})
    truth = COCO()
    truth.dataset = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "any"}]}
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), "segm")
        evaluation.params.useCats = 0
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[0])


def jhmdb_actor(tiny: Path, film: Film) -> int:
    """Whom the sentence of the video means."""
    lines = (tiny / "jhmdb-sentences" / "jhmdb_annotation.txt").read_text().splitlines()
    query = next(line.partition(",")[2] for line in lines if line.startswith(film.name + ","))
    (actor,) = next(one.targets for one in film.truths if one.text == query)
    return actor


@pytest.mark.parametrize("dataset", ["a2d-sentences", "jhmdb-sentences", "refcoco"])
def test_no_two_queries_have_the_same_score(dataset: str, tiny: Path) -> None:
    """Equal scores would make the mean average precision depend on the order of image names."""
    results: list[dict[str, Any]] = json.loads(
        (tiny / "predictions" / dataset / "perfect" / "results.json").read_text()
    )
    scores = [result["score"] for result in results]
    assert len(set(scores)) == len(scores) and all(0 < one < 1 for one in scores)
    assert not any("bbox" in result for result in results)
