"""What a team is told does not depend on the ground truth: two servers that differ in nothing else say the
same, letter by letter, of everything that is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from rvosbench_leaderboard.database.tables import Event, Slot
from rvosbench_leaderboard.pages.formats import bucket
from scoring import Mask, png, truth
from server_world import World, described, hidden_split, make_world, predictions_zip, zipped
from sqlalchemy import select

from rvosbench.splits.split import Expression

WRONG: dict[str, dict[str, bytes | None]] = {
    "a file is missing": {"alley/0/00000.png": None},
    "a whole sentence is missing": {"alley/2/00000.png": None, "alley/2/00001.png": None},
    "a damaged picture": {"beach/1/00001.png": b"\x89PNG\r\n\x1a\nrubbish"},
    "a picture of nothing known": {"beach/0/00000.png": b"hello"},
    "an empty file": {"beach/2/00000.png": b""},
    "a file too many": {"beach/2/00009.png": b"x", "alley/0/00000.png": None},
    "a name that leads out": {"../x.png": b"x"},
}


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, World]:
    folders = (tmp_path_factory.mktemp("twin") / "server" for _ in "12")
    one, other = (
        described(make_world(folder, make=partial(hidden_split, seed=seed)))
        for folder, seed in zip(folders, (5, 6), strict=True)
    )
    return one, other


def told(world: World, content: bytes) -> str:
    """All that its owner can see of a submission, but for ids and times."""
    key = world.submit(content)
    world.work()
    submission = world.submission(key)
    with world.database.read() as session:
        events = session.scalars(select(Event).where(Event.submission == key).order_by(Event.id))
        path = [(event.before, event.after, event.detail) for event in events]
        slot = session.scalars(select(Slot.state).where(Slot.upload == submission.upload)).one()
    shown = [submission.state, submission.code, submission.report, submission.stage, submission.percent]
    return json.dumps([shown, path, slot], sort_keys=True)


def test_the_twins_differ_in_their_truth_alone(twins: tuple[World, World]) -> None:
    one, other = twins
    assert one.split.manifest.fingerprint != other.split.manifest.fingerprint
    assert [e.name for e in one.split.expressions] == [e.name for e in other.split.expressions]
    scores = []
    for world in twins:
        key = world.submit(predictions_zip(one.split))
        world.work()
        scores.append(world.scores(key)[0].metrics["J&F"])
    assert scores[0] != scores[1]


@pytest.mark.parametrize("name", WRONG)
def test_threat_13_errors_are_the_same_for_every_ground_truth(twins: tuple[World, World], name: str) -> None:
    content = predictions_zip(twins[0].split, change=WRONG[name])
    first, second = (told(world, content) for world in twins)
    assert first == second
    assert "rejected" in first


def test_threat_13_what_is_no_archive_is_rejected_alike(twins: tuple[World, World]) -> None:
    for content in (b"PK", b"{}", zipped({}), zipped({"readme.txt": b"x"})):
        first, second = (told(world, content) for world in twins)
        assert first == second
        assert "rejected" in first


@pytest.mark.parametrize("top", ["Annotations/", "mine/"])
def test_threat_10_a_folder_around_everything_is_accepted_and_said(world: World, top: str) -> None:
    inside = predictions_zip(world.split)
    key = world.submit(wrapped(inside, top))
    bare = world.submit(inside)
    world.work()
    assert world.state(key) == "scored"
    assert world.scores(key)[0].metrics == world.scores(bare)[0].metrics
    report = world.submission(key).report
    assert report is not None
    assert [problem["code"] for problem in report["problems"]] == ["RVB110"]


def test_threat_10_nothing_that_matches_is_an_error_and_never_a_score(world: World) -> None:
    key = world.submit(wrapped(predictions_zip(world.split), "a/b/c/d/"))
    other = world.submit(zipped({"video7/0/00000.png": b"x"}))
    world.work()
    for one in (key, other):
        assert world.state(one) in ("rejected", "scored")
    assert world.state(other) == "rejected"
    assert world.scores(other) == []


def test_threat_14_single_scores_are_not_kept_at_all(world: World) -> None:
    """What is not in the database cannot leak from it."""
    key = world.submit(predictions_zip(world.split))
    world.work()
    score = world.scores(key)[0]
    assert all(isinstance(value, float) for value in score.metrics.values())
    kept = json.dumps([score.metrics, score.attributes, score.intervals])
    for video in world.split.videos:
        assert video not in kept


def painted(world: World, paint: Callable[[Expression, int], Mask]) -> bytes:
    files = {}
    for one in world.split.expressions:
        for frame in one.scored:
            files[f"{one.video.name}/{one.name}/{one.video.frames[frame]}.png"] = png(paint(one, frame))
    return zipped(files)


def perfect(one: Expression, frame: int) -> Mask:
    return truth(one.video, one.objects or (), frame)


def test_threat_13_a_prediction_that_is_the_ground_truth_is_told_to_organisers_alone(world: World) -> None:
    key = world.submit(painted(world, perfect))
    world.work()
    score = world.scores(key)[0]
    assert score.metrics["J&F"] == 1.0
    assert score.flags == ["RVB136"]
    assert "RVB136" not in json.dumps(world.submission(key).report)


def test_threat_15_the_time_that_is_told_does_not_tell_masks_apart(world: World) -> None:
    dice = np.random.default_rng(1)
    paints: list[Callable[[Expression, int], Mask]] = [
        perfect,
        lambda one, frame: np.zeros(one.video.size, np.bool_),
        lambda one, frame: dice.random(one.video.size) < 0.5,
    ]
    keys = [world.submit(painted(world, paint)) for paint in paints]
    world.work()
    told = {bucket(timedelta(seconds=world.scores(key)[0].seconds)) for key in keys}
    assert len(told) == 1


def test_ground_truth_that_cannot_be_read_is_no_fault_of_the_submission(world: World) -> None:
    key = world.submit(predictions_zip(world.split))
    masks: Path = world.data / "mevis-v2" / "valid" / "masks.parquet"
    masks.rename(masks.with_suffix(".away"))
    for _ in range(3):
        world.work()
        world.clock.forward(minutes=1)
    submission = world.submission(key)
    assert (submission.state, submission.code) == ("failed_internal", "RVB177")
    assert "masks" not in json.dumps(submission.report)


def wrapped(archive: bytes, top: str) -> bytes:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        return zipped({top + name: source.read(name) for name in source.namelist()})
