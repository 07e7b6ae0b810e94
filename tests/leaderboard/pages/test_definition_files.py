"""A definition can be a file and be changed on a page: the later change counts, also after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
from furnished_site import NOW, Site, send
from rvosbench_leaderboard.database.tables import Phase
from rvosbench_leaderboard.definitions import EXAMPLE, load_folder
from sqlalchemy import select

FIRST = EXAMPLE.replace('slug = "mevis"', 'slug = "second"')


def per_day(site: Site) -> int | None:
    with site.database.read() as session:
        return session.scalars(select(Phase.per_day).where(Phase.slug == "development")).one()


@pytest.fixture
def folder(site: Site, tmp_path: Path) -> Path:
    place = tmp_path / "benchmarks"
    place.mkdir()
    (place / "second.toml").write_text(FIRST, encoding="utf-8")
    load_folder(site.database, place, NOW, site.reports.append)
    return place


def test_a_restart_does_not_undo_what_was_changed_on_a_page(site: Site, folder: Path) -> None:
    text = {"text": FIRST.replace("per_day = 5", "per_day = 9")}
    send(site.client("root"), "/organise/second/definition", text)
    assert per_day(site) == 9
    load_folder(site.database, folder, NOW, site.reports.append)
    assert per_day(site) == 9


def test_a_file_that_is_edited_counts_again(site: Site, folder: Path) -> None:
    text = {"text": FIRST.replace("per_day = 5", "per_day = 9")}
    send(site.client("root"), "/organise/second/definition", text)
    (folder / "second.toml").write_text(FIRST.replace("per_day = 5", "per_day = 7"), encoding="utf-8")
    load_folder(site.database, folder, NOW, site.reports.append)
    assert per_day(site) == 7
