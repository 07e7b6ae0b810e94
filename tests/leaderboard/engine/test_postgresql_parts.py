"""What PostgreSQL needs to be installed is said before anything is started."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from postgres_cluster import Cluster
from rvosbench_leaderboard.checkup import checkup
from rvosbench_leaderboard.database.tables import Setting
from rvosbench_leaderboard.processes import place
from rvosbench_leaderboard.processes.place import Place, find_place
from rvosbench_leaderboard.queue import schema
from server_world import TEMPLATE, World, copied

from rvosbench.errors import PartNotInstalled, ProblemLog

URL = "postgresql://bench@db.example.org/bench"


def test_without_the_engine_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert find_place(tmp_path, tmp_path, URL).url == URL
    monkeypatch.setattr(place, "find_spec", lambda name: None if name == "procrastinate" else object())
    with pytest.raises(PartNotInstalled) as absent:
        find_place(tmp_path, tmp_path, URL)
    assert absent.value.exit_code == 5
    (problem,) = absent.value.problems
    assert "procrastinate" in problem.path and "psycopg" not in problem.path
    assert problem.fix == 'pip install "rvosbench[server]"'
    assert find_place(tmp_path, tmp_path, None).url.startswith("sqlite")


@pytest.mark.full
def test_the_doctor_tells_of_an_engine_of_another_version(
    postgres_template: World, postgres: Cluster, tmp_path: Path
) -> None:
    url = postgres.new_database(TEMPLATE)
    world = copied(postgres_template, tmp_path / "server", url)
    here = Place(world.folder, world.data, url)

    def told() -> list[str]:
        log = ProblemLog()
        checkup(here, datetime.now(UTC), log)
        return [one.path for one in log]

    assert "procrastinate" not in told()
    with world.database.write() as session:
        session.get_one(Setting, schema.RECORDED).value = "02.06.00_01_add_cancel_states"
    assert "procrastinate" in told()
    world.database.close()
