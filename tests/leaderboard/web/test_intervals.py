"""The interval of a score: that of `rvosbench eval`, wherever the score stands, with no finer digits."""

from __future__ import annotations

import csv
import io
import re

import pytest
from rvosbench_leaderboard import phases
from rvosbench_leaderboard.database.tables import Score, Track
from sqlalchemy import update
from web_site import PHASE, WebSite

from rvosbench.evaluate.run import Options, evaluate


@pytest.fixture(params=[True, False], ids=["hidden", "open"])
def published(scored_site: WebSite, scored: str, request: pytest.FixtureRequest) -> WebSite:
    world = scored_site.world
    world.act(phases.publish, scored, actor=scored_site.people["owner"])
    with world.database.write() as session:
        session.get_one(Track, world.track).hidden = request.param
    return scored_site


def test_a_board_shows_and_exports_the_interval_that_eval_gives(published: WebSite, scored: str) -> None:
    world, visitor = published.world, published.browser()
    blob = world.blobs.path(world.submission(scored).blob)
    result = evaluate(blob, world.split, Options(protocol="mevis")).results[0]
    interval = result.intervals["J&F"]
    low, high = (f"{100 * interval[end]:.2f}" for end in ("low", "high"))
    assert float(low) < 100 * result.metrics["J&F"] < float(high)
    visitor.headers["accept"] = "text/html"
    board = visitor.get(f"/b/{PHASE}")
    assert f'<span class="interval">{low} to {high}</span>' in board.text
    assert "95 %, resampled by video" in board.text
    entry = visitor.get(f"/entries/{scored}").text
    assert f"<td>{low} to {high}</td>" in entry
    (line,) = csv.DictReader(io.StringIO(visitor.get(f"/b/{PHASE}/board.csv").text, newline=""))
    assert (float(line["J&F low"]), float(line["J&F high"])) == (float(low), float(high))
    for address in (f"/b/{PHASE}/board.json", f"/api/v1/boards/{PHASE}"):
        (told,) = visitor.get(address).json()["entries"]
        assert told["interval"] == [float(low), float(high)]
    finer = re.escape(f"{100 * interval['low']:.6f}"[: len(low) + 2])
    assert not re.search(finer, board.text + entry)


def test_an_entry_without_an_interval_has_none_anywhere(published: WebSite, scored: str) -> None:
    with published.world.database.write() as session:
        session.execute(update(Score).values(intervals={}))
    visitor = published.browser()
    assert "interval" not in visitor.get(f"/b/{PHASE}").text.lower()
    (line,) = csv.DictReader(io.StringIO(visitor.get(f"/b/{PHASE}/board.csv").text, newline=""))
    assert (line["J&F low"], line["J&F high"]) == ("", "")
    assert visitor.get(f"/b/{PHASE}/board.json").json()["entries"][0]["interval"] is None
