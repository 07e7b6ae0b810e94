"""What everybody sees, and what nobody does."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

from furnished_site import NOW, Site, send
from rvosbench_leaderboard.database.tables import Phase, Submission, Track
from rvosbench_leaderboard.phases import rescore

BOARD = "/b/mevis/valid/open"


def test_the_way_from_the_first_page_to_a_board(shown: Site) -> None:
    client = shown.client()
    assert 'href="/b/mevis"' in client.get("/").text
    assert f'href="{BOARD}"' in client.get("/b/mevis").text
    assert client.get(BOARD).status_code == 200


def test_the_board_ranks_what_is_published_and_nothing_else(shown: Site) -> None:
    page = shown.client().get(BOARD).text
    rows = re.findall(
        r'<td class="number rank"[^>]*>(.*?)</td>.*?<a href="/entries/[^"]*">(.*?)</a>', page, re.S
    )
    names = ["Slow Motion v2", "Slow Motion", "Optical Follow", "Secretive", "First Frame"]
    assert rows == list(zip(["1", "2", "2", "4", "5"], names, strict=True))
    assert "Not Shown" not in page
    assert "Broken" not in page


def test_gone_entries_stay_as_lines_with_their_reasons(shown: Site) -> None:
    page = shown.client().get(BOARD).text
    assert "a mistake in training" in page
    assert "trained on the validation split" in page


def test_the_board_says_what_it_is_a_board_of(shown: Site) -> None:
    page = shown.client().get(BOARD).text
    for told in (
        "mevis-v1, split valid",
        "hidden",
        "3 a day (UTC), 100 in all",
        "5 on the board of 11 submitted",
    ):
        assert told in page


def test_a_switch_of_scorers_and_a_judgement_are_changes_of_the_board(site: Site) -> None:
    def last_change() -> str:
        page = site.client().get(BOARD).text
        found = re.search(r'Last change</dt><dd><time datetime="([^"]+)"', page)
        assert found is not None, "a time that the browser tells in the reader's own zone, too"
        return found[1]

    with site.database.write() as session:
        session.get_one(Submission, site.submissions["Too Good"]).disqualified_at = NOW + timedelta(hours=1)
    assert last_change() == "2026-05-04T13:30:00Z"
    with site.database.write() as session:
        rescore.switch(session, session.get_one(Track, site.track), site.scorer, now=NOW + timedelta(hours=2))
    assert last_change() == "2026-05-04T14:30:00Z"
    facts = site.client().get(f"{BOARD}/board.json").json()["facts"]
    assert facts["Last change"] == "2026-05-04 14:30 UTC"


def test_a_team_that_is_anonymous_is_named_nowhere(shown: Site) -> None:
    client = shown.client()
    entry = client.get(f"/entries/{shown.submissions['Secretive']}").text
    assert "Team of Bo" not in entry
    assert "anonymous" in entry
    records = client.get(f"{BOARD}/board.json").json()["entries"]
    assert {one["method"]: one["team"] for one in records}["Secretive"] is None


def test_it_is_named_once_the_day_has_come(site: Site) -> None:
    site.now = NOW + timedelta(days=101)
    assert "Team of Bo" in site.client().get(f"/entries/{site.submissions['Secretive']}").text


def test_only_published_entries_have_a_page(shown: Site) -> None:
    for name in ("Not Shown", "In Work", "Broken"):
        for person in (None, "ada", "root"):
            client = shown.client(person)
            assert client.get(f"/entries/{shown.submissions[name]}").status_code == 404


def test_an_entry_that_waits_for_approval_is_not_on_the_board(site: Site) -> None:
    with site.database.write() as session:
        session.get_one(Phase, site.phase).approval = True
        session.get_one(Submission, site.submissions["Slow Motion"]).approved_at = NOW
    page = site.client().get(BOARD).text
    assert "Slow Motion</a>" in page
    assert "First Frame" in page  # a baseline of the organisers needs none
    assert "Optical Follow" not in page
    assert site.client().get(f"/entries/{site.submissions['Optical Follow']}").status_code == 404


def test_a_phase_whose_scores_are_for_organisers_shows_no_board(site: Site) -> None:
    with site.database.write() as session:
        session.get_one(Phase, site.phase).visibility = "organisers"
    scored = f"/submissions/{site.submissions['Not Shown']}"
    for person, sees in ((None, False), ("ada", False), ("olga", True)):
        client = site.client(person)
        assert ("55.05" in client.get(BOARD).text) == sees
        assert client.get(f"{BOARD}/board.csv").status_code == (200 if sees else 404)
    assert "56.12" not in site.client("ada").get(scored).text
    assert "56.12" not in site.client("ada").get("/submissions").text
    assert "56.12" in site.client("olga").get(scored).text


def test_the_board_as_csv_is_the_board(shown: Site) -> None:
    text = shown.client().get(f"{BOARD}/board.csv").text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(row["rank"], row["J&F"]) for row in rows][:3] == [("1", "55.05"), ("2", "52.31"), ("2", "52.31")]
    assert [row["status"] for row in rows][-2:] == ["withdrawn", "disqualified"]


def test_a_board_that_has_not_changed_is_not_sent_again(site: Site) -> None:
    client = site.client()
    first = client.get(BOARD)
    again = client.get(BOARD, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    with site.database.write() as session:
        session.get_one(Track, site.track).title = "Another"
    assert client.get(BOARD, headers={"if-none-match": first.headers["etag"]}).status_code == 200


def test_pages_of_somebody_are_kept_by_no_shared_cache(shown: Site) -> None:
    assert "private" in shown.client("ada").get(BOARD).headers["cache-control"]
    assert shown.client("ada").get("/account").headers["cache-control"] == "no-store"


def test_a_page_that_is_not_there_says_so_as_a_page(shown: Site) -> None:
    answer = shown.client().get("/b/nothing")
    assert answer.status_code == 404
    assert "<h1>Not found</h1>" in answer.text


def test_who_is_not_signed_in_is_led_to_the_login_and_back(site: Site) -> None:
    client = site.client()
    led = client.get("/submissions")
    assert (led.status_code, led.headers["location"]) == (303, "/login?next=/submissions")
    form = {"email": "ada@bench.test", "password": "correct horse battery", "next": "/submissions"}
    assert send(client, "/login", form).headers["location"] == "/submissions"


def test_the_login_leads_to_no_other_site(site: Site) -> None:
    for place in ("//evil.test", "https://evil.test", "/\\evil.test", "/\tx"):
        form = {"email": "ada@bench.test", "password": "correct horse battery", "next": place}
        assert send(site.client(), "/login", form).headers["location"] == "/"


def test_no_page_has_script_or_style_of_its_own(shown: Site) -> None:
    client = shown.client("root")
    names = ("Slow Motion v2", "In Work", "Broken")
    paths = ["/", "/b/mevis", BOARD, "/account", "/teams", "/submissions", "/organise/mevis", "/admin/users"]
    for path in paths + [f"/submissions/{shown.submissions[name]}" for name in names]:
        page = client.get(path).text
        assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page) == [], path
        assert (
            re.findall(r'(?:src|href|action)="(?:https?:)?//', page.replace("https://example.org", "")) == []
        )
