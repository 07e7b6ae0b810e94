"""Boards as data: who stands where, and what an export of it holds."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rvosbench_leaderboard.pages import board, export
from rvosbench_leaderboard.pages.board import Entry, build
from rvosbench_leaderboard.pages.formats import link

START = datetime(2026, 1, 1, tzinfo=UTC)


def entry(name: str, score: float | None, day: int = 0, **more: Any) -> Entry:
    metrics = {} if score is None else {"J&F": score}
    return Entry(name, name, f"team {name}", START + timedelta(days=day), metrics, **more)


def ranks(*entries: Entry) -> list[tuple[str, int | None]]:
    return [(row.entry.method, row.rank) for row in build(entries, ["J&F"]).rows]


def test_equal_printed_scores_share_a_rank_and_the_next_one_is_skipped() -> None:
    found = ranks(entry("a", 0.5), entry("b", 0.7), entry("c", 0.500049), entry("d", 0.4))
    assert found == [("b", 1), ("a", 2), ("c", 2), ("d", 4)]


def test_of_equal_scores_the_earlier_entry_stands_first() -> None:
    assert ranks(entry("late", 0.5, day=3), entry("early", 0.5, day=1)) == [("early", 1), ("late", 1)]


@pytest.mark.parametrize("score", [None, math.nan, math.inf])
def test_what_is_no_score_is_never_ranked_and_stands_last(score: float | None) -> None:
    assert ranks(entry("none", score), entry("low", 0.0)) == [("low", 1), ("none", None)]


def test_withdrawn_and_disqualified_entries_leave_a_line_and_no_rank() -> None:
    gone = entry("gone", 0.9, status="disqualified", reason="trained on it")
    made = build([gone, entry("a", 0.5), entry("back", 0.8, status="withdrawn")], ["J&F"])
    assert [(row.entry.method, row.rank) for row in made.rows] == [("a", 1)]
    assert [row.entry.method for row in made.gone] == ["back", "gone"]
    records = export.as_json(made, "t")["entries"]
    assert {one["method"]: one["scores"] for one in records} == {"a": {"J&F": 50.0}, "back": {}, "gone": {}}


def test_a_csv_holds_what_the_page_says_of_those_that_are_gone_and_of_the_anonymous() -> None:
    gone = entry("gone", 0.9, status="disqualified", reason="trained on it")
    secret = replace(entry("secret", 0.5, anonymous_until=START + timedelta(days=9)), team=None)
    rows = list(csv.DictReader(io.StringIO(export.as_csv(build([gone, secret], ["J&F"])), newline="")))
    assert [(row["method"], row["reason"], row["anonymous_until"]) for row in rows] == [
        ("secret", "", "2026-01-10"),
        ("gone", "trained on it", ""),
    ]
    told = export.as_json(build([gone, secret], ["J&F"]), "t")["entries"]
    assert [one["anonymous_until"] for one in told] == ["2026-01-10", None]


def test_the_text_of_an_export_is_the_export() -> None:
    secret = replace(entry("sécret", 0.5, anonymous_until=START + timedelta(days=9)), team=None)
    gone = entry('"gone"\u2028', 0.9, status="withdrawn", reason="</script>")
    made = build([gone, secret, entry("a", 0.25, interval=(0.2, 0.3), metadata={"fps": 3})], ["J&F"])
    for one in (made, build([], ["J&F"]), replace(made, facts=(("Data", "x"),), changed_at=START)):
        assert json.loads(export.as_json_text(one, "t")) == export.as_json(one, "t")


@given(st.from_regex(r"(https?|ftp|x)?:?/?/?[a-z.\[\]@:0-9-]*[/?#\s]?.*", fullmatch=True))
def test_a_link_is_what_has_a_host_behind_http(text: str) -> None:
    """However quickly that is seen."""
    try:
        parts = urlsplit(text.strip())
        web = parts.scheme in ("http", "https") and parts.netloc != ""
    except ValueError:
        web = False
    web = web and not set(text.strip()) & set(" \t\r\n")
    assert link(text) == (text.strip() if web else None)


def test_ranks_of_scores_in_any_order() -> None:
    assert board.competition_ranks([0.2, None, 0.9, 0.20001]) == [2, None, 1, 2]


def test_columns_are_only_those_that_somebody_filled() -> None:
    made = build([entry("a", 0.5, metadata={"fps": 3.5, "paper": "https://example.org"})], ["J&F", "J"])
    assert [column.title for column in made.columns] == ["J&F", "Date", "Paper", "FPS"]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//example.org", "data:text/html,x", "https:"])
def test_only_addresses_of_the_web_become_links(address: str) -> None:
    made = build([entry("a", 0.5, metadata={"paper": address})], ["J&F"])
    assert [cell.url for cell in made.rows[0].cells] == [None, None, None]
    assert export.as_json(made, "t")["entries"][0]["metadata"] == {}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_threat_22_no_cell_of_a_csv_is_a_formula(start: str) -> None:
    hostile = f'{start}HYPERLINK("https://example.org","x")'
    made = build([entry("a", 0.5, metadata={"training": hostile, "fps": 3.0})], ["J&F"])
    made_by = build([Entry("1", hostile, hostile, START, {"J&F": 0.5})], ["J&F"])
    for one in (made, made_by):
        for row in csv.reader(io.StringIO(export.as_csv(one), newline="")):
            assert [cell for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")] == []


def test_numbers_of_a_csv_stay_numbers() -> None:
    text = export.table([("a", "b"), (-1.5, None)])
    assert text == "a,b\r\n-1.5,\r\n"


def test_an_export_holds_no_more_digits_than_the_page() -> None:
    made = build([entry("a", 0.123456789, interval=(0.11119, 0.13331))], ["J&F"])
    record = export.as_json(made, "t")["entries"][0]
    assert record["scores"] == {"J&F": 12.35}
    assert record["interval"] == [11.12, 13.33]
    assert "12345" not in json.dumps(record)
