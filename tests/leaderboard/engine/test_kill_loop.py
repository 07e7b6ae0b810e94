"""kill -9 of whoever submits or works, at random: what was acknowledged gets its one end all the same."""

from __future__ import annotations

import pytest
from besieging import lay
from server_world import World


def test_threat_25_nothing_is_lost_or_done_twice_under_kill_9(world: World) -> None:
    found = lay(world, submissions=20, kills=20, seconds=120.0)
    assert found.acknowledged >= 20
    assert found.kills == 20
    assert (found.lost, found.doubled, found.stuck, found.slots_wrong) == (0, 0, 0, 0)
    assert found.scored > 0 and found.rejected > 0
    assert found.integrity == "ok"


@pytest.mark.full
def test_threat_25_nothing_is_lost_or_done_twice_where_the_web_is_killed_too(world: World) -> None:
    found = lay(world, submissions=12, kills=20, seconds=120.0, webs=2)
    assert found.acknowledged >= 12
    assert found.kills_of_webs > 0 and found.kills_of_workers > 0
    assert (found.lost, found.doubled, found.stuck, found.slots_wrong) == (0, 0, 0, 0)
    assert found.integrity == "ok"
