"""Accounts, sessions and tokens: who comes in, for how long, and who is kept out without locking others
out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from rvosbench_leaderboard.database.tables import Login, Setting, Token, User
from rvosbench_leaderboard.web.accounts import links, people, teams
from rvosbench_leaderboard.web.accounts.links import Purpose
from rvosbench_leaderboard.web.config import Limits
from rvosbench_leaderboard.web.limits.bucket import Rate
from rvosbench_leaderboard.web.refusal import Refusal
from rvosbench_leaderboard.web.security.secrets import digest, is_token, new_token
from rvosbench_leaderboard.web.services import Services
from sqlalchemy import select
from starlette.testclient import TestClient
from web_site import ORIGIN, PASSWORD, WebSite, copy_of

NEW = {"name": "Eve", "email": "Eve@Example.org ", "password": "a long enough one"}


@pytest.fixture
def services(site: WebSite) -> Services:
    found: Services = site.app.state.services
    return found


def sign_in(client: TestClient, email: str = "owner@example.org", password: str = PASSWORD) -> int:
    answer = client.post("/api/v1/sign-in", json={"email": email, "password": password})
    return answer.status_code


def codes(refused: pytest.ExceptionInfo[Refusal]) -> list[tuple[str, str]]:
    return [(str(one.code), one.path) for one in refused.value.problems]


def test_passwords_are_kept_as_argon2id_alone(site: WebSite, services: Services) -> None:
    people.register(services, "a", **NEW)
    with site.world.database.read() as session:
        user = session.scalars(select(User).where(User.email == "eve@example.org")).one()
    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert NEW["password"] not in user.password_hash


def test_everything_wrong_with_a_registration_is_said_at_once(services: Services) -> None:
    with pytest.raises(Refusal) as refused:
        people.register(services, "a", "\x00", "no address", "short")
    assert codes(refused) == [("RVB184", "name"), ("RVB184", "email"), ("RVB184", "password")]
    with pytest.raises(Refusal):
        people.register(services, "b", "Eve", "eve@example.org", "eve@example.org")  # guessed at once


def test_an_address_has_one_account_whatever_its_case(services: Services) -> None:
    people.register(services, "a", **NEW)
    with pytest.raises(Refusal) as refused:
        people.register(services, "a", "Eve", "EVE@example.ORG", "another long one")
    assert codes(refused) == [("RVB189", "email")]


def test_the_policy_decides_who_may_make_an_account(site: WebSite, services: Services) -> None:
    now = site.world.clock()
    with site.world.database.write() as session:
        session.add(Setting(name="registration", value="approval"))
    waiting = people.register(services, "a", **NEW)
    assert waiting.disabled_at is not None
    assert sign_in(site.program_of_nobody(), "eve@example.org", NEW["password"]) == 403
    with site.world.database.write() as session:
        session.get_one(Setting, "registration").value = "invitation"
        secret = links.make_link(session, Purpose.INVITE, None, now)
    with pytest.raises(Refusal) as refused:
        people.register(services, "a", "Fay", "fay@example.org", "a long enough one")
    assert codes(refused) == [("RVB181", "registration")]
    people.register(services, "a", "Fay", "fay@example.org", "a long enough one", secret)
    with pytest.raises(Refusal) as refused:  # a link works once
        people.register(services, "a", "Gil", "gil@example.org", "a long enough one", secret)
    assert codes(refused) == [("RVB182", "link")]


def test_a_link_makes_the_first_administrator_once(site: WebSite, services: Services) -> None:
    now = site.world.clock()
    with site.world.database.write() as session:
        secret = links.make_link(session, Purpose.ADMIN, None, now, timedelta(hours=1))
        late = links.make_link(session, Purpose.ADMIN, None, now, timedelta(hours=1))
    assert people.register_admin(services, secret, **NEW).admin
    site.world.clock.forward(hours=2)
    for used in (secret, late, "no secret"):
        with pytest.raises(Refusal) as refused:
            people.register_admin(services, used, "Fay", "fay@example.org", "a long enough one")
        assert codes(refused) == [("RVB182", "link")]


def test_a_link_for_one_purpose_serves_no_other(site: WebSite, services: Services) -> None:
    with site.world.database.write() as session:
        secret = teams.invite(session, site.teams["Red"], site.world.clock())
    with pytest.raises(Refusal):
        people.register_admin(services, secret, **NEW)
    with pytest.raises(Refusal):
        people.reset_password(services, secret, "a long enough one")


def test_a_new_password_ends_every_session(site: WebSite, services: Services) -> None:
    first = site.browser("owner")
    assert first.get("/api/v1/account").status_code == 200
    people.change_password(services, "a", site.people["owner"], PASSWORD, "quite another one")
    assert first.get("/api/v1/account").status_code == 401
    with site.world.database.write() as session:
        secret = links.make_link(session, Purpose.RESET, site.people["owner"], site.world.clock())
    second = site.browser("owner")
    people.reset_password(services, secret, "the third one of all")
    assert second.get("/api/v1/account").status_code == 401
    nobody = site.program_of_nobody()
    assert [sign_in(nobody, password=one) for one in ("quite another one", "the third one of all")] == [
        401,
        201,
    ]


def test_a_session_gets_a_new_secret_at_every_sign_in(site: WebSite) -> None:
    """So that nobody can prepare a session for somebody else to sign in to."""
    client = site.browser()
    client.cookies.set("rvosbench", "prepared by somebody")
    page = client.get("/login", headers={"accept": "text/html"})
    token = page.text.split('name="csrf" value="')[1].split('"')[0]
    form = {"email": "owner@example.org", "password": PASSWORD, "csrf": token}
    answer = client.post("/login", data=form, headers={"origin": ORIGIN})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert "prepared by somebody" not in cookie
    for flag in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert flag in cookie
    with site.world.database.read() as session:
        assert session.get(Login, digest("prepared by somebody")) is None
        assert all(len(one.id_hash) == 64 for one in session.scalars(select(Login)))


def test_behind_tls_cookies_are_secure_and_browsers_stay_there(site: WebSite) -> None:
    from dataclasses import replace

    from rvosbench_leaderboard.web.app import create_app

    app = create_app(replace(site.settings, origin="https://bench.test"))
    client = TestClient(app, base_url="https://bench.test", follow_redirects=False)
    page = client.get("/login", headers={"accept": "text/html"})
    assert "max-age=" in page.headers["strict-transport-security"]
    assert "__Host-rvosbench-form=" in page.headers["set-cookie"]
    assert "Secure" in page.headers["set-cookie"]


def test_a_session_ends_when_idle_and_at_last_in_any_case(site: WebSite) -> None:
    client = site.browser("owner")
    site.world.clock.forward(days=8)
    assert client.get("/api/v1/account").status_code == 401
    client = site.browser("owner")
    for _ in range(9):
        site.world.clock.forward(days=3)
        assert client.get("/api/v1/account").status_code == 200
    site.world.clock.forward(days=4)
    assert client.get("/api/v1/account").status_code == 401


def test_a_token_is_shown_once_and_ends_when_it_is_revoked_or_old(site: WebSite) -> None:
    browser = site.browser("owner")
    body = {"name": "cluster", "scopes": ["read"], "days": 2}
    made = browser.post("/api/v1/tokens", json=body, headers=browser.signed).json()
    program = TestClient(site.app, headers={"Authorization": f"Bearer {made['token']}"})
    assert program.get("/api/v1/account").status_code == 200
    assert made["token"] not in browser.get("/api/v1/tokens").text
    with site.world.database.read() as session:
        assert session.get_one(Token, made["id"]).hash == digest(made["token"])
    browser.delete(f"/api/v1/tokens/{made['id']}", headers=browser.signed)
    assert program.get("/api/v1/account").status_code == 401
    other = site.program("owner", "read", days=2)
    site.world.clock.forward(days=3)
    assert other.get("/api/v1/account").status_code == 401


def test_a_disabled_account_is_out_at_once(site: WebSite) -> None:
    browser, program = site.browser("owner"), site.program("owner")
    with site.world.database.write() as session:
        session.get_one(User, site.people["owner"]).disabled_at = site.world.clock()
    assert [one.get("/api/v1/account").status_code for one in (browser, program)] == [401, 401]
    assert sign_in(site.program_of_nobody()) == 403


def test_a_mistyped_token_is_told_by_its_checksum() -> None:
    token = new_token()
    assert is_token(token)
    changed = token[:10] + ("A" if token[10] != "A" else "B") + token[11:]
    assert not is_token(changed)
    assert not is_token("rvb_")
    assert not is_token("x" * 60)


def test_a_mistyped_token_has_an_answer_of_its_own(site: WebSite) -> None:
    right = site.token("owner")

    def told(token: str) -> str:
        headers = {"Authorization": f"Bearer {token}"}
        answer = site.program_of_nobody().get("/api/v1/account", headers=headers)
        assert answer.status_code == 401
        return str(answer.json()["problems"][0]["found"])

    with site.world.database.write() as session:
        row = session.scalars(select(Token).where(Token.hash == digest(right))).one()
        row.revoked_at = site.world.clock()
    assert "mistyped" in told(right[:-1])
    assert "mistyped" in told(right.swapcase())
    assert told(right) == told(new_token())
    assert "revoked" in told(right)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("bob bob bob bob", "at least 4 different characters, found 3 of them"),
        ("too short", "10 to 256 characters, found 9 of them"),
        ("eve@example.org", "another password than your name or address, found just that"),
    ],
)
def test_what_is_wrong_with_a_password_is_said(services: Services, password: str, said: str) -> None:
    with pytest.raises(Refusal, match=f"expected {said}"):
        people.register(services, "a", "Eve", "eve@example.org", password)


def test_threat_18_wrong_tokens_are_slowed_down_and_a_valid_client_is_not(site: WebSite) -> None:
    valid = site.program("owner")
    statuses = []
    for _ in range(60):
        guess = {"Authorization": f"Bearer {new_token()}"}
        wrong = site.program_of_nobody().get("/api/v1/account", headers=guess)
        statuses.append(wrong.status_code)
        assert valid.get("/api/v1/account").status_code == 200
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert int(wrong.headers["Retry-After"]) >= 1


def test_threat_18_unknown_people_and_wrong_passwords_get_the_same_answer(site: WebSite) -> None:
    told = [
        site.program_of_nobody().post("/api/v1/sign-in", json={"email": email, "password": "wrong wrong"})
        for email in ("owner@example.org", "nobody@example.org")
    ]
    assert [one.status_code for one in told] == [401, 401]
    assert told[0].json()["problems"] == told[1].json()["problems"]


def test_threat_18_an_unknown_person_costs_as_much_work_as_a_wrong_password(services: Services) -> None:
    """Counted in hashes, which are what takes the time."""

    class Counting:
        hashes = 0

        def hash(self, password: str) -> str:
            self.hashes += 1
            return "x"

        def verify(self, stored: str, password: str) -> bool:
            self.hashes += 1
            return False

    from rvosbench_leaderboard.web.security.passwords import Passwords

    counting = Counting()
    passwords = Passwords(hasher=counting)  # type: ignore[arg-type]
    assert not passwords.fits("guess", None)
    assert counting.hashes == 1
    assert not passwords.fits("guess", "stored")
    assert counting.hashes == 2


def test_threat_18_guessing_one_account_locks_nobody_else_out(site: WebSite) -> None:
    attacker = TestClient(site.app, client=("203.0.113.9", 1))
    statuses = [sign_in(attacker, password="guess after guess") for _ in range(15)]
    assert 429 in statuses
    elsewhere = TestClient(site.app, client=("198.51.100.7", 1))
    assert sign_in(elsewhere) == 201


def test_after_ten_failures_an_address_waits_for_each_further_one(services: Services) -> None:
    seconds = 0.0
    services.failures.now = lambda: seconds

    def tried(address: str, password: str) -> int:
        try:
            people.sign_in(services, address, "owner@example.org", password)
        except Refusal as refusal:
            return refusal.status
        return 200

    assert [tried("a", "guess after guess") for _ in range(11)] == [401] * 10 + [429]
    assert tried("b", PASSWORD) == 200
    seconds = 11.0
    assert tried("a", PASSWORD) == 429
    seconds = 12.5
    assert [tried("a", "guess after guess") for _ in range(3)] == [401, 429, 429]
    seconds = 25.0
    assert tried("a", PASSWORD) == 200


def test_an_account_that_asks_too_much_waits_and_others_do_not(model_site: WebSite, tmp_path: Path) -> None:
    limits = Limits(address=Rate(10_000, 10_000), account=Rate(5, 60))
    site = copy_of(model_site, tmp_path / "slow", limits)
    owner, stranger = site.program("owner"), site.program("stranger")
    statuses = [owner.get("/api/v1/account").status_code for _ in range(7)]
    assert statuses[:5] == [200] * 5
    assert statuses[-1] == 429
    assert stranger.get("/api/v1/account").status_code == 200


def test_teams_that_look_alike_are_refused(site: WebSite) -> None:
    with site.world.database.write() as session:
        now = site.world.clock()
        teams.create(session, "Café Motion", site.people["owner"], now)
        for same in ("cafe motion", "CAFÉ  MOTION", "Cafe\u0301 Motion", "\uff23\uff21\uff26\uff25 Motion"):
            with pytest.raises(Refusal) as refused:
                teams.create(session, same, site.people["stranger"], now)
            assert codes(refused) == [("RVB189", "name")]
        for bad in ("", "   ", "\u202eevil", "!!!", "x" * 81):
            with pytest.raises(Refusal):
                teams.create(session, bad, site.people["stranger"], now)


def test_a_link_makes_one_person_a_member(site: WebSite) -> None:
    owner, joiner = site.browser("owner"), site.browser("organiser")
    team = site.teams["Red"]
    secret = owner.post(f"/api/v1/teams/{team}/invitations", headers=owner.signed).json()["secret"]
    joined = joiner.post("/api/v1/team-memberships", json={"secret": secret}, headers=joiner.signed)
    assert joined.status_code == 201
    assert {one["name"]: one["role"] for one in joined.json()["members"]} == {
        "Owner": "owner",
        "Member": "member",
        "Organiser": "member",
    }
    other = site.browser("stranger")
    again = other.post("/api/v1/team-memberships", json={"secret": secret}, headers=other.signed)
    assert again.status_code == 404
