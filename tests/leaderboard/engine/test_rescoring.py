"""Re-scoring: old scores stay, the board goes over at once, and what people wait for comes first."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

import pytest
from rvosbench_leaderboard.database.tables import Job, Score, Track
from rvosbench_leaderboard.phases import Refused, rescore
from rvosbench_leaderboard.scoring import messages, work
from rvosbench_leaderboard.scoring.messages import Request
from rvosbench_leaderboard.scoring.run import OnProgress
from server_world import InThisProcess, World, hidden_split, predictions_zip
from sqlalchemy import select


class NextVersion(InThisProcess):
    """A worker with a later version of the scoring, which gives half of every score."""

    def result(self, request: Request, on_progress: OnProgress) -> Mapping[str, Any]:
        found = dict(super().result(request, on_progress))
        if "scoring_version" in found:
            found["scoring_version"] += 1
        if "metrics" in found:
            found["metrics"] = {key: value / 2 for key, value in found["metrics"].items()}
        return found


def track(world: World) -> Track:
    with world.database.read() as session:
        return session.get_one(Track, world.track)


def newest(world: World) -> str:
    with world.database.read() as session:
        return rescore.scorers(session, session.get_one(Track, world.track))[-1].id


def begin(world: World, scorer: str) -> int:
    with world.database.write() as session:
        return rescore.start(session, session.get_one(Track, world.track), scorer, now=world.clock())


def switch(world: World, scorer: str) -> None:
    with world.database.write() as session:
        rescore.switch(session, session.get_one(Track, world.track), scorer, now=world.clock())


@pytest.fixture
def scored(world: World) -> list[str]:
    keys = [world.submit(predictions_zip(world.split, seed=seed)) for seed in range(3)]
    world.work()
    world.clock.forward(seconds=1)
    world.worker("new", runner=NextVersion).tracks.look()
    return keys


def test_old_scores_are_kept_and_the_switch_is_one_step(world: World, scored: list[str]) -> None:
    old, new = track(world).current_scorer, newest(world)
    assert begin(world, new) == 3
    with pytest.raises(Refused, match="3 more"):
        switch(world, new)
    world.work("new", runner=NextVersion)
    with world.database.read() as session:
        done = rescore.progress(session, session.get_one(Track, world.track), new)
        changes = rescore.diff(session, session.get_one(Track, world.track), new)
    assert (done.done, done.left, done.refused) == (3, 0, 0)
    assert track(world).current_scorer == old
    for change in changes:
        assert change.before is not None and change.after is not None
        assert change.after["J&F"] == change.before["J&F"] / 2
    sizes = [change.before["J&F"] for change in changes if change.before]  # half of it is the change
    assert sizes == sorted(sizes, reverse=True)
    switch(world, new)
    assert track(world).current_scorer == new
    assert all(len(world.scores(key)) == 2 for key in scored)
    assert {world.state(key) for key in scored} == {"scored"}
    assert old is not None
    switch(world, old)
    assert track(world).current_scorer == old


def test_it_goes_on_where_it_was_stopped(world: World, scored: list[str]) -> None:
    new = newest(world)
    begin(world, new)
    world.worker("new", runner=NextVersion).work_once()
    assert begin(world, new) == 2
    world.work("new", runner=NextVersion)
    assert begin(world, new) == 0
    assert all(len(world.scores(key)) == 2 for key in scored)


def test_a_worker_of_another_version_cannot_write_its_score_as_the_new_one(
    world: World, scored: list[str]
) -> None:
    new = newest(world)
    begin(world, new)
    world.work("old")
    with world.database.read() as session:
        assert session.scalars(select(Score).where(Score.scorer == new)).all() == []
    world.clock.forward(minutes=1)
    world.work("new", runner=NextVersion)
    assert all(len(world.scores(key)) == 2 for key in scored)


def test_new_submissions_are_scored_before_the_rest_of_a_rescore(world: World, scored: list[str]) -> None:
    new = newest(world)
    begin(world, new)
    fresh = world.submit(predictions_zip(world.split, seed=9))
    worker = world.worker("new", runner=NextVersion)
    worker.work_once()
    worker.work_once()
    assert world.state(fresh) == "scored"
    with world.database.read() as session:
        waiting = session.scalars(select(Job).where(Job.scorer == new, Job.state == "waiting")).all()
    assert len(waiting) == 3


def test_mended_ground_truth_is_another_scorer_and_changes_nothing_by_itself(
    world: World, scored: list[str]
) -> None:
    before = track(world).current_scorer
    shutil.rmtree(world.data / "mevis-v2")
    hidden_split(world.data, seed=77)
    world.clock.forward(seconds=1)
    world.worker("restarted").tracks.look()
    assert track(world).current_scorer == before
    new = newest(world)
    begin(world, new)
    world.work("restarted")
    with world.database.read() as session:
        changes = rescore.diff(session, session.get_one(Track, world.track), new)
    assert any(change.before != change.after for change in changes)


def test_ground_truth_that_is_replaced_while_it_scores_gives_no_mixed_score(
    world: World, scored: list[str]
) -> None:
    """Between the first and the last mask that is read."""
    before = track(world).current_scorer

    class Replaced(InThisProcess):
        done = False

        def result(self, request: Request, on_progress: OnProgress) -> Mapping[str, Any]:
            if request.action == messages.SCORE and not Replaced.done:
                Replaced.done = True
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(work, "_figures", self._replace(work._figures))
                    return super().result(request, on_progress)
            return super().result(request, on_progress)

        def _replace(self, real: Any) -> Any:
            def figures(*arguments: Any) -> Any:
                shutil.rmtree(world.data / "mevis-v2")
                hidden_split(world.data, seed=77)
                return real(*arguments)

            return figures

    key = world.submit(predictions_zip(world.split, seed=11))
    world.work("new", runner=Replaced)
    assert (world.state(key), world.scores(key)) == ("scoring", [])
    assert "replaced meanwhile" in world.log[-1]
    world.clock.forward(minutes=1)
    world.work("new", runner=Replaced)
    assert world.state(key) == "scored"
    (score,) = world.scores(key)
    assert score.scorer == newest(world) != before
    assert track(world).current_scorer == before


def test_nothing_is_queued_for_a_scorer_that_no_worker_has_any_more(world: World, scored: list[str]) -> None:
    new = newest(world)
    world.clock.forward(minutes=1)
    world.worker("old again").tracks.look()
    with pytest.raises(Refused, match="no worker has any more"):
        begin(world, new)
    world.clock.forward(minutes=1)
    world.worker("newer again", runner=NextVersion).tracks.look()
    assert begin(world, new) == 3


def test_a_scorer_of_another_track_is_refused(world: World) -> None:
    with pytest.raises(Refused):
        begin(world, "nothing")
