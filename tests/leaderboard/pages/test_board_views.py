"""What a page shows of a board: sorted and searched without a script, a piece at a time."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from furnished_site import Site
from rvosbench_leaderboard.pages import public, view
from rvosbench_leaderboard.pages.board import Board, Entry, build
from rvosbench_leaderboard.pages.view import Asked, View, view_of

BOARD = "/b/mevis/valid/open"
START = datetime(2026, 1, 1, tzinfo=UTC)


def entry(name: str, score: float, day: int = 0, **metadata: Any) -> Entry:
    metrics = {"J&F": score, "J": round(1 - score, 4)}
    return Entry(name, name, f"team of {name}", START + timedelta(days=day), metrics, metadata=metadata)


@pytest.fixture(scope="module")
def long_board() -> Board:
    """Ranks 1 to 1,000: `m0` is the best; every third one tells its speed."""
    entries = [
        entry(
            f"m{place}", 0.9 - place / 2000, day=place % 7, **({"fps": place % 50} if place % 3 == 0 else {})
        )
        for place in range(1000)
    ]
    random.Random(3).shuffle(entries)
    return build(entries, ["J&F", "J"])


def names(shown: View) -> list[str]:
    return [row.entry.method for row in shown.board.rows]


def all_pages(board: Board, asked: Asked) -> list[str]:
    """By the links alone, from the first page to the last."""
    shown, found = view_of(board, asked), []
    while True:
        found += names(shown)
        links = dict(shown.beside)
        if "Next" not in links:
            return found
        query = dict(part.split("=") for part in links["Next"].lstrip("?").split("&"))
        shown = view_of(board, Asked.of(query))


def test_pages_in_a_row_are_the_whole_board(long_board: Board) -> None:
    assert all_pages(long_board, Asked()) == [f"m{place}" for place in range(1000)]
    first = view_of(long_board, Asked())
    assert (len(first.board.rows), first.told, first.whole) == (view.ROWS, "1 to 100 of 1,000", False)
    assert [row.rank for row in view_of(long_board, Asked(page=3)).board.rows][:2] == [201, 202]


def test_sorting_is_of_all_rows_not_of_those_of_a_page(long_board: Board) -> None:
    ranked = [f"m{place}" for place in range(1000)]
    speeds = {name: place % 50 for place, name in enumerate(ranked) if place % 3 == 0}
    without = [name for name in ranked if name not in speeds]
    assert all_pages(long_board, Asked(sort="J")) == ranked
    assert all_pages(long_board, Asked(sort="-J")) == ranked[::-1]
    assert all_pages(long_board, Asked(sort="-rank")) == ranked[::-1]
    assert all_pages(long_board, Asked(sort="method")) == sorted(ranked)
    assert all_pages(long_board, Asked(sort="fps")) == sorted(speeds, key=lambda name: speeds[name]) + without
    down = sorted(speeds, key=lambda name: -speeds[name])
    assert all_pages(long_board, Asked(sort="-fps")) == down + without


def test_what_is_looked_for_is_found_on_all_pages_and_keeps_its_rank(long_board: Board) -> None:
    shown = view_of(long_board, Asked(find="TEAM of m99", sort="-rank"))
    assert names(shown) == [f"m{place}" for place in (*range(999, 989, -1), 99)]
    assert [row.rank for row in shown.board.rows][-1] == 100
    assert (shown.told, shown.whole) == ("11 of 1,000", False)
    assert names(view_of(long_board, Asked(find="nobody"))) == []


@pytest.mark.parametrize(
    "query",
    [
        {"page": "0"},
        {"page": "-3"},
        {"page": "x"},
        {"page": "٣"},
        {"page": "9" * 5000},
        {"sort": "nothing"},
        {"sort": "--J"},
        {"sort": "-"},
    ],
)
def test_what_makes_no_sense_in_an_address_is_as_if_it_were_not_there(
    long_board: Board, query: dict[str, str]
) -> None:
    assert names(view_of(long_board, Asked.of(query))) == names(view_of(long_board, Asked()))


def test_a_page_behind_the_last_one_is_the_last_one(long_board: Board) -> None:
    shown = view_of(long_board, Asked.of({"page": "77"}))
    assert (names(shown)[-1], shown.asked.page) == ("m999", 10)
    assert [word for word, _ in shown.beside] == ["First", "Previous"]


def test_values_of_another_kind_than_the_column_stand_last(long_board: Board) -> None:
    odd = build([entry("a", 0.5, fps="fast"), entry("b", 0.4, fps=3), entry("c", 0.3, fps=9)], ["J&F"])
    assert names(view_of(odd, Asked(sort="-fps"))) == ["c", "b", "a"]


def test_headings_lead_to_large_figures_first_and_then_the_other_way_around(long_board: Board) -> None:
    plain, down, up = (view_of(long_board, Asked(sort=sort, find="m", page=2)) for sort in ("", "-J", "J"))
    assert [one.sort_url("J", numeric=True) for one in (plain, down, up)] == [
        "?sort=-J&find=m",
        "?sort=J&find=m",
        "?sort=-J&find=m",
    ]
    assert [one.order("J") for one in (plain, down, up)] == [None, "descending", "ascending"]
    assert (plain.order("rank"), plain.sort_url("rank", numeric=True)) == ("ascending", "?sort=-rank&find=m")
    assert down.sort_url("rank", numeric=True) == "?find=m"


def test_a_board_is_sorted_and_searched_by_links_and_a_form(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two rows on a page, as on a board a hundred times as long."""
    monkeypatch.setattr(public, "view_of", lambda board, asked: view_of(board, asked, size=2))
    client = site.client()

    def methods(url: str) -> list[str]:
        return re.findall(r'<a href="/entries/[^"]*">(.*?)</a>', client.get(url).text)

    page = client.get(BOARD).text
    assert methods(BOARD) == ["Slow Motion v2", "Slow Motion"]
    assert "data-sortable" not in page and "data-filter" not in page  # a script knows no other pages
    links = {
        word: url.replace("&amp;", "&") for url, word in re.findall(r'href="(\?[^"]*)"[^>]*>([^<]*)<', page)
    }
    assert methods(BOARD + links["Last"]) == ["First Frame"]
    assert methods(BOARD + links["J"]) == ["Slow Motion v2", "Slow Motion"]
    assert methods(BOARD + links["Method"]) == ["First Frame", "Optical Follow"]
    assert methods(f"{BOARD}?find=bo") == ["Optical Follow", "First Frame"]
    assert methods(f"{BOARD}?find=Team+of+Bo") == ["Optical Follow", "First Frame"]  # not who is anonymous


def test_what_is_looked_for_stays_text(site: Site) -> None:
    page = site.client().get(f"{BOARD}?find=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&sort=%22%3E%3Cb%3E").text
    assert "<script>alert" not in page and "<b>" not in page
