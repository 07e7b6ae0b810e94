"""What other servers got wrong, as the second table of docs/server-threats.md lists it."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from rvosbench_leaderboard.database.tables import Job, Submission
from rvosbench_leaderboard.organisers.state import EXPECTED, look
from rvosbench_leaderboard.phases import IN_WORK, quota
from rvosbench_leaderboard.worker.sweep import sweep
from server_world import World, predictions_zip
from sqlalchemy import delete, update


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("server.db")
    }


def test_nothing_is_ever_unpacked(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = sqlite_world
    key = world.submit(predictions_zip(world.split))
    before = files(world.folder)
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")  # no temporary file can be made
    with pytest.raises(FileNotFoundError):
        tempfile.mkstemp()
    world.work()
    assert world.state(key) == "scored"
    assert files(world.folder) == before


def test_a_state_of_scored_and_its_scores_come_together_or_not_at_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = world.submit(predictions_zip(world.split))
    settle, seen = quota.settle, []

    def power_cut(*arguments: object, **more: object) -> None:
        seen.append(world.state(key))  # as others see it, after everything was written and before the end
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(quota, "settle", power_cut)
        world.work()
    assert seen == ["scoring"]
    assert (world.state(key), world.scores(key)) == ("scoring", [])
    assert quota.settle is settle
    world.queue.release("w1")
    world.work()
    assert (world.state(key), len(world.scores(key))) == ("scored", 1)


@pytest.mark.parametrize("state", sorted(IN_WORK))
def test_whatever_state_a_submission_is_left_in_it_is_noticed(world: World, state: str) -> None:
    key = world.submit(predictions_zip(world.split))
    with world.database.write() as session:
        session.execute(delete(Job))
        session.execute(update(Submission).values(state=state))
    with world.database.read() as session:
        assert look(session, world.clock()).stuck == []
        late = look(session, world.clock() + EXPECTED + timedelta(seconds=1))
        assert [one.id for one in late.stuck] == [key]
    assert sweep(world.database, world.blobs, world.clock()) == 1
    world.work()
    assert world.state(key) == "scored"
