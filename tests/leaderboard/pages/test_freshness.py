"""A board that many look at is made once a second, and never shown older than that."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from furnished_site import Site
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
