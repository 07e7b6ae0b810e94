"""A board is kept for as long as it is the same: whatever it depends on shows in the next answer, on the
page, in the files and in the API alike. On SQLite, and on PostgreSQL in `make test-full`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from furnished_site import NOW, Site, furnished
from postgres_cluster import Cluster, cluster
from rvosbench_leaderboard.database.engine import open_database
from rvosbench_leaderboard.database.tables import (
    Benchmark,
    Phase,
    Score,
    Scorer,
    Submission,
    Team,
    Track,
)
from rvosbench_leaderboard.pages import kept
from rvosbench_leaderboard.pages.basis import Basis, EntryMaker, basis_of, board_of
from rvosbench_leaderboard.pages.board import Board
from rvosbench_leaderboard.pages.kept import KeptBoards
from rvosbench_leaderboard.phases import rescore
from rvosbench_leaderboard.web.security.subjects import phase_query
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

BOARD = "/b/mevis/valid/open"
FORMS = (
    BOARD,
    f"{BOARD}?sort=-F",
    f"{BOARD}/board.csv",
    f"{BOARD}/board.json",
    "/api/v1/boards/mevis/valid/open",
)
Change = Callable[[Site, Session], Any]


def submission(site: Site, session: Session, name: str) -> Submission:
    return session.get_one(Submission, site.submissions[name])


def score(site: Site, session: Session, name: str) -> Score:
    return session.scalars(select(Score).where(Score.submission == site.submissions[name])).one()


def set_to(name: str, **values: Any) -> Change:
    def change(site: Site, session: Session) -> None:
        for key, value in values.items():
            setattr(submission(site, session, name), key, value)

    return change


def set_on(table: type, key: str, **values: Any) -> Change:
    def change(site: Site, session: Session) -> None:
        for name, value in values.items():
            setattr(session.get_one(table, getattr(site, key)), name, value)

    return change


def rename_team(site: Site, session: Session) -> None:
    session.get_one(Team, site.teams["Motion Lab"]).name = "Motion Laboratory"


def retitle_benchmark(site: Site, session: Session) -> None:
    session.scalars(select(Benchmark)).one().title = "MeViS again"


def other_score(site: Site, session: Session) -> None:
    score(site, session, "Slow Motion").metrics = {"J&F": 0.6101, "J": 0.6, "F": 0.62}


def other_interval(site: Site, session: Session) -> None:
    score(site, session, "Slow Motion").intervals = {"J&F": [0.1111, 0.9111]}


def one_more(site: Site, session: Session) -> None:
    site.add_submission(session, "Latest", "Team of Bo", "bo", "published", 0.7)


def one_more_that_is_not_published(site: Site, session: Session) -> None:
    site.add_submission(session, "Hidden", "Team of Bo", "bo", "scored", 0.7)


def rescored_by_one_that_was_shown(site: Site, session: Session) -> None:
    """The badge: the score on the board stays as it is."""
    older = site.add_scorer(session, 0, "e" * 64)
    session.get_one(Scorer, older).shown_at = NOW - timedelta(days=90)
    site.add_score(session, site.submissions["Slow Motion"], 0.1, older, NOW - timedelta(days=90))


def switch_of_scorers(site: Site, session: Session) -> None:
    other = site.add_scorer(session, 2, "e" * 64)
    for name in ("Slow Motion", "Slow Motion v2"):
        site.add_score(session, site.submissions[name], 0.3, other, NOW)
    rescore.switch(session, session.get_one(Track, site.track), other, now=NOW)


IN_EVERY_FORM: dict[str, Change] = {
    "withdrawn": set_to("Slow Motion", state="withdrawn", withdrawn_at=NOW, withdrawn_reason="an error"),
    "disqualified": set_to("Slow Motion", disqualified_at=NOW, disqualified_reason="no"),
    "reinstated": set_to("Too Good", disqualified_at=None),
    "other reason": set_to("Taken Back", withdrawn_reason="another reason"),
    "anonymous": set_to("Slow Motion", anonymous_until=NOW + timedelta(days=3)),
    "named": set_to("Secretive", anonymous_until=None),
    "anonymous for longer": set_to("Secretive", anonymous_until=NOW + timedelta(days=200)),
    "baseline": set_to("Slow Motion", kind="baseline"),
    "published earlier": set_to("Slow Motion", published_at=NOW - timedelta(days=99)),
    "no longer published": set_to("Slow Motion", published_at=None, state="scored"),
    "renamed": set_to("Slow Motion", details={"method": "Slower Motion"}),
    "details": set_to("Slow Motion", details={"method": "Slow Motion", "fps": 99.5}),
    "approval": set_on(Phase, "phase", approval=True),
    "other metrics": set_on(Track, "track", metrics=["J&F", "F"]),
    "other key": set_on(Track, "track", key_metric="J"),
    "team renamed": rename_team,
    "other score": other_score,
    "other interval": other_interval,
    "one more": one_more,
    "re-scored": rescored_by_one_that_was_shown,
    "scorer switched": switch_of_scorers,
}
BUT_FOR_CSV: dict[str, Change] = {
    "one more submitted": one_more_that_is_not_published,
    "scorer's version": set_on(Scorer, "scorer", scoring_version=7),
    "scorer shown": set_on(Scorer, "scorer", shown_at=NOW + timedelta(hours=5)),
    "state changed": set_to("Slow Motion", state_at=NOW + timedelta(hours=5)),
    "approved": set_to("Slow Motion", approved_at=NOW + timedelta(hours=5)),
    "quota": set_on(Phase, "phase", per_day=17),
    "phase renamed": set_on(Phase, "phase", title="For ever open"),
    "track renamed": set_on(Track, "track", title="Validating"),
    "benchmark renamed": retitle_benchmark,
    "ground truth": set_on(Track, "track", hidden=False),
    "data": set_on(Track, "track", split="valid_u"),
    "protocol": set_on(Track, "track", protocol="mevis-v2"),
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Cluster]:
    with cluster() as found:
        yield found


@pytest.fixture(scope="module")
def in_postgresql(engine: Cluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, str]:
    url = engine.new_database()
    site = furnished(tmp_path_factory.mktemp("template"), url)
    site.database.close()
    return site, url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def board(request: pytest.FixtureRequest) -> Iterator[Site]:
    if request.param == "sqlite":
        yield request.getfixturevalue("site")
        return
    template, name = request.getfixturevalue("in_postgresql")
    database = open_database(request.getfixturevalue("engine").new_database(name))
    yield replace(template, database=database, reports=[], _app=None)
    database.close()


def answers(client: TestClient, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """In every form; with `known`, as somebody asks who has seen those."""
    return {
        form: client.get(form, headers={"if-none-match": known[form].headers["etag"]} if known else {})
        for form in FORMS
    }


@pytest.mark.parametrize("what", [*IN_EVERY_FORM, *BUT_FOR_CSV])
def test_whatever_a_board_depends_on_shows_in_the_next_answer(board: Site, what: str) -> None:
    client = board.client()
    before = answers(client)
    assert {one.status_code for one in answers(client, known=before).values()} == {304}
    with board.database.write() as session:
        (IN_EVERY_FORM | BUT_FOR_CSV)[what](board, session)
    after = answers(client, known=before)
    same = {form for form, one in after.items() if one.status_code == 304}
    assert same == ({f"{BOARD}/board.csv"} if what in BUT_FOR_CSV else set())
    board.app().state.boards = KeptBoards()
    made_anew = answers(client)
    assert all(one.text == made_anew[form].text for form, one in after.items() if form not in same)


def test_a_team_is_named_when_its_day_has_come_though_no_row_has_changed(board: Site) -> None:
    client = board.client()

    def teams() -> list[str]:
        return [
            one["team"] for one in client.get(FORMS[-1]).json()["entries"] if one["method"] == "Secretive"
        ]

    with board.database.write() as session:
        submission(board, session, "Secretive").anonymous_until = NOW + timedelta(days=1)
    board.now = NOW + timedelta(days=1, seconds=-1)
    assert teams() == [None]
    assert "anonymous until 2026-05-05" in client.get(BOARD).text
    board.now = NOW + timedelta(days=1)
    assert teams() == ["Team of Bo"]
    assert "anonymous until" not in client.get(BOARD).text
    board.now = NOW
    assert teams() == [None]


def test_a_board_that_has_not_changed_is_made_once(board: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Basis] = []

    def counted(basis: Basis, make: EntryMaker) -> Board:
        made.append(basis)
        return board_of(basis, make)

    monkeypatch.setattr(kept, "board_of", counted)
    for person in (None, "ada", "olga"):
        answers(board.client(person))
    assert len(made) == 1


def test_what_organisers_saw_is_shown_to_nobody_else(board: Site) -> None:
    with board.database.write() as session:
        session.get_one(Phase, board.phase).visibility = "organisers"
    assert "52.31" in board.client("olga").get(BOARD).text
    for person in (None, "ada"):
        client = board.client(person)
        assert "52.31" not in client.get(BOARD).text
        assert [client.get(form).status_code for form in FORMS[2:]] == [404] * 3


def test_boards_are_kept_up_to_a_number_of_entries(shown: Site) -> None:
    with shown.database.read() as session:
        phase, track, benchmark = session.execute(phase_query("mevis", "valid", "open")).one()
        basis = basis_of(session, benchmark, track, phase, NOW)
    boards = KeptBoards(most=2 * len(basis.rows))
    first, second, third = (replace(basis, phase=name) for name in "abc")
    one, two = boards.get(first), boards.get(second)
    assert boards.get(first) is one
    boards.get(third)
    assert boards.get(first) is one
    assert boards.get(second) is not two
    alone = KeptBoards(most=1)
    assert alone.get(first) is alone.get(first)
