"""What administrators do, and what programs learn that watch the server."""

from __future__ import annotations

import re
from datetime import timedelta

from furnished_site import NOW, Site, send
from prometheus_client.parser import text_string_to_metric_families
from rvosbench_leaderboard.database.tables import Submission, User, Worker
from rvosbench_leaderboard.web.tokens import tokens


def test_who_is_shut_out_is_out_at_once_and_can_come_back(site: Site) -> None:
    ada, root, path = site.client("ada"), site.client("root"), f"/admin/users/{site.people['ada']}"
    send(root, f"{path}/disable")
    assert ada.get("/account").status_code == 303
    form = {"email": "ada@bench.test", "password": "correct horse battery"}
    assert send(site.client(), "/login", form).status_code == 422
    send(root, f"{path}/enable")
    assert send(site.client(), "/login", form).status_code == 303


def test_no_administrator_can_lock_all_of_them_out(site: Site) -> None:
    root = site.client("root")
    for action in ("disable", "demote"):
        assert send(root, f"/admin/users/{site.people['root']}/{action}").status_code == 409
    send(root, f"/admin/users/{site.people['bo']}/promote")
    assert site.client("bo").get("/admin").status_code == 200


def test_a_forgotten_password_is_set_by_a_link(site: Site) -> None:
    page = send(site.client("root"), f"/admin/users/{site.people['ada']}/reset").text
    link = re.search(r'<code class="secret">http://bench.test(/link/reset/\S+)</code>', page)
    assert link is not None
    client = site.client()
    assert "For the account of Ada" in client.get(link[1]).text
    send(client, link[1], {"password": "four other quiet words"}, page=link[1])
    form = {"email": "ada@bench.test", "password": "four other quiet words"}
    assert send(site.client(), "/login", form).status_code == 303
    assert client.get(link[1]).status_code == 404


def test_by_invitation_only_an_invitation_makes_an_account(site: Site) -> None:
    root = site.client("root")
    send(root, "/admin/settings", {"title": "Our benchmarks", "registration": "invitation"})
    form = {"name": "Dora", "email": "dora@bench.test", "password": "four quiet words here"}
    assert "Our benchmarks" in site.client().get("/").text
    assert "by invitation" in site.client().get("/register").text
    page = send(root, "/admin/users/invite").text
    link = re.search(r'<code class="secret">http://bench.test(/link/invite/\S+)</code>', page)
    assert link is not None
    assert send(site.client(), link[1], form, page=link[1]).headers["location"] == "/teams?done=registered"


def test_with_approval_a_new_account_waits(site: Site) -> None:
    root = site.client("root")
    send(root, "/admin/settings", {"title": "x", "registration": "approval"})
    form = {"name": "Dora", "email": "dora@bench.test", "password": "four quiet words here"}
    client = site.client()
    assert send(client, "/register", form, page="/register").headers["location"] == "/login?done=pending"
    assert client.get("/account").status_code == 303
    with site.database.read() as session:
        assert session.query(User).filter_by(email="dora@bench.test").one().disabled_at == NOW


def test_the_status_page_warns_when_nobody_works(site: Site) -> None:
    root = site.client("root")
    assert "No worker is running" in root.get("/admin").text
    with site.database.write() as session:
        session.add(
            Worker(
                id="w",
                host="box",
                started_at=NOW,
                seen_at=NOW,
                version="1",
                isolation={"means": "bwrap", "kinds": ["score"]},
            )
        )
    page = root.get("/admin").text
    assert "No worker is running" not in page
    assert "<td>score</td>" in page
    assert "bwrap" in page
    assert site.submissions["In Work"] in page  # it has been scoring for weeks


def test_metrics_are_for_administrators_and_their_tokens(site: Site) -> None:
    assert site.client().get("/metrics", headers={"accept": "*/*"}).status_code == 401
    assert site.client("ada").get("/metrics").status_code == 404
    with site.database.write() as session:
        _, secret = tokens.create(session, site.people["root"], "watch", ["admin"], 30, NOW)
        _, reader = tokens.create(session, site.people["root"], "read", ["read"], 30, NOW)
    answer = site.client().get("/metrics", headers={"authorization": f"Bearer {secret}"})
    families = {one.name: one for one in text_string_to_metric_families(answer.text)}
    states = {one.labels["state"]: one.value for one in families["rvosbench_submissions"].samples}
    assert states["published"] == 6
    assert families["rvosbench_stuck_submissions"].samples[0].value == 1
    assert site.client().get("/metrics", headers={"authorization": f"Bearer {reader}"}).status_code == 403


def test_health_needs_no_database_and_readiness_does(site: Site) -> None:
    client = site.client()
    assert client.get("/healthz").text == "alive\n"
    assert client.get("/readyz").json() == {"ready": True, "database": "ok", "disk": "ok"}
    site.database.close()
    (site.folder / "server.db").rename(site.folder / "gone.db")
    (site.folder / "server.db").mkdir()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "does not answer")


def test_an_announcement_of_the_site_stands_on_the_first_page(site: Site) -> None:
    send(site.client("root"), "/admin/announcements", {"title": "Pause", "text": "On Monday."})
    assert "On Monday." in site.client().get("/").text
    assert "On Monday." not in site.client().get("/b/mevis").text


def test_a_submission_that_moves_again_is_no_longer_told_as_stuck(site: Site) -> None:
    with site.database.write() as session:
        session.get_one(Submission, site.submissions["In Work"]).state_at = NOW - timedelta(minutes=5)
    assert site.submissions["In Work"] not in site.client("root").get("/admin").text
