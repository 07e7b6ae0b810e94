"""States of a submission: one table of moves, and an event for each."""

from __future__ import annotations

import pytest
from rvosbench_leaderboard import phases
from rvosbench_leaderboard.database.tables import Event, Slot, Submission
from rvosbench_leaderboard.phases import Refused, State
from rvosbench_leaderboard.phases.states import MOVES, move
from server_world import World, predictions_zip
from sqlalchemy import select

from rvosbench.errors import Code


def path_of(world: World, key: str) -> list[str]:
    with world.database.read() as session:
        return list(session.scalars(select(Event.after).where(Event.submission == key).order_by(Event.id)))


def slot_of(world: World, key: str) -> Slot:
    with world.database.read() as session:
        return session.scalars(select(Slot).where(Slot.upload == world.submission(key).upload)).one()


def test_a_good_submission_goes_through_all_stages(world: World) -> None:
    key = world.submit(predictions_zip(world.split))
    world.work()
    assert path_of(world, key) == ["received", "validating", "queued", "scoring", "scored"]
    score = world.scores(key)[0]
    assert score.metrics["J&F"] == pytest.approx((score.metrics["J"] + score.metrics["F"]) / 2)
    assert slot_of(world, key).state == "spent"


def test_a_submission_with_a_file_missing_is_rejected_and_costs_nothing(world: World) -> None:
    key = world.submit(predictions_zip(world.split, change={"alley/0/00000.png": None}))
    world.work()
    submission = world.submission(key)
    assert (submission.state, submission.code) == ("rejected", Code.MISSING_PREDICTION)
    assert submission.report is not None
    assert submission.report["problems"][0]["path"] == "alley/0/00000"
    assert slot_of(world, key).state == "refunded"
    assert world.scores(key) == []


@pytest.mark.parametrize("before", State)
def test_moves_that_are_not_in_the_table_are_refused(world: World, before: State) -> None:
    key = world.submit(b"x")
    with world.database.write() as session:
        session.get_one(Submission, key).state = before.value
    for after in set(State) - MOVES[before]:
        with pytest.raises(Refused) as refused:
            world.act(move, key, to=after, actor="test")
        assert refused.value.problems[0].code is Code.ILLEGAL_MOVE
    assert world.state(key) == before


def test_every_state_can_be_reached_and_left_or_is_an_end() -> None:
    reached = {State.RECEIVED}
    for _ in State:
        reached |= {to for state in reached for to in MOVES[state]}
    assert reached == set(State)
    assert {state for state, to in MOVES.items() if not to} == {
        State.REJECTED,
        State.WITHDRAWN,
        State.CANCELLED,
    }


def test_a_submission_can_be_cancelled_until_it_is_scored(world: World) -> None:
    key = world.submit(predictions_zip(world.split))
    world.act(phases.cancel, key, actor="someone")
    world.work()
    assert world.state(key) == "cancelled"
    assert slot_of(world, key).state == "refunded"
    scored = world.submit(predictions_zip(world.split))
    world.work()
    with pytest.raises(Refused, match="cancelled"):
        world.act(phases.cancel, scored, actor="someone")


def test_publishing_and_withdrawing_leave_their_dates(world: World) -> None:
    key = world.submit(predictions_zip(world.split))
    with pytest.raises(Refused):
        world.act(phases.publish, key, actor="someone")
    world.work()
    world.act(phases.publish, key, actor="someone")
    world.clock.forward(hours=1)
    with pytest.raises(Refused, match="reason"):
        world.act(phases.withdraw, key, reason=" ", actor="someone")
    world.act(phases.withdraw, key, reason="a bug in the model", actor="someone")
    submission = world.submission(key)
    assert submission.published_at is not None and submission.withdrawn_at is not None
    assert submission.withdrawn_at > submission.published_at
    with pytest.raises(Refused):
        world.act(phases.publish, key, actor="someone")


def test_what_was_disqualified_cannot_be_published_until_it_is_reinstated(world: World) -> None:
    key = world.submit(predictions_zip(world.split))
    world.work()
    world.act(phases.disqualify, key, reason="trained on the test videos", actor="organiser")
    with pytest.raises(Refused, match="disqualified"):
        world.act(phases.publish, key, actor="someone")
    world.act(phases.reinstate, key, actor="organiser")
    world.act(phases.publish, key, actor="someone")
    assert world.state(key) == "published"


def test_an_arrival_that_is_told_twice_is_one_submission(world: World) -> None:
    content = predictions_zip(world.split)
    upload = world.reserve(size=len(content))
    world.blobs.partial(upload).write_bytes(content)
    world.blobs.keep(upload)
    world.blobs.keep(upload)
    assert world.arrive(upload, content) == world.arrive(upload, content)
