"""What one does with one's own account, teams and submissions, by forms alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from furnished_site import NOW, PASSWORD, Site, send
from rvosbench_leaderboard.database.tables import Event, Login, Submission, Token
from rvosbench_leaderboard.web.accounts.links import Purpose, make_link
from sqlalchemy import select

SUBMIT = "/b/mevis/valid/open/submit"


def state_of(site: Site, name: str) -> Submission:
    with site.database.read() as session:
        return session.get_one(Submission, site.submissions[name])


def test_somebody_new_registers_makes_a_team_and_finds_the_form(site: Site) -> None:
    client = site.client()
    form = {"name": "Dora", "email": "dora@bench.test", "password": "four quiet words here"}
    assert send(client, "/register", form, page="/register").headers["location"] == "/teams?done=registered"
    team = send(client, "/teams", {"name": "Dora alone"}).headers["location"]
    assert "Dora alone" in client.get(team).text
    page = client.get(SUBMIT).text
    assert "Dora alone" in page
    assert "Left on one day" in page


def test_what_is_wrong_with_a_registration_stands_at_its_fields(site: Site) -> None:
    client = site.client()
    form = {"name": "Dora", "email": "no address", "password": "short"}
    answer = send(client, "/register", form, page="/register")
    assert answer.status_code == 422
    assert re.findall(r'<span class="wrong" id="(\w+)-wrong">', answer.text) == ["email", "password"]
    assert 'value="no address"' in answer.text
    assert "short" not in answer.text


def test_nobody_learns_from_the_login_who_has_an_account(site: Site) -> None:
    client = site.client()
    told = []
    for email in ("ada@bench.test", "nobody@bench.test"):
        answer = send(client, "/login", {"email": email, "password": "wrong wrong wrong"})
        assert answer.status_code == 422
        told.append(re.sub(r'value="[^"]*"', "", answer.text))
    assert told[0] == told[1]


def test_a_new_password_ends_every_other_session(site: Site) -> None:
    other, client = site.client("ada"), site.client("ada")
    form = {"old": PASSWORD, "password": "another four words"}
    assert send(client, "/account/password", form).headers["location"] == "/account?done=password"
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 303


def test_logging_out_ends_the_session_on_the_server(site: Site) -> None:
    client = site.client("ada")
    send(client, "/logout")
    assert client.get("/account").status_code == 303
    with site.database.read() as session:
        assert session.scalars(select(Login).where(Login.user == site.people["ada"])).all() == []


def test_a_token_is_shown_once_and_can_be_revoked(site: Site) -> None:
    client = site.client("ada")
    form = {"name": "cluster", "scope_read": "read", "scope_submit": "submit", "days": "30"}
    page = send(client, "/account/tokens", form).text
    secret = re.search(r'<code class="secret">(rvb_\S+)</code>', page)
    assert secret is not None
    assert "makes a token of its own" in page
    account = client.get("/account").text
    assert secret[1] not in account
    assert "admin: read what you see as an organiser or administrator; changes nothing" in account
    bearer = {"authorization": f"Bearer {secret[1]}"}
    assert site.client().get("/api/v1/account", headers=bearer).json()["name"] == "Ada"
    with site.database.read() as session:
        token = session.scalars(select(Token)).one()
    send(client, f"/account/tokens/{token.id}/revoke")
    assert site.client().get("/api/v1/account", headers=bearer).status_code == 401


def test_the_link_of_a_team_lets_one_person_in(site: Site) -> None:
    team = f"/teams/{site.teams['Motion Lab']}"
    page = send(site.client("ada"), f"{team}/invite", page=team).text
    link = re.search(r'<code class="secret">http://bench.test(/link/join/\S+)</code>', page)
    assert link is not None
    bo = site.client("bo")
    assert bo.get(team).status_code == 404
    assert "Join Motion Lab" in bo.get(link[1]).text
    assert send(bo, link[1], page=link[1]).headers["location"] == f"{team}?done=joined"
    assert bo.get(team).status_code == 200
    assert site.client("olga").get(link[1]).status_code == 404


def test_the_link_of_the_first_administrator_works_once(site: Site) -> None:
    with site.database.write() as session:
        path = f"/link/admin/{make_link(session, Purpose.ADMIN, None, NOW)}"
    client = site.client()
    form = {"name": "Eva", "email": "eva@bench.test", "password": "four quiet words here"}
    assert send(client, path, form, page=path).status_code == 303
    assert client.get("/admin").status_code == 200
    assert site.client().get(path).status_code == 404
    log = client.get("/admin/audit").text
    assert re.search(r">Eva</td><td[^>]*>administrator by link</td><td[^>]*>user:Eva<", log)


def test_publishing_takes_a_post_with_the_token_of_the_page(site: Site) -> None:
    path = f"/submissions/{site.submissions['Not Shown']}"
    client = site.client("ada")
    assert client.get(f"{path}/publish").status_code == 405
    assert client.post(f"{path}/publish", data={"csrf": "guessed"}).status_code == 403
    assert state_of(site, "Not Shown").state == "scored"
    assert send(client, f"{path}/publish").headers["location"] == f"{path}?done=published"
    board = site.client().get("/b/mevis/valid/open").text
    assert re.search(r'data-value="1">1</td>\s*<th scope="row" class="method">\s*<a[^>]*>Not Shown', board)


def test_a_withdrawn_entry_leaves_the_board_with_its_reason(site: Site) -> None:
    path = f"/submissions/{site.submissions['Slow Motion v2']}"
    client = site.client("cy")  # any member of the team may
    assert send(client, f"{path}/withdraw", {"reason": " "}).status_code == 422
    send(client, f"{path}/withdraw", {"reason": "wrong checkpoint"})
    board = site.client().get("/b/mevis/valid/open").text
    assert "wrong checkpoint" in board
    assert ">Slow Motion v2</a>" not in board


def test_what_is_said_of_a_method_stands_on_the_board(site: Site) -> None:
    path = f"/submissions/{site.submissions['Slow Motion']}"
    client = site.client("ada")
    form = {"method": "Slower", "parameters": "12.5", "code": "https://example.org/c", "setting": "zero-shot"}
    assert send(client, f"{path}/details", form).status_code == 303
    board = site.client().get("/b/mevis/valid/open").text
    for told in ("Slower", "12.5", "https://example.org/c", "zero-shot"):
        assert told in board


def test_a_wrong_description_changes_nothing_and_is_shown_again(site: Site) -> None:
    path = f"/submissions/{site.submissions['Slow Motion']}"
    form = {"method": "X", "paper": "javascript:alert(1)", "fps": "fast", "anonymous_until": "2090-01-01"}
    answer = send(site.client("ada"), f"{path}/details", form)
    assert answer.status_code == 422
    wrong = re.findall(r'<span class="wrong" id="(\w+)-wrong">', answer.text)
    assert wrong == ["paper", "fps", "anonymous_until"]
    assert state_of(site, "Slow Motion").details["method"] == "Slow Motion"


def test_a_day_of_anonymity_is_kept_when_publishing(site: Site) -> None:
    path = f"/submissions/{site.submissions['Not Shown']}"
    client = site.client("ada")
    send(client, f"{path}/details", {"method": "Not Shown", "anonymous_until": "2026-09-01"})
    send(client, f"{path}/publish")
    assert state_of(site, "Not Shown").anonymous_until == datetime(2026, 9, 1, tzinfo=UTC)


def test_the_report_of_a_rejected_submission_is_whole(shown: Site) -> None:
    page = shown.client("ada").get(f"/submissions/{shown.submissions['Broken']}").text
    for told in ("RVB120", "a mask for every frame", "60 of 64 frames", "12 places", "predict the missing"):
        assert told in page
    assert "does not count against your quota" in page


def test_a_submission_in_work_says_how_far_it_is(shown: Site) -> None:
    page = shown.client("ada").get(f"/submissions/{shown.submissions['In Work']}").text
    assert 'aria-current="step"><span>scoring' in page
    assert 'value="42.0"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert "<noscript><p>This page loads itself again every 5 seconds" in page


def test_without_scripts_no_page_promises_what_takes_one(shown: Site) -> None:
    page = shown.client("ada").get(SUBMIT).text
    assert re.search(r"<p[^>]* hidden>If the connection breaks, choose the same file again", page)
    assert re.search(r"<noscript><p[^>]*>Without scripts the file is sent in one piece", page)
    assert "[data-resumes]" in shown.client().get("/static/upload.js").text


def test_what_happened_can_be_told_apart(site: Site) -> None:
    key, olga = site.submissions["Not Shown"], site.client("olga")
    send(site.client("ada"), f"/submissions/{key}/publish")
    for action, form in (("approve", {}), ("disqualify", {"reason": "two accounts"}), ("reinstate", {})):
        send(olga, f"/submissions/{key}/{action}", form)
    send(site.client("ada"), f"/submissions/{key}/withdraw", {"reason": "a mistake"})
    page = site.client("ada").get(f"/submissions/{key}").text
    told = re.findall(r"<li>([^<]+) <small>", page.split("What happened")[1])
    assert told == [
        *("scored", "published", "approved", "disqualified: two accounts", "reinstated"),
        "withdrawn: a mistake",
    ]


def test_own_submissions_are_compared_figure_by_figure(shown: Site) -> None:
    ids = [shown.submissions[name] for name in ("Slow Motion", "Slow Motion v2")]
    page = shown.client("ada").get("/compare", params={"id": ids}).text
    assert "+2.74" in page
    foreign = [shown.submissions["Slow Motion"], shown.submissions["Optical Follow"]]
    assert "at least two" in shown.client("ada").get("/compare", params={"id": foreign}).text


@pytest.mark.parametrize("person", ["bo", "olga-of-another"])
def test_submissions_of_others_are_not_there(site: Site, person: str) -> None:
    if person not in site.people:
        with site.database.write() as session:
            site.add_person(session, person)
    path = f"/submissions/{site.submissions['Not Shown']}"
    assert site.client(person).get(path).status_code == 404
    assert "Not Shown" not in site.client(person).get("/submissions").text


def test_every_change_leaves_an_event(site: Site) -> None:
    key = site.submissions["Not Shown"]
    send(site.client("ada"), f"/submissions/{key}/publish")
    with site.database.read() as session:
        last = session.scalars(select(Event).where(Event.submission == key).order_by(Event.id)).all()[-1]
    assert (last.before, last.after, last.actor) == ("scored", "published", site.people["ada"])


def test_saving_a_description_keeps_the_team_anonymous(site: Site) -> None:
    path = f"/submissions/{site.submissions['Secretive']}"
    client = site.client("bo")
    day = re.search(r'id="anonymous_until"[^>]*value="([\d-]+)"', client.get(path).text)
    assert day is not None
    send(client, f"{path}/details", {"method": "Secretive", "anonymous_until": day[1]})
    assert "Team of Bo" not in site.client().get(f"/entries/{site.submissions['Secretive']}").text
