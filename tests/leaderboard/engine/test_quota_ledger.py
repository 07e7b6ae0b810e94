"""The quota ledger: what counts, what is given back, and when it begins anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rvosbench_leaderboard.database.tables import Phase, Track, Upload
from rvosbench_leaderboard.phases import Refused, cancel_upload, standing
from rvosbench_leaderboard.phases.quota import Standing, day_of, week_of
from server_world import World, predictions_zip

from rvosbench.errors import Code


def refusal(world: World) -> Code:
    with pytest.raises(Refused) as refused:
        world.reserve()
    return refused.value.problems[0].code


def now_standing(world: World) -> Standing:
    with world.database.read() as session:
        return standing(session, session.get_one(Phase, world.phase), world.team(), world.clock())


def test_a_day_ends_at_midnight_utc(world: World) -> None:
    world.set_phase(per_day=2)
    world.clock.moment = datetime(2026, 11, 26, 23, 59, 58, tzinfo=UTC)
    world.reserve()
    world.reserve()
    assert refusal(world) is Code.QUOTA_SPENT
    assert now_standing(world).next_at == datetime(2026, 11, 27, tzinfo=UTC)
    world.clock.forward(seconds=2)
    world.reserve()
    assert now_standing(world).limits[0].left == 1


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"])
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-11-01", "2026-12-31"])
def test_days_and_weeks_are_the_same_in_every_zone_and_when_clocks_change(zone: str, day: str) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    for minutes in range(0, 2 * 24 * 60, 17):
        moment = start + timedelta(minutes=minutes)
        there = moment.astimezone(ZoneInfo(zone))
        assert day_of(there) == day_of(moment) <= moment < day_of(moment) + timedelta(days=1)
        assert week_of(there) == week_of(moment)
        assert week_of(moment).weekday() == 0


def test_the_week_begins_on_monday(world: World) -> None:
    world.set_phase(per_week=1)
    world.clock.moment = datetime(2026, 11, 29, 23, 0, tzinfo=UTC)  # a Sunday
    world.reserve()
    assert refusal(world) is Code.QUOTA_SPENT
    world.clock.forward(hours=1)
    world.reserve()


def test_what_is_cancelled_or_rejected_does_not_count(world: World) -> None:
    world.set_phase(total=1)
    upload = world.reserve()
    assert refusal(world) is Code.QUOTA_SPENT
    with world.database.write() as session:
        cancel_upload(session, session.get_one(Upload, upload), now=world.clock())
    world.submit(b"no zip at all")
    world.work()
    world.submit(predictions_zip(world.split))
    world.work()
    assert refusal(world) is Code.QUOTA_SPENT
    assert now_standing(world).next_at is None


def test_work_that_is_not_over_holds_a_place_at_the_same_time(world: World) -> None:
    world.set_phase(concurrent=1)
    world.submit(predictions_zip(world.split))
    assert refusal(world) is Code.QUOTA_SPENT
    world.work()
    world.reserve()


def test_a_limit_that_was_lowered_keeps_its_force(world: World) -> None:
    """A check for equality would let everything pass once more was used than is allowed."""
    world.set_phase(per_day=5)
    for _ in range(3):
        world.reserve()
    world.set_phase(per_day=2)
    assert refusal(world) is Code.QUOTA_SPENT
    assert now_standing(world).limits[0].left == 0


def test_teams_have_quotas_of_their_own(world: World) -> None:
    world.set_phase(total=1)
    world.reserve()
    world.reserve(world.team("Blue"))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"opens_at": datetime(2026, 11, 27, tzinfo=UTC)}, Code.PHASE_CLOSED),
        ({"closes_at": datetime(2026, 11, 26, tzinfo=UTC)}, Code.PHASE_CLOSED),
        ({"closed": True}, Code.PHASE_CLOSED),
        ({"bytes": 999}, Code.UPLOAD_TOO_LARGE),
    ],
)
def test_a_phase_takes_what_it_says(world: World, values: dict[str, object], code: Code) -> None:
    world.set_phase(**values)
    assert refusal(world) is code


def test_an_upload_that_was_begun_in_time_may_end_after_the_phase(world: World) -> None:
    world.set_phase(closes_at=datetime(2026, 11, 26, 13, tzinfo=UTC))
    content = predictions_zip(world.split)
    upload = world.reserve(size=len(content))
    world.clock.forward(hours=2)
    world.blobs.partial(upload).write_bytes(content)
    world.blobs.keep(upload)
    key = world.arrive(upload, content)
    world.work()
    assert world.state(key) == "scored"


def test_a_track_whose_ground_truth_was_never_found_takes_nothing(world: World) -> None:
    with world.database.write() as session:
        session.get_one(Track, world.track).current_scorer = None
    assert refusal(world) is Code.PHASE_CLOSED
