"""The same pages, and a backup by pg_dump, with the rows in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from furnished_site import NOW, Site, furnished, send
from postgres_cluster import Cluster, cluster
from rvosbench_leaderboard.backup.archive import back_up, restore
from rvosbench_leaderboard.pages.router import ROUTERS
from rvosbench_leaderboard.processes.place import Place

from rvosbench.errors import Code, RvosbenchError

pytestmark = pytest.mark.full

BOARD = "/b/mevis/valid/open/board.json"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


@pytest.fixture
def kept(postgres: Cluster, tmp_path: Path) -> Iterator[tuple[Site, Place]]:
    url = postgres.new_database()
    site = furnished(tmp_path / "server", url)
    yield site, Place(site.folder, tmp_path / "data", url)
    site.database.close()


def ignore(amount: int) -> None:
    pass


def test_every_page_can_be_read(kept: tuple[Site, Place]) -> None:
    site, _ = kept
    root, shown = site.client("root"), site.submissions["Slow Motion"]
    names = {"name": "base.css", "benchmark": "mevis", "track": "valid", "phase": "open", "secret": "x"}
    names |= {"submission": shown, "upload": shown, "team": site.teams["Motion Lab"], "scorer": site.scorer}
    failed = []
    for route in (one for router in ROUTERS for one in router.routes if isinstance(one, APIRoute)):
        if "GET" in (route.methods or ()):
            answer = root.get(route.path.format(**names))
            if answer.status_code >= 500:
                failed.append(route.path)
    assert failed == []
    assert root.get(BOARD).json()["entries"][0]["method"] == "Slow Motion v2"


def test_what_organisers_decide_is_kept(kept: tuple[Site, Place]) -> None:
    site, _ = kept
    path = f"/submissions/{site.submissions['Slow Motion']}"
    send(site.client("olga"), f"{path}/disqualify", {"reason": "two accounts"})
    assert "two accounts" in site.client().get("/b/mevis/valid/open").text
    assert "disqualify" in site.client("olga").get("/organise/mevis/audit").text


def test_threat_34_a_restored_server_shows_the_same_boards(
    kept: tuple[Site, Place], postgres: Cluster, tmp_path: Path
) -> None:
    site, place = kept
    back_up(place, tmp_path / "b.tar", NOW, blobs=True, advance=ignore)
    again = Place(tmp_path / "other", tmp_path / "data", postgres.new_database())
    restore(tmp_path / "b.tar", again, advance=ignore)
    database = again.open()
    assert Site(database, again.folder).client().get(BOARD).text == site.client().get(BOARD).text
    database.close()
    assert not (again.folder / "server.dump").exists()


def test_nothing_is_restored_over_rows_that_are_there(kept: tuple[Site, Place], tmp_path: Path) -> None:
    _, place = kept
    back_up(place, tmp_path / "b.tar", NOW, blobs=True, advance=ignore)
    with pytest.raises(RvosbenchError) as caught:
        restore(tmp_path / "b.tar", Place(tmp_path / "other", tmp_path, place.database), advance=ignore)
    assert caught.value.problems[0].code is Code.NOT_EMPTY
    with pytest.raises(RvosbenchError) as caught:
        restore(tmp_path / "b.tar", Place(tmp_path / "other", tmp_path), advance=ignore)
    assert caught.value.problems[0].code is Code.BACKUP_DAMAGED
    assert not (tmp_path / "other").exists()
