"""What is allowed and still worth a second look: a warning, by the same rules in `validate --deep` and
`eval`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scoring import Masks, blobs, make_split, truth, video, write_tree
from verdicts import codes, problem

from rvosbench.errors import Code, ProblemLog, Severity
from rvosbench.evaluate.run import evaluate
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split
from rvosbench.validate.run import validate
from rvosbench.validate.suspicion import Signs, equal_scores, judge

WARNING = Severity.WARNING
Drawn = dict[tuple[str, str], Masks]


def judged(signs: list[Signs]) -> list[Code]:
    log = ProblemLog()
    judge(signs, log)
    return [one.code for one in log]


@pytest.mark.parametrize(("true", "warned"), [(2, False), (3, True)])
def test_more_than_a_quarter_must_be_empty(true: int, warned: bool) -> None:
    signs = [Signs(str(number), number < true, False, None) for number in range(8)]
    assert judged(signs) == ([Code.EMPTY_MASKS] if warned else [])


@pytest.mark.parametrize(("true", "warned"), [(4, False), (5, True)])
def test_more_than_half_must_be_constant_or_equal_the_ground_truth(true: int, warned: bool) -> None:
    signs = [Signs(str(number), False, number < true, number < true) for number in range(8)]
    assert judged(signs) == ([Code.CONSTANT_MASKS, Code.GROUND_TRUTH_PREDICTED] if warned else [])


def test_what_does_not_apply_does_not_count() -> None:
    assert judged([Signs("a", None, None, None), Signs("b", False, False, True)]) == [
        Code.GROUND_TRUTH_PREDICTED
    ]
    assert judged([]) == []


def test_scores_that_are_all_equal() -> None:
    log = ProblemLog()
    for scores in ([0.5], [], [0.5, 0.6, 0.5]):
        equal_scores(scores, "x", log)
    assert not len(log)
    equal_scores([0.5, 0.5], "x", log)
    assert [one.code for one in log] == [Code.EQUAL_SCORES]


def both(folder: Path, masks: Drawn, split: Split) -> dict[Code, Severity]:
    """The codes that `validate --deep` and `eval` agree on."""
    tree = write_tree(folder, masks, split)
    found = codes(tree, split, deep=True)
    assert {one.code: one.severity for one in evaluate(tree, split).results[0].problems} == found
    return found


def test_nothing_at_all(masks: Drawn, split: Split, tmp_path: Path) -> None:
    empty = {key: np.zeros_like(drawn) for key, drawn in masks.items()}
    assert both(tmp_path / "tree", empty, split) == {Code.EMPTY_MASKS: WARNING}
    assert "4 of 4 (100.0 %)" in problem(tmp_path / "tree", split, Code.EMPTY_MASKS, deep=True).found


def test_the_first_mask_over_and_over(masks: Drawn, split: Split, tmp_path: Path) -> None:
    first = {key: np.broadcast_to(drawn[:1] | True, drawn.shape) for key, drawn in masks.items()}
    assert both(tmp_path / "tree", first, split) == {Code.CONSTANT_MASKS: WARNING}


@pytest.mark.parametrize(("frames", "warned"), [(2, False), (3, True)])
def test_the_same_mask_twice_says_nothing_three_times_it_does(
    frames: int, warned: bool, tmp_path: Path
) -> None:
    noise = np.random.default_rng(6)
    sentence = ExpressionRecord("0", "the bear", ("7",))
    record = video("bear", {"7": blobs(noise, frames, 24, 30)}, [sentence])
    short = make_split(tmp_path / "home", "mevis-v1", "valid_u", [record])
    same = np.repeat(blobs(noise, 1, 24, 30), frames, axis=0)
    found = both(tmp_path / "tree", {("bear", "0"): same}, short)
    assert found == ({Code.CONSTANT_MASKS: WARNING} if warned else {})


def test_the_ground_truth(split: Split, tmp_path: Path) -> None:
    copied = {
        (one.video.name, one.name): np.stack(
            [truth(one.video, one.objects or (), frame) for frame in one.scored]
        )
        for one in split.expressions
    }
    assert both(tmp_path / "tree", copied, split) == {Code.GROUND_TRUTH_PREDICTED: WARNING}


def test_the_share_of_empty_answers_is_always_told(tree: Path, split: Split) -> None:
    counts = validate(tree, split, deep=True).counts
    assert (counts["empty"], counts["constant"], counts["exact"]) == (0, 0, 0)


def test_queries_that_nothing_ranks(
    sample_folder: Path, sample_splits: dict[str, Split], tmp_path: Path
) -> None:
    split = sample_splits["a2d-sentences"]
    (source,) = (sample_folder / "predictions" / "a2d-sentences" / "shifted").iterdir()
    results = json.loads(source.read_text())
    target = tmp_path / "results.json"
    target.write_text(json.dumps([one | {"score": 1.0} for one in results]))
    assert codes(target, split, deep=True) == {Code.EQUAL_SCORES: WARNING}
    assert [one.code for one in evaluate(target, split).results[0].problems] == [Code.EQUAL_SCORES]
    assert codes(source, split, deep=True) == {}


def test_coco_results(sample_folder: Path, sample_splits: dict[str, Split], tmp_path: Path) -> None:
    split = sample_splits["a2d-sentences"]
    (source,) = (sample_folder / "predictions" / "a2d-sentences" / "shifted").iterdir()
    results = json.loads(source.read_text())
    target = tmp_path / "results.json"

    def found(changed: list[dict[str, object]]) -> dict[Code, Severity]:
        target.write_text(json.dumps(changed))
        return codes(target, split)

    image = results[0]["image_id"]
    error = Severity.ERROR
    assert found([one for one in results if one["image_id"] != image]) == {Code.MISSING_PREDICTION: error}
    assert found([*results, results[0] | {"image_id": "v_nowhere_f_1_i_0"}])[Code.UNKNOWN_IMAGE] == error
    assert found([one | {"bbox": [0, 0, 1, 1]} for one in results]) == {Code.FIELD_IGNORED: WARNING}
    bad = results[0] | {"segmentation": {"size": results[0]["segmentation"]["size"], "counts": [1, 2]}}
    assert found([bad, *results])[Code.BAD_RLE] == error
