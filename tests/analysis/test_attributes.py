"""Attributes say what masks and sentence say; scores by attribute add up to the score of the split."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from box_masks import Box, box_masks
from numpy.typing import NDArray
from scored_sample import ScoredSample
from scoring import make_split, truth, video

from rvosbench.analysis.attribute_scores import by_attribute
from rvosbench.analysis.attributes import ATTRIBUTES, BY_ID, attributes_of, attributes_of_units
from rvosbench.analysis.tracks import track_of
from rvosbench.cli.app import run
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split

HEIGHT, WIDTH, FRAMES = 40, 50, 10


def boxes(*places: Box | None) -> NDArray[np.bool_]:
    return box_masks((HEIGHT, WIDTH), *places)


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Split:
    still = boxes(*[(5, 5, 4, 4)] * FRAMES)
    runs = boxes(*[(4 * frame, 20, 10, 10) for frame in range(FRAMES)])
    hides = boxes(*[(30, 5, 12, 20 if frame < 3 or frame > 6 else 9) for frame in range(FRAMES)])
    returns = boxes(*[None if frame in (4, 5) else (20, 10, 16, 16) for frame in range(FRAMES)])
    leaves = boxes(*[(20, 10, 16, 16 if frame < 5 else 2) for frame in range(FRAMES)])
    record = video(
        "farm",
        {"still": still, "runs": runs, "hides": hides, "returns": returns, "leaves": leaves},
        [
            ExpressionRecord("0", "the small one", ("still",)),
            ExpressionRecord("1", "what runs over the grass to the right", ("runs",)),
            ExpressionRecord("2", "one", ("hides",), kind="appearance"),
            ExpressionRecord(
                "3", "the one behind the others that comes back again, much later", ("returns",)
            ),
            ExpressionRecord("4", "one", ("leaves",)),
            ExpressionRecord("5", "three of them", ("still", "runs", "returns")),
            ExpressionRecord("6", "nothing that is here", ()),
        ],
    )
    return make_split(tmp_path_factory.mktemp("home"), "mevis-v2", "valid_u", [record])


@pytest.mark.parametrize(
    ("expression", "attribute", "bucket"),
    [
        ("0", "targets", "1"),
        ("5", "targets", "3+"),
        ("6", "targets", "0"),
        ("0", "size", "< 1 %"),  # 16 of 2,000 pixels
        ("1", "size", "1-10 %"),
        ("3", "size", ">= 10 %"),  # 256, in the frames in which it is seen
        ("0", "length", "< 30"),
        ("0", "occlusion", "none"),
        ("2", "occlusion", ">= 20 %"),  # less than half of it in four of ten frames
        ("3", "occlusion", ">= 20 %"),  # two of ten: a value on a bound belongs above it
        ("4", "occlusion", "none"),  # what leaves does not come back
        ("5", "occlusion", ">= 20 %"),  # the most occluded of the three
        ("3", "reappearance", "yes"),
        ("2", "reappearance", "no"),
        ("0", "speed", "< 0.02"),
        ("1", "speed", ">= 0.10"),  # four pixels, of a square of ten
        ("0", "words", "1-5"),
        ("1", "words", "6-10"),
        ("3", "words", "> 10"),
        ("2", "kind", "appearance"),  # what the release says
        ("1", "kind", "motion"),  # position, too; motion comes first
        ("0", "distractors", "3-5"),
        ("6", "distractors", "3-5"),
        ("5", "distractors", "1-2"),
    ],
)
def test_a_sentence_falls_into_the_bucket_that_its_masks_call_for(
    split: Split, expression: str, attribute: str, bucket: str
) -> None:
    assert attributes_of(split)["farm", expression][attribute] == bucket


def test_a_sentence_without_target_has_no_attribute_of_targets(split: Split) -> None:
    assert attributes_of(split)["farm", "6"].keys() == {"targets", "length", "words", "kind", "distractors"}


def test_every_bucket_but_the_first_begins_at_a_bound() -> None:
    for attribute in ATTRIBUTES:
        if attribute.bounds:
            assert len(attribute.buckets) == len(attribute.bounds) + 1
            assert [attribute.bucket(bound) for bound in attribute.bounds] == list(attribute.buckets[1:])
            assert [attribute.bucket(bound - 1e-9) for bound in attribute.bounds] == list(
                attribute.buckets[:-1]
            )


def test_areas_and_centres_are_those_of_the_pixels(scored_sample: ScoredSample) -> None:
    """Worked out from run lengths, against decoded masks."""
    seen = 0
    for one in scored_sample.split("mevis-v1").videos.values():
        for name, thing in one.objects.items():
            track = track_of(thing)
            assert tuple(track.frames) == thing.present
            for frame, area, centre in zip(track.frames, track.areas, track.centres, strict=True):
                rows, columns = np.nonzero(truth(one, [name], int(frame)))
                assert area == len(rows)
                assert centre == pytest.approx((columns.mean(), rows.mean()), abs=1e-9)
                seen += 1
    assert seen > 20


def test_a_release_of_every_fifth_frame_is_not_faster(tmp_path: Path) -> None:
    runs = boxes(*[(4 * frame, 20, 10, 10) for frame in range(FRAMES)])
    record = video("farm", {"1": runs}, [ExpressionRecord("0", "one", ("1",))], step=5)
    sparse = make_split(tmp_path, "ref-youtube-vos", "valid", [record])
    assert track_of(sparse.videos["farm"].objects["1"]).speed == pytest.approx(0.4 / 5)


@pytest.mark.parametrize("dataset", ["mevis-v2", "ref-davis17", "a2d-sentences", "jhmdb-sentences"])
def test_buckets_hold_all_units_and_their_scores_add_up_to_the_mean(
    scored_sample: ScoredSample, dataset: str
) -> None:
    results = [scored_sample.opened(dataset, quality) for quality in ("shifted", "late")]
    key = "mIoU" if dataset.endswith("sentences") else "J&F"
    found = by_attribute(results, scored_sample.split(dataset))
    assert found.metric == key
    for scores in found.attributes:
        units = sum(bucket.units for bucket in scores.buckets)
        assert units + scores.without == len(results[0].units)
        if not scores.without:
            for place, one in enumerate(results):
                total = sum(bucket.units * bucket.scores[place].value for bucket in scores.buckets)
                assert total / units == pytest.approx(one.result.metrics[key], abs=1e-12)
        for bucket in scores.buckets:
            first, second = bucket.scores
            assert bucket.differences[0].value == pytest.approx(second.value - first.value, abs=1e-12)
            for score in bucket.scores:
                if score.interval is not None:
                    assert 0 <= score.interval.low <= score.value <= score.interval.high <= 1


def test_objects_of_ref_davis17_have_attributes_of_their_own(scored_sample: ScoredSample) -> None:
    opened, split = scored_sample.opened("ref-davis17", "late"), scored_sample.split("ref-davis17")
    found = attributes_of_units(opened, split)
    for unit in opened.units:
        of_unit = found[unit.video, unit.unit]
        assert of_unit["targets"] == "1"
        assert ("words" in of_unit) == (unit.expression is not None)


def test_samples_have_no_attribute_of_frames_in_a_row(scored_sample: ScoredSample) -> None:
    for buckets in attributes_of(scored_sample.split("a2d-sentences")).values():
        assert not buckets.keys() & {"occlusion", "reappearance", "speed"}


def test_the_command_prints_every_attribute_and_writes_what_json_prints(
    scored_sample: ScoredSample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = [str(scored_sample.result("mevis-v2", quality)) for quality in ("shifted", "late")]
    file = tmp_path / "attributes.json"
    given = ["attributes", *results, "--data", str(scored_sample.home), "--out", str(file)]
    assert run(given) == 0
    text = capsys.readouterr().out
    assert [one.title for one in ATTRIBUTES if f"\n{one.title}: " not in text] == []
    assert "late - shifted" in text
    assert run([*given, "--force", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads(file.read_text(encoding="utf-8"))
    assert [one["attribute"] for one in document["attributes"]] == list(BY_ID)


def test_results_of_different_data_are_refused(
    scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    results = [str(scored_sample.result(dataset, "late")) for dataset in ("mevis-v1", "mevis-v2")]
    assert run(["attributes", *results, "--data", str(scored_sample.home)]) == 2
    assert "RVB151" in capsys.readouterr().err


def test_an_unknown_metric_is_refused_with_those_that_there_are(
    scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    result = str(scored_sample.result("mevis-v2", "late"))
    assert run(["attributes", result, "--data", str(scored_sample.home), "--metric", "mAP"]) == 2
    assert "J&F" in capsys.readouterr().err
