"""Two workers never write for the same job, and no job is lost: leases, fences, the reconciler, poison."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from rvosbench_leaderboard.blobs.folder import FolderBlobs
from rvosbench_leaderboard.database.tables import Event, Job, Slot, Submission, Upload, Worker
from rvosbench_leaderboard.phases import Refused
from rvosbench_leaderboard.queue import jobs
from rvosbench_leaderboard.queue.choice import queue_of
from rvosbench_leaderboard.queue.engine import Claim, LeaseLost
from rvosbench_leaderboard.scoring.messages import Request, ScoringFailed
from rvosbench_leaderboard.scoring.run import OnProgress
from rvosbench_leaderboard.worker.progress import Attempt
from rvosbench_leaderboard.worker.scoring import score
from rvosbench_leaderboard.worker.sweep import sweep
from server_world import InThisProcess, World, predictions_zip
from sqlalchemy import delete, select, update

from rvosbench.errors import Code

EVERYTHING = (jobs.VALIDATE, jobs.SCORE)


def claimed(world: World, worker: str) -> Claim:
    claim = world.queue.claim(EVERYTHING, worker, world.clock())
    assert claim is not None
    return claim


def validated(world: World) -> str:
    key = world.submit(predictions_zip(world.split))
    world.work(kinds=(jobs.VALIDATE,))
    return key


class Dying(InThisProcess):
    """The process that decodes is killed, every time."""

    def result(self, request: Request, on_progress: OnProgress) -> Mapping[str, Any]:
        raise ScoringFailed("it was killed by signal 11")


def test_threat_25_a_job_is_given_to_one_worker(world: World) -> None:
    world.submit(predictions_zip(world.split))
    claimed(world, "a")
    assert world.queue.claim(EVERYTHING, "b", world.clock()) is None


def test_threat_25_a_worker_that_slept_past_its_lease_writes_nothing(world: World) -> None:
    """As after SIGSTOP: the other one has done the work when it wakes up."""
    key = validated(world)
    sleeper = claimed(world, "sleeper")
    settings = world.settings("sleeper")

    class Sleeping(Attempt):
        def result(self, request: Request) -> Mapping[str, Any]:
            found = super().result(request)
            world.clock.forward(seconds=31)
            world.work("other")
            return found

    worker = world.worker("sleeper")
    with pytest.raises(LeaseLost):
        score(settings, sleeper, Sleeping(settings, sleeper, worker.stopping))
    assert len(world.scores(key)) == 1
    assert world.state(key) == "scored"
    assert not world.queue.beat(sleeper, world.clock())


def test_threat_25_a_lease_lasts_as_long_as_it_is_extended(world: World) -> None:
    world.submit(predictions_zip(world.split))
    claim = claimed(world, "a")
    for _ in range(5):
        world.clock.forward(seconds=20)
        assert world.queue.beat(claim, world.clock())
        assert world.queue.claim(EVERYTHING, "b", world.clock()) is None
    world.clock.forward(seconds=31)
    again = claimed(world, "b")
    assert again.attempt == claim.attempt + 1
    assert not world.queue.beat(claim, world.clock())
    for late in (world.queue.finish, world.queue.hold):
        with pytest.raises(LeaseLost), world.database.write() as session:
            late(session, claim)


def test_threat_25_jobs_of_a_worker_that_is_known_to_be_dead_are_free_at_once(world: World) -> None:
    world.submit(predictions_zip(world.split))
    claimed(world, "dead")
    assert world.queue.release("dead") == 1
    assert claimed(world, "b").submission


def test_threat_25_a_clock_that_jumps_loses_nothing(world: World) -> None:
    key = world.submit(predictions_zip(world.split))
    world.clock.forward(days=1)
    claimed(world, "a")
    world.clock.moment -= timedelta(days=1)
    assert world.queue.claim(EVERYTHING, "b", world.clock()) is None
    world.clock.forward(days=2)
    world.work("b")
    assert world.state(key) == "scored"


def test_threat_26_poison_is_given_up_and_paid_back(world: World) -> None:
    key = world.submit(predictions_zip(world.split))
    for _ in range(3):
        world.work(runner=Dying)
        world.clock.forward(minutes=1)
    submission = world.submission(key)
    assert (submission.state, submission.code) == ("failed_internal", Code.SCORING_FAILED)
    assert submission.report is None
    with world.database.read() as session:
        assert session.scalars(select(Slot.state)).all() == ["refunded"]
        assert session.scalar(select(Job.error)) == "it was killed by signal 11"
        told = session.scalars(select(Event.detail).where(Event.submission == key)).all()
    assert not any("signal" in (detail or "") for detail in told)
    assert any(key in line for line in world.log)
    assert world.queue.claim(EVERYTHING, "b", world.clock()) is None


def test_threat_26_the_others_go_on_beside_poison(world: World) -> None:
    world.submit(predictions_zip(world.split, seed=1))
    world.work(runner=Dying)
    other = world.submit(predictions_zip(world.split, seed=2))
    world.work()
    assert world.state(other) == "scored"


def test_threat_26_a_failure_can_be_tried_again(world: World) -> None:
    from rvosbench_leaderboard import phases

    key = world.submit(predictions_zip(world.split))
    for _ in range(3):
        world.work(runner=Dying)
        world.clock.forward(minutes=1)
    world.act(phases.retry, key, actor="organiser")
    world.work()
    assert world.state(key) == "scored"


@pytest.mark.parametrize("stage", [jobs.VALIDATE, jobs.SCORE])
def test_a_submission_whose_job_was_lost_gets_a_new_one(world: World, stage: str) -> None:
    key = world.submit(predictions_zip(world.split)) if stage == jobs.VALIDATE else validated(world)
    with world.database.write() as session:
        session.execute(delete(Job))
    world.work()
    assert world.state(key) in ("received", "queued")
    assert sweep(world.database, world.blobs, world.clock()) == 1
    assert sweep(world.database, world.blobs, world.clock()) == 0
    world.work()
    assert world.state(key) == "scored"


def test_a_worker_that_died_in_the_middle_leaves_a_state_that_the_next_one_goes_on_from(world: World) -> None:
    key = validated(world)
    with world.database.write() as session:
        session.execute(update(Submission).values(state="scoring"))
        session.execute(update(Job).where(Job.kind == jobs.SCORE).values(state=jobs.DONE))
    sweep(world.database, world.blobs, world.clock())
    world.work()
    assert world.state(key) == "scored"
    assert len(world.scores(key)) == 1


def test_threat_30_abandoned_uploads_give_back_their_slot_and_their_bytes(world: World) -> None:
    world.set_phase(total=1)
    upload = world.reserve(size=1000)
    world.blobs.partial(upload).write_bytes(b"some of it")
    world.clock.forward(hours=23, minutes=59)
    sweep(world.database, world.blobs, world.clock())
    assert world.blobs.partial(upload).exists()
    world.clock.forward(minutes=1)
    sweep(world.database, world.blobs, world.clock())
    assert not world.blobs.partial(upload).exists()
    world.reserve(size=1000)
    with pytest.raises(Refused, match="received"):
        world.arrive(upload, b"too late")
    with world.database.read() as session:
        assert session.get_one(Upload, upload).state == "expired"


def test_the_place_in_the_queue_counts_those_before_and_those_at_work(world: World) -> None:
    keys = []
    for seed in range(3):
        keys.append(world.submit(predictions_zip(world.split, seed=seed)))
        world.clock.forward(seconds=1)

    def places() -> list[int | None]:
        with world.database.read() as session:
            return [jobs.place(session, key) for key in keys]

    assert places() == [0, 1, 2]
    claimed(world, "a")
    assert places() == [None, 1, 2]


def test_blobs_are_never_named_by_users(tmp_path: Any) -> None:
    for name in ("../evil", "a/b", "", "mine.zip", "0" * 36):
        with pytest.raises(ValueError, match="key"):
            FolderBlobs(tmp_path).partial(name)


def test_a_worker_is_heard_of_while_it_is_at_a_long_job(world: World) -> None:
    key = validated(world)

    class Long(InThisProcess):
        def result(self, request: Request, on_progress: OnProgress) -> Mapping[str, Any]:
            world.clock.forward(minutes=10)
            time.sleep(0.6)
            return super().result(request, on_progress)

    world.work("busy", runner=Long, beat=0.1, queue=queue_of(world.database, timedelta(hours=1)))
    with world.database.read() as session:
        row = session.get_one(Worker, "busy")
    assert (row.seen_at, row.job) == (world.clock(), key)
    assert world.state(key) == "scored"


def test_a_worker_that_is_told_to_stop_signs_off(world: World) -> None:
    def known() -> bool:
        with world.database.read() as session:
            return session.get(Worker, "leaving") is not None

    worker = world.worker("leaving")
    running = threading.Thread(target=worker.run)
    running.start()
    until = time.monotonic() + 60
    while not known() and time.monotonic() < until:
        time.sleep(0.05)
    assert known()
    worker.stopping.set()
    running.join(60)
    assert not running.is_alive()
    assert not known()
