"""COCO results: read in one pass, with everything that is wrong said together."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as pycoco

from rvosbench.errors import Code, PredictionsRefused, Problem
from rvosbench.masks import rle
from rvosbench.predictions.base import Counts, Scored
from rvosbench.predictions.recognise import recognise
from rvosbench.schema import ExpressionRecord, VideoRecord
from rvosbench.splits.split import Split

Result = dict[str, Any]
BOX = np.zeros((9, 12), np.bool_)
BOX[2:5, 3:9] = True


@pytest.fixture(scope="module")
def a2d(make_split: Callable[..., Split]) -> Split:
    frames = tuple(f"{number:05d}" for number in range(1, 13))
    expressions = (
        ExpressionRecord("1", "x", None, frames=(0, 11)),
        ExpressionRecord("2", "x", None, frames=(0,)),
    )
    return make_split([VideoRecord("ball", 9, 12, frames, expressions=expressions)])


def result(
    image: str = "v_ball_f_1_i_1", score: Any = 0.5, mask: np.ndarray = BOX, **more: Any
) -> dict[str, Any]:
    encoded = pycoco.encode(np.asfortranarray(mask, np.uint8))
    segmentation = {"size": encoded["size"], "counts": encoded["counts"].decode("ascii")}
    return {"image_id": image, "category_id": 1, "segmentation": segmentation, "score": score} | more


@pytest.fixture
def refusal(a2d: Split, tmp_path: Path) -> Callable[[Any], tuple[Problem, ...]]:
    def read(document: Any) -> tuple[Problem, ...]:
        path = tmp_path / "results.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        with pytest.raises(PredictionsRefused) as refused:
            recognise(path, a2d)
        return refused.value.problems

    return read


Refusal = Callable[[Any], tuple[Problem, ...]]


def test_queries_come_in_the_order_of_the_file(a2d: Split, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results = [
        result(score=0.25),
        result("v_ball_f_12_i_1"),
        result(score=1),
        result("v_ball_f_1_i_2", mask=~BOX),
        result(score=-3.5),
    ]
    path.write_text(json.dumps(results))
    predictions = recognise(path, a2d)
    assert (predictions.form, predictions.kind, predictions.notes) == ("COCO results", "queries", ())
    assert predictions.videos() == {"ball"}
    ball = pickle.loads(pickle.dumps(predictions.of_video("ball")))
    first, last, nothing = ball.queries("1", ["00001", "00012", "00002"])
    assert [query.score for query in first] == [0.25, 1.0, -3.5]
    assert len(last) == 1
    assert nothing == []
    assert ball.queries("2", ["00001"]) == [[Scored(0.5, rle.encode(~BOX), 9, 12)]]
    assert ball.absent("1", ["00001", "00012"]) == []
    assert ball.absent("2", ["00001", "00012"]) == ["00012"]


def test_the_best_query_speaks_and_of_equal_ones_the_last(a2d: Split, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps([result(score=0.1), result(score=0.9), result(score=0.9, mask=~BOX)]))
    pictures = recognise(path, a2d).of_video("ball").pictures("1", ["00001", "00012"])
    assert pictures == [Counts(rle.encode(~BOX), 9, 12), None]


def test_counts_may_begin_with_any_letter_of_their_alphabet(a2d: Split, tmp_path: Path) -> None:
    mask = np.zeros((9, 12), np.bool_)
    mask.T.flat[50:] = True
    path = tmp_path / "results.json"
    path.write_text(json.dumps([result(mask=mask)]))
    (picture,) = recognise(path, a2d).of_video("ball").pictures("1", ["00001"])
    assert picture == Counts(b"b1j1", 9, 12), "this one begins like the printed form of bytes"


def test_a_folder_with_the_file_alone_is_as_good(a2d: Split, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps([result()]))
    assert recognise(tmp_path, a2d).source == path


def test_the_digest_is_that_of_the_file(a2d: Split, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps([result()]))
    assert recognise(path, a2d).sha256() == hashlib.sha256(path.read_bytes()).hexdigest()


def test_boxes_are_ignored_with_one_warning(a2d: Split, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps([result(bbox=[0, 0, 1, 1]), result(bbox=[0, 0, 1, 1], score=0.1)]))
    (note,) = recognise(path, a2d).notes
    assert note.code == Code.FIELD_IGNORED
    assert "2 results" in note.found


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        (list(rle.encode(BOX)), "a list of byte values: compressed counts that were not decoded to text"),
        ([21, 3, 84], "a list of numbers: counts that are not compressed"),
        (str(rle.encode(BOX)), "the printed form of bytes, b'...'"),
        (None, "no counts"),
        (7, "counts 7"),
        ("", "the counts are empty"),
        ("11", "runs of 2 pixels for a mask of 12x9 = 108"),
        ("\u00e9\u00e9", "a character outside the alphabet of COCO counts"),
        ("o", "the counts end inside a number"),
    ],
)
def test_counts_of_every_wrong_kind_are_told_apart(refusal: Refusal, counts: Any, found: str) -> None:
    (problem,) = refusal([result(), result(segmentation={"size": [9, 12], "counts": counts})])
    assert (problem.code, problem.path, problem.found) == (Code.BAD_RLE, "results.json: result 1", found)


@pytest.mark.parametrize("score", [None, "0.5", True, [], 10**400])
def test_a_score_is_a_finite_number(refusal: Refusal, score: Any) -> None:
    (problem,) = refusal([result(score=score)])
    assert problem.code == Code.BAD_SCORE


def test_sizes_are_compared_with_the_video(refusal: Refusal) -> None:
    (problem,) = refusal([result(mask=BOX.T), result(mask=np.ones((4, 4)))])
    assert (problem.code, problem.count) == (Code.WRONG_SIZE, 2)
    assert problem.found.endswith("[12, 9] where ball has [9, 12]; height and width have changed places")
    assert problem.examples[1].endswith("[4, 4] where ball has [9, 12]")


def test_samples_that_are_not_scored_are_refused(refusal: Refusal) -> None:
    (problem,) = refusal([result("v_ball_f_2_i_1"), result("v_ball_f_01_i_1"), result("v_cat_f_1_i_1")])
    assert (problem.code, problem.count) == (Code.UNKNOWN_IMAGE, 3)


@pytest.mark.parametrize(
    "item",
    [
        7,
        None,
        {},
        result(image_id=3),
        result(segmentation=None),
        result(segmentation=[[1, 2, 3, 4]]),
        result(segmentation={"size": [9.5, 12], "counts": "1"}),
        result(segmentation={"size": [9], "counts": "1"}),
        result(segmentation={"size": [True, 12], "counts": "1"}),
    ],
)
def test_results_of_another_form_are_refused(refusal: Refusal, item: Any) -> None:
    assert Code.BAD_STRUCTURE in {problem.code for problem in refusal([result(), item])}


def test_everything_that_is_wrong_is_said_at_once(refusal: Refusal) -> None:
    problems = refusal(
        [result(score=None), result("v_x_f_1"), result(mask=BOX.T), 7, result(segmentation={"size": [9, 12]})]
    )
    assert {problem.code for problem in problems} == {
        Code.BAD_SCORE,
        Code.UNKNOWN_IMAGE,
        Code.WRONG_SIZE,
        Code.BAD_STRUCTURE,
        Code.BAD_RLE,
    }


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([result()])[:-5],
        json.dumps([result()]) + "]",
        json.dumps([result(score=float("nan"))]),
        "[" * 100_000,
        '[{"image_id": \x01"}]',
        "[1" + "0" * 5000 + "]",
    ],
    ids=["cut off", "too long", "NaN", "nested", "a control character", "a huge number"],
)
def test_what_is_no_json_is_refused(refusal: Refusal, text: str) -> None:
    assert Code.INVALID_JSON in {problem.code for problem in refusal(text)}


@pytest.mark.parametrize("text", ['{"annotations": []}', "   ", "[,]", "[1 2]", "[1,]"])
def test_a_document_that_is_no_list_is_refused(refusal: Refusal, text: str) -> None:
    assert Code.INVALID_JSON in {problem.code for problem in refusal(text if text.strip() else "[" + text)}


def test_bytes_that_are_not_utf8_are_refused(a2d: Split, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(b'[{"image_id": "\xff\xfe"}]')
    with pytest.raises(PredictionsRefused) as refused:
        recognise(path, a2d)
    assert refused.value.problems[0].code == Code.INVALID_JSON


def test_an_empty_list_predicts_nothing(a2d: Split, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text("[]")
    predictions = recognise(path, a2d)
    assert predictions.videos() == set()
    assert predictions.of_video("ball").absent("1", ["00001"]) == ["00001"]
