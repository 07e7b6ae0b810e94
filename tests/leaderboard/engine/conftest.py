"""A server without its web; on SQLite, and on PostgreSQL in `make test-full`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_cluster import Cluster, cluster
from server_world import TEMPLATE, World, copied, described, make_world


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> World:
    return described(make_world(tmp_path_factory.mktemp("template") / "server"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    with cluster() as found:
        yield found


@pytest.fixture(scope="session")
def postgres_template(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> World:
    url = postgres.new_database()
    assert url == postgres.url(TEMPLATE)
    world = described(make_world(tmp_path_factory.mktemp("template") / "server", url))
    world.database.close()
    return world


@pytest.fixture
def sqlite_world(sqlite_template: World, tmp_path: Path) -> World:
    return copied(sqlite_template, tmp_path / "server")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_world")
        return
    template: World = request.getfixturevalue("postgres_template")
    postgres: Cluster = request.getfixturevalue("postgres")
    made = copied(template, tmp_path / "server", postgres.new_database(TEMPLATE))
    yield made
    made.database.close()
