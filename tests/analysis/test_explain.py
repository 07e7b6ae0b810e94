"""Why two results differ: causes that are known, because the tests make them."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scored_sample import ScoredSample
from scoring import blobs, make_split, video, write_tree

from rvosbench.analysis.explain import Explanation, explain
from rvosbench.analysis.opened import open_result
from rvosbench.errors import UsageError
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.schema import ExpressionRecord


def causes(found: Explanation) -> dict[str, int]:
    """Cause -> units. That the parts are the whole is checked for all of them."""
    total = math.fsum(part.share for part in found.contributions)
    assert total == pytest.approx(found.gap, abs=1e-12)
    json.dumps(found.as_json(), allow_nan=False)
    return {part.cause: part.units for part in found.contributions}


@pytest.mark.parametrize(
    "dataset", ["mevis-v2", "ref-youtube-vos", "ref-davis17", "a2d-sentences", "jhmdb-sentences"]
)
def test_other_predictions_are_the_whole_gap(dataset: str, scored_sample: ScoredSample) -> None:
    one, other = (scored_sample.opened(dataset, quality) for quality in ("late", "shifted"))
    found = explain(one, other)
    assert found.comparable
    assert found.gap == other.result.metrics[found.metric] - one.result.metrics[found.metric]
    assert causes(found) == {"predictions": len(one.units)}
    assert [aspect.name for aspect in found.aspects] == ["predictions"]


@pytest.mark.parametrize("metric", ["J", "final", "N-acc", "J&F_targeted"])
def test_any_figure_that_units_make_up_can_be_explained(metric: str, scored_sample: ScoredSample) -> None:
    one, other = (scored_sample.opened("mevis-v2", quality) for quality in ("late", "wrong-object"))
    found = explain(one, other, metric)
    assert causes(found).keys() <= {"predictions"}
    assert math.fsum(move.share for move in found.moves) == pytest.approx(found.gap, abs=1e-12)
    assert math.fsum(found.videos.values()) == pytest.approx(found.gap, abs=1e-12)


def test_the_expressions_that_move_most_come_first_with_their_text(scored_sample: ScoredSample) -> None:
    one, other = (scored_sample.opened("mevis-v1", quality) for quality in ("perfect", "late"))
    found = explain(one, other)
    sizes = [abs(move.share) for move in found.moves]
    assert sizes == sorted(sizes, reverse=True)
    videos = {
        video: math.fsum(move.share for move in found.moves if move.video == video) for video in found.videos
    }
    assert found.videos == pytest.approx(videos, abs=1e-12)
    greatest_first = sorted(videos, key=lambda video: -abs(videos[video]))
    assert list(found.videos) == list(explain(other, one).videos) == greatest_first
    assert len({abs(share) for share in videos.values()}) > 1
    first = found.moves[0]
    assert first.text == one.sentences[first.video, first.expression or ""].text
    assert first.before == 1.0
    assert first.after is not None
    assert first.after < 1.0


def test_nothing_differs_between_a_result_and_itself(scored_sample: ScoredSample) -> None:
    one = scored_sample.opened("mevis-v1", "late")
    found = explain(one, replace(one, name="again"))
    assert (found.gap, found.aspects, causes(found), found.moves) == (0.0, (), {}, ())


def test_units_of_which_frames_are_missing_are_named_as_the_cause(
    scored_sample: ScoredSample, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(scored_sample.predictions("mevis-v1", "perfect"), tree)
    gone = sorted(tree.rglob("*.png"))[0]
    gone.unlink()
    split = scored_sample.split("mevis-v1")
    evaluate(tree, split, Options(missing="zero", out=tmp_path / "result"))
    whole, holed = scored_sample.opened("mevis-v1", "perfect"), open_result(str(tmp_path / "result"))
    found = explain(whole, holed)
    assert causes(found) == {"missing": 1}
    assert {aspect.name for aspect in found.aspects} == {"predictions", "missing frames"}
    assert found.moves[0].video in str(gone)


def test_another_protocol_for_the_same_masks_is_the_cause(tmp_path: Path) -> None:
    """Two objects are swapped: the protocol of Ref-DAVIS17 matches them again, the other one does not."""
    noise = np.random.default_rng(1)
    objects = {"1": blobs(noise, 3, 24, 30), "2": blobs(noise, 3, 24, 30)}
    objects["1"][:, 12:], objects["2"][:, :12] = False, False
    objects["1"][:, 2:6, 2:9] = objects["2"][:, 15:20, 2:20] = True
    sentences = [
        ExpressionRecord(str(4 * place + annotator), "a thing", (name,), annotator)
        for place, name in enumerate(objects)
        for annotator in range(4)
    ]
    split = make_split(tmp_path / "home", "ref-davis17", "val", [video("alley", objects, sentences)])
    masks = {("alley", one.expression): objects["2" if one.objects == ("1",) else "1"] for one in sentences}
    tree = write_tree(tmp_path / "tree", masks, split)
    evaluate(tree, split, Options(protocol="all", out=tmp_path / "result"))
    one, other = (
        open_result(str(tmp_path / "result"), protocol) for protocol in ("ref-davis17", "per-expression")
    )
    found = explain(one, other)
    assert not found.comparable
    assert [aspect.name for aspect in found.aspects if aspect.of_scoring] == ["protocol"]
    assert (found.before, found.gap < -0.5) == (1.0, True)
    assert causes(found) == {"scoring": 8}


def test_another_version_of_the_data_is_told_from_other_predictions(tmp_path: Path) -> None:
    """Version 2 has one sentence more, another text, and other targets for all; the masks are the same."""
    noise = np.random.default_rng(0)
    objects = {"1": blobs(noise, 3, 24, 30), "2": blobs(noise, 3, 24, 30)}
    sentences = [
        [ExpressionRecord("0", "the one", ("1",)), ExpressionRecord("1", "both", ("1", "2"))],
        [
            ExpressionRecord("0", "the one", ("1", "2")),
            ExpressionRecord("1", "both of them", ("2",)),
            ExpressionRecord("2", "the other", ("2",)),
        ],
    ]
    results = []
    for version, of in enumerate(sentences, 1):
        videos = [video(name, objects, of) for name in ("alley", "beach")]
        split = make_split(tmp_path / "home", f"mevis-v{version}", "valid_u", videos)
        masks = {(name, one.expression): objects["1"] for name in ("alley", "beach") for one in of}
        tree = write_tree(tmp_path / f"tree{version}", masks, split)
        evaluate(tree, split, Options(out=tmp_path / f"v{version}"))
        results.append(open_result(str(tmp_path / f"v{version}")))
    one, other = results
    found = explain(one, other)
    assert causes(found) == {"only_in_second": 2, "scoring": 4}
    assert (found.sentences.only_first, found.sentences.only_second, found.sentences.changed) == (0, 2, 4)
    assert any("both -> both of them" in example for example in found.sentences.examples)
    assert (found.sentences.texts, found.sentences.targets) == (2, 2)
    assert not any("the one" in example for example in found.sentences.examples)


def test_without_a_unit_in_common_there_is_nothing_to_take_apart(scored_sample: ScoredSample) -> None:
    one, other = scored_sample.opened("mevis-v1", "late"), scored_sample.opened("ref-davis17", "late")
    renamed = tuple(replace(unit, video=f"elsewhere {unit.video}") for unit in other.units)
    other.__dict__["units"] = renamed
    found = explain(one, other)
    assert causes(found) == {"no_common_units": 0}


def test_protocols_without_a_common_figure_are_refused(scored_sample: ScoredSample) -> None:
    with pytest.raises(UsageError) as caught:
        explain(scored_sample.opened("mevis-v1", "late"), scored_sample.opened("a2d-sentences", "late"))
    assert "none" in caught.value.problems[0].expected
