"""Threat 16: no page, export or log names where the ground truth is, or anything made of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from rvosbench_leaderboard import phases
from rvosbench_leaderboard.database.tables import Score, Scorer
from rvosbench_leaderboard.pages.router import ROUTERS
from server_world import predictions_zip
from sqlalchemy import select
from web_site import WebSite, web_site

CANARY = "canary"


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> tuple[WebSite, str]:
    """Three submissions of Blue: scored and published, scored with other masks, rejected."""
    site = web_site(tmp_path_factory.mktemp(CANARY) / "server")
    world, team = site.world, site.teams["Blue"]
    keys = [world.submit(predictions_zip(world.split, seed), team) for seed in (1, 2)]
    world.submit(predictions_zip(world.split, change={"alley/0/00000.png": b"no png"}), team)
    world.work()
    world.act(phases.publish, keys[0], actor=site.people["stranger"])
    return site, keys[0]


def secrets_of(site: WebSite) -> set[str]:
    """Where the ground truth is, what identifies it, and scores with more digits than may be told."""
    with site.world.database.read() as session:
        found = {str(site.world.data), CANARY, site.world.split.manifest.fingerprint}
        found |= set(filter(None, session.scalars(select(Score.vector_hash))))
        for score in session.scalars(select(Score)):
            found |= {text for text in map(repr, score.metrics.values()) if len(text) > 8}
    return found


def everything_told(site: WebSite, key: str) -> Iterator[tuple[str, str]]:
    with site.world.database.read() as session:
        scorer = session.scalars(select(Scorer.id)).one()
    names = {"name": "base.css", "benchmark": "mevis", "track": "valid", "phase": "dev", "secret": "x"}
    names |= {"submission": key, "upload": key, "team": site.teams["Blue"], "scorer": scorer}
    routes = [one for router in ROUTERS for one in router.routes if isinstance(one, APIRoute)]
    pages = [one.path for one in routes if "GET" in (one.methods or ())]
    api = [f"/api/v1/{path}" for path in ("submissions", f"submissions/{key}", "boards/mevis/valid/dev")]
    for person in ("nobody", "stranger", "organiser", "admin"):
        client = site.browser(person)
        client.headers["accept"] = "text/html"
        for path in [*pages, *api]:
            yield f"{path} for {person}", client.get(path.format(**names)).text
    yield from (("log", line) for line in site.reports)


def test_threat_16_nothing_of_the_ground_truth_leaves_the_server(scored: tuple[WebSite, str]) -> None:
    site, key = scored
    secrets, told = secrets_of(site), list(everything_told(site, key))
    assert len(secrets) > 8
    assert any("<h2>Scores</h2>" in text for _, text in told), "there was something to see"
    assert [(where, one) for where, text in told for one in secrets if one in text] == []


def test_a_defect_is_told_without_a_path_and_without_a_trace(scored: tuple[WebSite, str]) -> None:
    site, key = scored
    client = site.browser("stranger")
    client.headers["accept"] = "text/html"
    filters = site.app.state.templates.filters
    kept, filters["percent"] = filters["percent"], None  # whatever breaks inside a page
    site.app.state.templates.cache.clear()
    try:
        answer = client.get(f"/submissions/{key}")
    finally:
        filters["percent"] = kept
        site.app.state.templates.cache.clear()
    assert answer.status_code == 500
    assert "Our fault" in answer.text
    for hint in ("Traceback", "/server", ".py", "NoneType"):
        assert hint not in answer.text
    assert any("Traceback" in line for line in site.reports), "the operator is told all of it"
