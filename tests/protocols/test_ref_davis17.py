"""Ref-DAVIS17: every annotator's label maps matched with all objects, against trying every assignment."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from score_oracle import region
from scoring import blobs, davis_units, in_tree, png, score_expressions, truth, video, write_tree

from rvosbench.errors import PredictionsRefused
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.predictions.writer import label_png
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split

Maps = Mapping[tuple[int, str], NDArray[np.uint8]]  # annotator and video -> [frames, height, width]


def random_maps(split: Split, seed: int, labels: int = 4) -> Maps:
    """Rectangles of labels on top of each other, other ones for each annotator."""
    noise = np.random.default_rng(seed)
    found = {}
    for annotator in range(4):
        for one in split.videos.values():
            shape = (len(one.frames), *one.size)
            maps = np.zeros(shape, np.uint8)
            for label in noise.permutation(labels) + 1:
                maps[blobs(noise, *shape, empty=0.3)] = label
            found[annotator, one.name] = maps
    return found


def write_maps(folder: Path, maps: Maps, split: Split) -> Path:
    for (annotator, name), of_frames in maps.items():
        place = folder / f"anno_{annotator}" / name
        place.mkdir(parents=True)
        for stem, labels in zip(split.videos[name].frames, of_frames, strict=True):
            (place / f"{stem}.png").write_bytes(label_png(labels))
    return folder


@pytest.mark.parametrize("seed", range(4))
def test_every_object_gets_the_proposal_of_the_best_assignment(
    seed: int, davis: Split, tmp_path: Path
) -> None:
    maps = random_maps(davis, seed, labels=2 + seed)
    done = evaluate(write_maps(tmp_path / "maps", maps, davis), davis, Options(out=tmp_path / "out"))
    (result,) = done.results
    units = loaded(tmp_path / "out")
    j = dict.fromkeys(range(4), 0.0)
    f = dict.fromkeys(range(4), 0.0)
    for (annotator, name), proposals in maps.items():
        one = davis.videos[name]
        for thing, (label, scores) in davis_units(one, list(proposals), len(one.objects) - 1 or 1).items():
            unit = units[name, annotator, str(thing)]
            assert (unit["J"], unit["F"]) == (scores.mean_j, scores.mean_f)
            assert unit["matched_label"] in (label, None)
            j[annotator] += scores.mean_j
            f[annotator] += scores.mean_f
    objects = len(units) // 4
    each = [(j[annotator] / objects, f[annotator] / objects) for annotator in range(4)]
    for annotator, (mean_j, mean_f) in enumerate(each):
        found = result.annotators[str(annotator)]
        assert found["J"] == pytest.approx(mean_j, abs=1e-15)
        assert found["J&F"] == pytest.approx((mean_j + mean_f) / 2, abs=1e-15)
    assert result.metrics["J"] == pytest.approx(math.fsum(pair[0] for pair in each) / 4, abs=1e-15)
    assert result.metrics["J&F"] == pytest.approx(sum(map(sum, each)) / 8, abs=1e-15)


def test_what_is_said_of_an_object_over_time_is_of_its_own_proposal_and_sight(
    davis: Split, tmp_path: Path
) -> None:
    """Flicker is that of the label that it was matched with, stability that of the frames it is seen in."""
    maps = random_maps(davis, 3)
    evaluate(write_maps(tmp_path / "maps", maps, davis), davis, Options(out=tmp_path / "out"))
    sights = set()
    for (name, annotator, thing), unit in loaded(tmp_path / "out").items():
        label, one = int(unit["matched_label"] or 0), davis.videos[name]
        masks = [labels == label for labels in maps[annotator, name]]
        kept = [region(mask, after) for mask, after in pairwise(masks)]
        assert unit["flicker"] == pytest.approx(1 - math.fsum(kept) / len(kept), abs=1e-12)
        seen = [bool(truth(one, [thing], frame).any()) for frame in range(len(masks))]
        sights.add((name, *seen))
        pairs = [
            region(truth(one, [thing], frame), mask, void=truth(one, ["255"], frame))
            for frame, mask in enumerate(masks)
            if seen[frame]
        ]
        assert unit["stability_J_present"] == pytest.approx(np.var(pairs), abs=1e-12)
    assert len(sights) > 2, "objects of one video are seen in different frames"


def loaded(folder: Path) -> dict[tuple[str, int, str], dict[str, float | None]]:
    rows = pq.ParquetFile(folder / "units.parquet").read().to_pylist()
    return {(row["video"], row["annotator"], row["object"]): row for row in rows}


def test_a_swap_of_two_objects_costs_nothing(davis: Split, tmp_path: Path) -> None:
    maps = random_maps(davis, 7, labels=2)
    swapped = {key: np.array([0, 2, 1], np.uint8)[labels] for key, labels in maps.items()}
    plain = evaluate(write_maps(tmp_path / "a", maps, davis), davis).results[0]
    other = evaluate(write_maps(tmp_path / "b", swapped, davis), davis).results[0]
    assert plain.metrics == other.metrics


def test_an_object_without_a_proposal_is_scored_against_empty_masks(davis: Split, tmp_path: Path) -> None:
    maps = {
        (annotator, name): np.zeros((len(one.frames), *one.size), np.uint8)
        for annotator in range(4)
        for name, one in davis.videos.items()
    }
    (result,) = evaluate(write_maps(tmp_path / "maps", maps, davis), davis).results
    absent = [
        np.mean([not thing.mask(frame).any() for frame in range(len(one.frames))])
        for one in davis.videos.values()
        for name, thing in one.objects.items()
        if name != "255"
    ]
    assert result.metrics["J"] == result.metrics["F"] == math.fsum(absent) / len(absent)


def test_masks_of_single_expressions_are_merged_and_the_lowest_label_wins(
    davis: Split, tmp_path: Path
) -> None:
    noise = np.random.default_rng(5)
    masks = {
        (one.video.name, one.name): blobs(noise, len(one.scored), *one.video.size)
        for one in davis.expressions
    }
    maps: dict[tuple[int, str], NDArray[np.uint8]] = {}
    for name, one in davis.videos.items():
        for annotator in range(4):
            labels = np.zeros((len(one.frames), *one.size), np.uint8)
            own = [key for key, sentence in one.expressions.items() if sentence.annotator == annotator]
            for label, key in reversed(list(enumerate(own, 1))):
                labels[masks[name, key]] = label
            maps[annotator, name] = labels
    (of_masks,) = evaluate(write_tree(tmp_path / "masks", masks, davis), davis).results
    (of_maps,) = evaluate(write_maps(tmp_path / "maps", maps, davis), davis).results
    assert of_masks.metrics == of_maps.metrics
    assert of_masks.annotators == of_maps.annotators
    assert of_masks.fingerprint == of_maps.fingerprint


def test_objects_are_those_of_the_first_frame_and_a_gap_is_an_object_that_is_never_seen(
    split_of: Callable[..., Split], tmp_path: Path
) -> None:
    frames = np.zeros((3, 20, 26), np.bool_)
    first, third, late = frames.copy(), frames.copy(), frames.copy()
    first[:, 2:6, 2:6], third[:, 10:14, 10:14], late[1:, 16:19, 16:19] = True, True, True
    one = video(
        "cows",
        {"1": first, "3": third, "4": late},
        [ExpressionRecord(str(one), "x", ("1",), annotator=one) for one in range(4)],
    )
    split = split_of("ref-davis17", "val", [one])
    labels = (first + 3 * third).astype(np.uint8)
    maps = {(annotator, "cows"): labels for annotator in range(4)}
    done = evaluate(write_maps(tmp_path / "maps", maps, split), split, Options(out=tmp_path / "out"))
    assert done.results[0].metrics["J&F"] == 1.0
    assert [unit[2] for unit in loaded(tmp_path / "out")] == ["1", "2", "3"] * 4
    problem, *suspicious = done.results[0].problems
    assert [one.code for one in suspicious] == ["RVB134", "RVB136"]
    assert (problem.code, problem.path, problem.found) == (
        "RVB033",
        "cows, object 4",
        "it is first seen in frame 00001",
    )


def test_more_than_twenty_proposals_are_refused(davis: Split, tmp_path: Path) -> None:
    maps = {
        key: np.where(labels == 1, 21, labels).astype(np.uint8)
        for key, labels in random_maps(davis, 1).items()
    }
    folder = write_maps(tmp_path / "maps", maps, davis)
    (folder / "anno_3" / "judo" / "00002.png").write_bytes(png(np.ones(davis.videos["judo"].size, np.bool_)))
    with pytest.raises(PredictionsRefused) as refused:
        evaluate(folder, davis)
    (problem,) = refused.value.problems
    shown = sum(bool((labels == 21).any()) for of_video in maps.values() for labels in of_video)
    assert problem.code == "RVB123"
    assert shown <= problem.count <= shown + 1
    assert "at most 20 proposals" in problem.expected


def test_a_missing_label_map_scores_zero_for_every_object(davis: Split, tmp_path: Path) -> None:
    """Also for those that cannot be seen in its frame, of which an empty map would be right."""
    judo = davis.videos["judo"]
    absent = [
        frame
        for frame in range(len(judo.frames))
        if not all(truth(judo, [thing], frame).any() for thing in ("1", "2", "3"))
    ]
    assert 0 < len(absent) < len(judo.frames)
    gone = [judo.frames[frame] for frame in {*absent, 3}]
    folder = write_maps(tmp_path / "maps", random_maps(davis, 2), davis)
    for stem in gone:
        (folder / "anno_1" / "judo" / f"{stem}.png").unlink()
    with pytest.raises(PredictionsRefused) as refused:
        evaluate(folder, davis)
    assert refused.value.problems[0].path == f"anno_1/judo/{min(gone)}"
    done = evaluate(folder, davis, Options(missing="zero", out=tmp_path / "out"))
    rows = pq.ParquetFile(tmp_path / "out" / "frames.parquet").read().to_pylist()
    of_frames = [row for row in rows if row["unit"].startswith("anno_1/") and row["frame"] in gone]
    assert [(row["J"], row["F"], row["missing"]) for row in of_frames if row["video"] == "judo"] == [
        (0.0, 0.0, True)
    ] * (3 * len(gone))
    assert done.results[0].counts["missing"] == len(gone)


def test_per_expression_neither_merges_nor_matches_nor_leaves_void_out(davis: Split, tmp_path: Path) -> None:
    noise = np.random.default_rng(6)
    masks = {
        (one.video.name, one.name): blobs(noise, len(one.scored), *one.video.size)
        for one in davis.expressions
    }
    folder = write_tree(tmp_path / "masks", masks, davis)
    (result,) = evaluate(folder, davis, Options(protocol="per-expression")).results
    units = score_expressions(davis, in_tree(folder)).values()
    assert result.metrics["J"] == math.fsum(unit.mean_j for unit in units) / len(units)
    both = evaluate(folder, davis, Options(protocol="all")).results
    assert [one.protocol for one in both] == ["ref-davis17", "per-expression"]
    assert both[1].fingerprint == result.fingerprint
    assert both[0].fingerprint == evaluate(folder, davis).results[0].fingerprint
