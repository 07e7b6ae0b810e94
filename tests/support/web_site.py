"""The web part of an evaluation server over a whole one, with people in every role, and clients for them."""

from __future__ import annotations

import base64
import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import fastapi.routing
from argon2 import PasswordHasher
from fastapi import FastAPI
from postgres_cluster import Cluster
from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.engine import open_database
from rvosbench_leaderboard.database.tables import Benchmark, Member, Organiser, Team, Track, User
from rvosbench_leaderboard.web.app import create_app
from rvosbench_leaderboard.web.config import Limits, WebSettings
from rvosbench_leaderboard.web.limits.bucket import Rate
from rvosbench_leaderboard.web.security import sessions
from rvosbench_leaderboard.web.tokens import tokens
from server_world import World, clock_of, described, make_world
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

PASSWORD = "correct horse battery"
ORIGIN = "http://bench.test"
PHASE = "mevis/valid/dev"
TUS = {"Tus-Resumable": "1.0.0"}
OFFSET_BODY = "application/offset+octet-stream"
ROLES = ("nobody", "stranger", "member", "owner", "organiser", "other-organiser", "admin")
"""`stranger` owns the team Blue; `owner` and `member` are in Red; `other-organiser` has another benchmark."""
GENEROUS = Limits(address=Rate(100_000, 100_000), account=Rate(100_000, 100_000))


@dataclass
class WebSite:
    world: World
    settings: WebSettings
    app: FastAPI
    people: dict[str, str] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)
    reports: list[str] = field(default_factory=list)
    cluster: Cluster | None = None
    _tokens: dict[tuple[str, tuple[str, ...], int], str] = field(default_factory=dict)

    def browser(self, person: str = "nobody") -> Browser:
        """With the session of somebody; follows no redirect."""
        client = Browser(self.app, base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=False)
        if person != "nobody":
            with self.world.database.write() as session:
                secret = sessions.begin(session, self.people[person], self.settings)
            client.cookies.set("rvosbench", secret)
            client.csrf = self.csrf_of(secret)
        return client

    def program_of_nobody(self) -> TestClient:
        return TestClient(self.app, base_url=ORIGIN, raise_server_exceptions=False)

    def program(self, person: str, *scopes: str, days: int = 30) -> TestClient:
        """With a token of somebody, that of a submitter unless said."""
        secret = self.token(person, *scopes, days=days)
        client = TestClient(self.app, base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=False)
        client.headers["Authorization"] = f"Bearer {secret}"
        return client

    def token(self, person: str, *scopes: str, days: int = 30) -> str:
        """The same one, if asked again."""
        key = (person, scopes, days)
        if key not in self._tokens:
            self._tokens[key] = self._new_token(person, scopes, days)
        return self._tokens[key]

    def _new_token(self, person: str, scopes: tuple[str, ...], days: int) -> str:
        with self.world.database.write() as session:
            return tokens.create(
                session, self.people[person], "test", scopes or ("read", "submit"), days, self.world.clock()
            )[1]

    def csrf_of(self, secret: str) -> str:
        from rvosbench_leaderboard.database.tables import Login
        from rvosbench_leaderboard.web.security.secrets import digest

        with self.world.database.read() as session:
            return session.get_one(Login, digest(secret)).csrf


class Browser(TestClient):
    """`csrf` is the token of its session, as a page would carry it."""

    csrf = ""

    @property
    def signed(self) -> dict[str, str]:
        """The headers of a script of our own pages."""
        return {"X-CSRF-Token": self.csrf, "Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}


def copy_of(site: WebSite, folder: Path, limits: Limits = GENEROUS) -> WebSite:
    """The same people, teams and submissions in a server of their own. Ground truth is shared: nobody
    writes."""
    _settle(site.world)
    shutil.copytree(site.world.folder, folder, ignore=shutil.ignore_patterns("data", "server.db-*"))
    url = f"sqlite:///{folder}/server.db"
    if site.cluster is not None:
        url = site.cluster.new_database(str(site.world.database.engine.url.database))
    database = open_database(url)
    clock = clock_of(database)
    clock.moment = site.world.clock()
    world = replace(site.world, folder=folder, database=database, clock=clock, log=[])
    return _served(world, limits, dict(site.people), dict(site.teams), site.cluster)


def _served(
    world: World,
    limits: Limits,
    people: dict[str, str],
    teams: dict[str, str],
    cluster: Cluster | None = None,
) -> WebSite:
    reports: list[str] = []
    settings = WebSettings(
        world.database, world.blobs, clock=world.clock, report=reports.append, limits=limits
    )
    return WebSite(world, settings, create_app(settings), people, teams, reports, cluster)


def web_site(
    folder: Path, limits: Limits = GENEROUS, cluster: Cluster | None = None, **phase: Any
) -> WebSite:
    """On SQLite, or in a database of a cluster of PostgreSQL."""
    url = None if cluster is None else cluster.new_database()
    world = described(make_world(folder, url, **phase))
    site = _served(world, limits, {}, {}, cluster)
    hashed = PasswordHasher(1, 8, 1).hash(PASSWORD)
    with world.database.write() as session:
        for name in ROLES[1:]:
            _add_person(site, session, name, hashed)
        session.get_one(User, site.people["admin"]).admin = True
        for name, owner in (("Red", "owner"), ("Blue", "stranger")):
            _add_team(site, session, name, owner)
        now = world.clock()
        session.add(Member(team=site.teams["Red"], user=site.people["member"], role="member", joined_at=now))
        benchmark = session.scalars(select(Track.benchmark).where(Track.id == world.track)).one()
        session.add(Organiser(benchmark=benchmark, user=site.people["organiser"]))
        other = new_id(now)
        session.add(Benchmark(id=other, slug="other", title="Other", created_at=now))
        session.flush()
        session.add(Organiser(benchmark=other, user=site.people["other-organiser"]))
    _settle(world)
    return site


def _settle(world: World) -> None:
    """So that the file of the database alone can be copied; PostgreSQL copies what nobody is connected to."""
    if world.database.is_sqlite:
        with world.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        world.database.close()


def routes_of(app: FastAPI) -> Iterator[Any]:
    """All of them, those of included routers too, which newer versions of FastAPI keep apart."""
    iterate = getattr(fastapi.routing, "iter_route_contexts", iter)
    yield from iterate(app.routes)


def _add_person(site: WebSite, session: Session, name: str, hashed: str) -> None:
    key = site.people[name] = new_id(site.world.clock())
    session.add(
        User(
            id=key,
            name=name.title(),
            email=f"{name}@example.org",
            password_hash=hashed,
            created_at=site.world.clock() - timedelta(days=1),
        )
    )
    session.flush()


def _add_team(site: WebSite, session: Session, name: str, owner: str) -> None:
    key = site.teams[name] = new_id(site.world.clock())
    now = site.world.clock()
    session.add(Team(id=key, name=name, name_key=name.lower(), created_at=now))
    session.flush()
    session.add(Member(team=key, user=site.people[owner], role="owner", joined_at=now))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def metadata(**values: str) -> str:
    """The header of tus: base64 values by name."""
    pairs = (f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())
    return ",".join(pairs)


def begin_upload(client: TestClient, size: int, **values: str) -> Any:
    """The answer to the creation of an upload."""
    about = {"phase": PHASE, "filename": "mine.zip"} | values
    return client.post(
        "/api/v1/uploads",
        headers={**TUS, "Upload-Length": str(size), "Upload-Metadata": metadata(**about)},
    )


def send_bytes(
    client: TestClient, place: str, content: bytes, offset: int = 0, headers: Mapping[str, str] | None = None
) -> Any:
    given = {**TUS, "Upload-Offset": str(offset), "Content-Type": OFFSET_BODY} | dict(headers or {})
    return client.patch(place, content=content, headers=given)


def submit(client: TestClient, content: bytes, **values: str) -> str:
    """A whole upload; the id of the submission."""
    begun = begin_upload(client, len(content), sha256=sha256(content), **values)
    assert begun.status_code == 201, begun.text
    sent = send_bytes(client, begun.headers["Location"], content)
    assert sent.status_code == 204, sent.text
    return str(sent.headers["Rvosbench-Submission"])
