"""A board that many look at is made once a second, and never shown older than that."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from furnished_site import Site
from rvosbench_leaderboard.database.engine import Database
from rvosbench_leaderboard.database.tables import Track
from rvosbench_leaderboard.pages.fresh import MOST, Fresh

BOARD = "/b/mevis/valid/open"


class Moment:
    value = 0.0

    def __call__(self) -> float:
        return self.value


def test_it_is_made_again_once_its_time_is_over() -> None:
    now = Moment()
    fresh = Fresh(1.0, now)
    made = iter("abc")
    assert [fresh.get("board", lambda: next(made)) for _ in range(3)] == ["a", "a", "a"]
    now.value = 1.0
    assert fresh.get("board", lambda: next(made)) == "b"


def test_its_age_counts_from_before_it_was_made() -> None:
    now = Moment()
    fresh = Fresh(1.0, now)

    def slow() -> str:
        now.value += 5.0
        return "old"

    assert fresh.get("board", slow) == "old"
    assert fresh.get("board", lambda: "new") == "new"


def test_those_who_ask_together_wait_for_one() -> None:
    fresh, together = Fresh(60.0), Barrier(8)
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    def ask() -> int:
        together.wait(10)
        return fresh.get("board", make)

    with ThreadPoolExecutor(8) as pool:
        answers = [one.result() for one in [pool.submit(ask) for _ in range(8)]]
    assert (answers, made) == ([1] * 8, [1])


def test_memory_is_bounded() -> None:
    fresh = Fresh(60.0)
    for number in range(MOST * 3):
        fresh.get(number, lambda: b"x")
    assert len(fresh._kept) <= MOST
    assert len(fresh._making) <= MOST + 1


def test_visitors_see_a_board_of_the_last_second_and_people_their_own(site: Site) -> None:
    app = site.app()
    now = Moment()
    app.state.fresh = Fresh(1.0, now)
    visitor, ada = site.client(), site.client("ada")
    assert "Validation" in visitor.get(BOARD).text
    with site.database.write() as session:
        session.get_one(Track, site.track).title = "Renamed"
    assert "Renamed" not in visitor.get(BOARD).text
    assert "Renamed" in ada.get(BOARD).text
    now.value = 1.0
    assert "Renamed" in visitor.get(BOARD).text
    assert "Log out" not in visitor.get(BOARD).text


def test_in_the_second_half_of_its_time_one_makes_it_again_while_the_others_have_it() -> None:
    now = Moment()
    fresh = Fresh(1.0, now)
    assert fresh.look("board") is None
    fresh.get("board", lambda: "old")
    assert fresh.look("board") == "old"
    now.value = 0.5
    assert [fresh.look("board") for _ in range(3)] == [None, "old", "old"]
    assert fresh.get("board", lambda: "new") == "new"
    assert fresh.look("board") == "new"
    now.value = 1.5
    assert fresh.look("board") is None


def test_one_who_fails_to_make_it_keeps_nobody_from_it() -> None:
    now = Moment()
    fresh = Fresh(1.0, now)
    fresh.get("board", lambda: "old")
    now.value = 0.6

    def fail() -> str:
        raise RuntimeError

    assert fresh.look("board") is None
    with pytest.raises(RuntimeError):
        fresh.get("board", fail)
    assert fresh.look("board") is None  # the next one tries
    assert fresh.get("board", lambda: "new") == "new"


def test_visitors_are_answered_without_the_database_as_the_routes_answer_them(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in their headers, and in a few bytes when they know it already."""
    app = site.app()
    app.state.fresh = Fresh(60.0)
    visitor = site.client()
    routed = visitor.get(BOARD)
    monkeypatch.setattr(Database, "read", None)
    quick = visitor.get(BOARD)
    assert (quick.status_code, quick.text) == (200, routed.text)
    different = {"x-request-id"}
    assert {k: v for k, v in quick.headers.items() if k not in different} == {
        k: v for k, v in routed.headers.items() if k not in different
    }
    known = visitor.get(BOARD, headers={"If-None-Match": routed.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")


def test_whoever_shows_a_cookie_or_a_token_goes_through_the_routes(site: Site) -> None:
    app = site.app()
    app.state.fresh = Fresh(60.0)
    visitor = site.client()
    visitor.get(BOARD)
    assert "Log out" in site.client("ada").get(BOARD).text
    assert visitor.get(BOARD, headers={"Authorization": "Bearer nonsense"}).status_code == 303
    assert visitor.post(BOARD).status_code == 405
