"""What organisers decide, and what is kept of it."""

from __future__ import annotations

import csv
import io
import re

import pytest
from furnished_site import NOW, Site, send
from rvosbench_leaderboard.database.tables import AuditEntry, Member, Phase, Scorer, Submission, Track
from rvosbench_leaderboard.definitions import EXAMPLE
from rvosbench_leaderboard.phases import rescore
from rvosbench_leaderboard.phases.states import note
from sqlalchemy import select

BOARD = "/b/mevis/valid/open"
ORGANISE = "/organise/mevis"
NONE = "\u2013"


def audited(site: Site) -> list[tuple[str, str]]:
    with site.database.read() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    return [(row.action, row.object.split("/")[0]) for row in rows]


def row(site: Site, name: str) -> Submission:
    with site.database.read() as session:
        return session.get_one(Submission, site.submissions[name])


def test_an_organiser_sees_every_submission_and_its_state(shown: Site) -> None:
    page = shown.client("olga").get(ORGANISE).text
    for name in shown.submissions:
        assert name in page
    assert "Broken" in shown.client("olga").get(f"{ORGANISE}?state=rejected").text
    assert "Slow Motion v2" not in shown.client("olga").get(f"{ORGANISE}?state=rejected").text


def test_an_organiser_of_nothing_organises_nothing(shown: Site) -> None:
    assert shown.client("ada").get(ORGANISE).status_code == 404
    assert "You organise no benchmark" in shown.client("ada").get("/organise").text


def test_approving_puts_an_entry_on_the_board(site: Site) -> None:
    with site.database.write() as session:
        session.get_one(Phase, site.phase).approval = True
    olga, path = site.client("olga"), f"/submissions/{site.submissions['Optical Follow']}"
    assert "Optical Follow</a>" not in site.client().get(BOARD).text
    assert send(olga, f"{path}/approve").headers["location"] == f"{ORGANISE}?done=approved"
    assert "Optical Follow</a>" in site.client().get(BOARD).text
    assert audited(site) == [("approve", "benchmark:mevis")]


def test_a_disqualified_entry_leaves_with_the_reason_and_can_come_back(site: Site) -> None:
    olga, path = site.client("olga"), f"/submissions/{site.submissions['Slow Motion v2']}"
    assert send(olga, f"{path}/disqualify", {"reason": ""}).status_code == 422
    send(olga, f"{path}/disqualify", {"reason": "saw the test videos"})
    board = site.client().get(BOARD).text
    assert "saw the test videos" in board
    assert ">Slow Motion v2</a>" not in board
    assert "saw the test videos" in site.client("ada").get(path).text
    send(olga, f"{path}/reinstate")
    assert ">Slow Motion v2</a>" in site.client().get(BOARD).text
    assert [action for action, _ in audited(site)] == ["disqualify", "reinstate"]


def test_an_own_submission_can_be_made_a_baseline(site: Site) -> None:
    path = f"/submissions/{site.submissions['Optical Follow']}"
    assert f'action="{path}/baseline"' not in site.client("olga").get(ORGANISE).text
    assert send(site.client("olga"), f"{path}/baseline", {"kind": "baseline"}).status_code == 409
    with site.database.write() as session:
        team, olga = site.teams["Team of Bo"], site.people["olga"]
        session.add(Member(team=team, user=olga, role="member", joined_at=NOW))
    assert f'action="{path}/baseline"' in site.client("olga").get(ORGANISE).text
    send(site.client("olga"), f"{path}/baseline", {"kind": "baseline"})
    assert re.search(
        r"Optical Follow</a>\s*<span class=\"badge busy\">baseline", site.client().get(BOARD).text
    )
    assert send(site.client("olga"), f"{path}/baseline", {"kind": "winner"}).status_code == 422


def test_what_failed_by_our_fault_is_tried_again(site: Site) -> None:
    send(site.client("olga"), f"/submissions/{site.submissions['Hapless']}/retry")
    assert row(site, "Hapless").state == "received"


def test_threat_32_the_same_file_of_two_teams_is_told_to_organisers_alone(site: Site) -> None:
    same = row(site, "Slow Motion v2").sha256
    with site.database.write() as session:
        session.get_one(Submission, site.submissions["Secretive"]).sha256 = same
    page = site.client("olga").get(ORGANISE).text
    warning = re.search(r"Equal predictions.*?</section>", page, re.S)
    assert warning is not None
    assert "the same file" in warning[0]
    assert "Motion Lab, number 2" in warning[0]
    assert "Team of Bo, number 5" in warning[0]
    assert "Equal predictions" not in site.client("ada").get("/submissions").text


def test_equal_scores_of_every_item_give_away_the_same_predictions(shown: Site) -> None:
    page = shown.client("olga").get(ORGANISE).text
    assert "the same score of every item" in page  # Slow Motion and Optical Follow


def test_an_export_holds_every_submission_and_no_formula(site: Site) -> None:
    with site.database.write() as session:
        site.add_submission(session, "=1+1", "Team of Bo", "bo", "scored", 0.2)
    text = site.client("olga").get(f"{ORGANISE}/submissions.csv").text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == len(site.submissions)
    assert rows[-1]["method"] == "'=1+1"
    assert rows[-1]["score"] == "20.0"
    records = site.client("olga").get(f"{ORGANISE}/submissions.json").json()["submissions"]
    assert [one["id"] for one in records] == [one["id"] for one in rows]


def test_an_announcement_is_read_by_everybody_until_it_is_taken_down(site: Site) -> None:
    olga, path = site.client("olga"), f"{ORGANISE}/announcements"
    send(olga, path, {"title": "Deadline moved", "text": "To Friday.\r\n\r\nSorry."})
    assert "<p>To Friday.</p><p>Sorry.</p>" in site.client().get("/b/mevis").text
    withdraw = re.search(rf'action="({path}/[^"]+/withdraw)"', olga.get(path).text)
    assert withdraw is not None
    send(olga, withdraw[1])
    assert "To Friday" not in site.client().get("/b/mevis").text
    assert "<p>To Friday.</p><p>Sorry.</p>" in olga.get(path).text


def test_a_definition_is_put_in_force_by_a_form_or_not_at_all(site: Site) -> None:
    root, new = site.client("root"), "/organise/new/benchmark"
    text = root.get(new).text.split("<textarea")[1].split(">\n", 1)[1].split("</textarea>")[0]
    text = text.replace("&#34;", '"').replace("&amp;", "&").replace('slug = "mevis"', 'slug = "second"')
    broken = send(root, new, {"text": text.replace("per_day = 5", "per_day = -5")})
    assert broken.status_code == 422
    assert "per_day" in broken.text
    assert root.get("/b/second").status_code == 404
    place = send(root, new, {"text": text}).headers["location"]
    assert place == "/organise/second/definition?done=defined"
    send(root, "/organise/second/definition", {"text": text.replace("per_day = 5", "per_day = 6")})
    page = root.get("/organise/second/definition").text
    assert "Version 2" in page
    assert "+per_day = 6" in page
    assert "6 a day" in site.client().get("/b/second").text


def test_of_two_who_edit_at_once_the_second_is_told_and_nothing_is_lost(site: Site) -> None:
    root, path = site.client("root"), "/organise/second/definition"
    text = EXAMPLE.replace('slug = "mevis"', 'slug = "second"')
    send(root, "/organise/new/benchmark", {"text": text})
    opened = re.search(r'name="version" value="(\d+)"', root.get(path).text)
    assert opened is not None
    seen = {"version": opened[1]}
    first = text.replace("per_day = 5", "per_day = 7")
    assert send(root, path, seen | {"text": first}).status_code == 303
    second = text.replace("per_day = 5", "per_day = 9")
    late = send(root, path, seen | {"text": second})
    assert late.status_code == 409
    assert "version 2, by Root" in late.text and "per_day = 9" in late.text and "+per_day = 7" in late.text
    assert "7 a day" in site.client().get("/b/second").text
    again = re.search(r'name="version" value="(\d+)"', late.text)
    assert again is not None
    assert send(root, path, {"text": second, "version": again[1]}).status_code == 303
    assert "9 a day" in site.client().get("/b/second").text


def test_an_organiser_may_not_define_another_benchmark(site: Site) -> None:
    assert site.client("olga").get("/organise/new/benchmark").status_code == 404
    text = 'slug = "other"\ntitle = "Other"\n'
    answer = send(site.client("olga"), f"{ORGANISE}/definition", {"text": text})
    assert answer.status_code == 422
    assert site.client().get("/b/other").status_code == 404


def test_new_scores_are_compared_and_the_board_goes_over_in_one_switch(site: Site) -> None:
    with site.database.write() as session:
        second = site.add_scorer(session, 2)
        for name, score in (("Slow Motion", 0.58), ("Slow Motion v2", 0.5505), ("Optical Follow", 0.5)):
            site.add_score(session, site.submissions[name], score, second, NOW)
    olga, path = site.client("olga"), f"{ORGANISE}/rescore/valid/{second}"
    assert re.search(
        r"Scorer 2<br><small class=\"soft\">scoring version 2<", olga.get(f"{ORGANISE}/rescore").text
    )
    page = olga.get(path).text
    assert "+5.69" in page
    assert "58.00" not in site.client().get(BOARD).text
    assert send(olga, f"{path}/switch").headers["location"] == f"{ORGANISE}/rescore?done=switched"
    board = site.client().get(BOARD).text
    assert re.search(r">1</td>.*?>Slow Motion</a>\s*<span class=\"badge\">re-scored", board, re.S)
    entry = site.client().get(f"/entries/{site.submissions['Slow Motion']}").text
    assert "52.31" in entry  # the old score is kept
    assert re.search(r"scoring version 2 <span[^>]*>on the board", entry)
    with site.database.read() as session:
        assert session.get_one(Track, site.track).current_scorer == second
    assert audited(site) == [("switch", "benchmark:mevis")]


def everything_told(site: Site, person: str | None) -> str:
    """All that says something of a published entry, except the pages of organisers."""
    client, key = site.client(person), site.submissions["Slow Motion"]
    paths = [BOARD, f"{BOARD}/board.csv", f"{BOARD}/board.json", f"/entries/{key}", "/b/mevis", "/"]
    if person is not None:
        other = site.submissions["Slow Motion v2"]
        paths += [f"/submissions/{key}", "/submissions", f"/compare?id={key}&id={other}"]
        paths += [f"/api/v1/submissions/{key}", "/api/v1/submissions"]
    return "".join(client.get(path).text for path in [*paths, "/api/v1/boards/mevis/valid/open"])


def without_tokens(text: str) -> str:
    return re.sub(r'name="csrf" value="[^"]*"', "", text)


def scored_again(site: Site) -> str:
    """By a scorer that no switch has put on the board."""
    with site.database.write() as session:
        second = site.add_scorer(session, 2)
        for name, score in (("Slow Motion", 0.58), ("Slow Motion v2", 0.5505)):
            site.add_score(session, site.submissions[name], score, second, NOW)
            row = session.get_one(Submission, site.submissions[name])
            note(session, row, actor="worker", now=NOW, detail=rescore.SCORED_BY_ANOTHER)
    return second


@pytest.mark.parametrize("person", [None, "ada"])
def test_nobody_else_learns_of_new_scores_before_the_switch(site: Site, person: str | None) -> None:
    before = without_tokens(everything_told(site, person))
    second = scored_again(site)
    assert without_tokens(everything_told(site, person)) == before
    send(site.client("olga"), f"{ORGANISE}/rescore/valid/{second}/switch")
    after = everything_told(site, person)
    assert "58.0" in after and "re-scored" in after and "Scored more than once" in after


def test_scores_of_a_scorer_that_was_passed_over_stay_with_organisers(site: Site) -> None:
    scored_again(site)
    with site.database.write() as session:
        third = site.add_scorer(session, 3)
        site.add_score(session, site.submissions["Slow Motion"], 0.61, third, NOW)
    send(site.client("olga"), f"{ORGANISE}/rescore/valid/{third}/switch")
    entry = site.client().get(f"/entries/{site.submissions['Slow Motion']}").text
    assert "61.00" in entry and "52.31" in entry
    assert "58.00" not in entry


def test_what_the_board_has_shown_stays_to_be_read_after_switching_back(site: Site) -> None:
    second = scored_again(site)
    for scorer in (second, site.scorer):
        send(site.client("olga"), f"{ORGANISE}/rescore/valid/{scorer}/switch")
    assert "58.00" in site.client().get(f"/entries/{site.submissions['Slow Motion']}").text


def test_ranks_of_the_comparison_are_those_of_the_board(site: Site) -> None:
    with site.database.write() as session:
        second = site.add_scorer(session, 2)
        for place, name in enumerate(("Slow Motion", "Not Shown", "Too Good", "Taken Back")):
            site.add_score(session, site.submissions[name], 0.6 + place / 10, second, NOW)
    page = site.client("olga").get(f"{ORGANISE}/rescore/valid/{second}").text
    ranks = dict(re.findall(r">([^<>]+)</a><br>.*?\n((?:<td class=\"number\">[^<]*</td>){2})", page))
    found = {name: tuple(re.findall(r">([^<]*)</td>", cells)) for name, cells in ranks.items()}
    assert found["Slow Motion v2"] == ("1", NONE)
    assert found["Slow Motion"] == ("2", "1")
    assert found["Optical Follow"] == ("2", NONE)
    assert {found[name] for name in ("Not Shown", "Too Good", "Taken Back")} == {(NONE, NONE)}
    assert "4 of the 4 scored by both differ as printed; 5 entries of the board change their rank" in page


def test_scorers_can_be_told_apart_without_a_word_of_the_ground_truth(site: Site) -> None:
    with site.database.write() as session:
        mended = site.add_scorer(session, 1, fingerprint="e" * 64)
        session.get_one(Scorer, mended).created_at = NOW  # after the first one
    page = site.client("olga").get(f"{ORGANISE}/rescore").text
    assert re.search(r"Scorer 2<br><small class=\"soft\">scoring version 1, new ground truth<", page)
    title = site.client("olga").get(f"{ORGANISE}/rescore/valid/{mended}").text
    assert "scorer 1 (scoring version 1) to scorer 2 (scoring version 1, new ground truth)" in title
    assert "e" * 8 not in page + title


def test_no_button_offers_a_scorer_that_no_worker_has(site: Site) -> None:
    with site.database.write() as session:
        second = site.add_scorer(session, 2)
    olga, button = site.client("olga"), f"{second}/start"
    assert button in olga.get(f"{ORGANISE}/rescore").text
    with site.database.write() as session:
        session.get_one(Scorer, site.scorer).found_at = NOW
    page = olga.get(f"{ORGANISE}/rescore").text
    assert button not in page
    assert "the workers have another ground truth or version now" in page
    assert send(olga, f"{ORGANISE}/rescore/valid/{second}/start").status_code == 409


def test_scoring_all_again_places_a_job_for_each_and_no_switch_before_it_is_done(site: Site) -> None:
    with site.database.write() as session:
        second = site.add_scorer(session, 2)
    olga, path = site.client("olga"), f"{ORGANISE}/rescore/valid/{second}"
    send(olga, f"{path}/start")
    page = olga.get(path).text
    assert "8 more are to be scored" in page
    assert "0 of the 0 scored by both differ" in page
    assert "change their rank" not in page
    assert "/switch" not in page
    assert send(olga, f"{path}/switch").status_code == 409


def test_the_audit_log_tells_who_did_what(site: Site) -> None:
    path = f"/submissions/{site.submissions['Optical Follow']}"
    send(site.client("olga"), f"{path}/disqualify", {"reason": "two accounts"})
    page = site.client("olga").get(f"{ORGANISE}/audit").text
    assert re.search(r"<td[^>]*>Olga</td><td[^>]*>disqualify</td>", page)
    assert "reason: two accounts" in page
    assert "benchmark:mevis / submission:Optical Follow, number 3 of Team of Bo<" in page
    with site.database.write() as session:
        second = site.add_scorer(session, 2)
    send(site.client("olga"), f"{ORGANISE}/rescore/valid/{second}/switch")
    page = site.client("olga").get(f"{ORGANISE}/audit").text
    assert "before: scorer 1, after: scorer 2" in page
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-7", page.split("<tbody>")[1].split("</tbody>")[0])


def test_states_are_told_in_words_in_the_filter_too(shown: Site) -> None:
    page = shown.client("olga").get(f"{ORGANISE}?state=failed_internal").text
    assert '<option value="failed_internal" selected>failed, our fault</option>' in page
