"""A server with people, a benchmark and submissions in many states, written straight into its tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from fastapi import FastAPI
from rvosbench_leaderboard.blobs.folder import FolderBlobs
from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.engine import Database, open_database
from rvosbench_leaderboard.database.tables import (
    Benchmark,
    Event,
    Member,
    Organiser,
    Phase,
    Score,
    Scorer,
    Slot,
    Submission,
    Team,
    Track,
    Upload,
    User,
)
from rvosbench_leaderboard.database.upgrade import upgrade
from rvosbench_leaderboard.pages.fresh import Fresh
from rvosbench_leaderboard.web.accounts.teams import name_key
from rvosbench_leaderboard.web.app import create_app
from rvosbench_leaderboard.web.config import WebSettings
from rvosbench_leaderboard.web.security.sessions import begin
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
PASSWORD = "correct horse battery"
ORIGIN = "http://bench.test"


@dataclass
class Site:
    """`people`, `teams` and `submissions` by the names that tests use. `now` moves when a test moves it."""

    database: Database
    folder: Path
    now: datetime = NOW
    people: dict[str, str] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)
    submissions: dict[str, str] = field(default_factory=dict)
    reports: list[str] = field(default_factory=list)
    track: str = ""
    phase: str = ""
    scorer: str = ""
    _hash: str = field(default_factory=lambda: PasswordHasher(2, 19 * 1024, 1).hash(PASSWORD))
    _count: int = 0
    _app: FastAPI | None = None

    def app(self, **settings: Any) -> FastAPI:
        """The same one, if asked again without settings."""
        if settings:
            return self._new_app(**settings)
        if self._app is None:
            self._app = self._new_app()
            self._app.state.fresh = Fresh(0)  # a test looks again at once
        return self._app

    def _new_app(self, **settings: Any) -> FastAPI:
        return create_app(
            WebSettings(
                blobs=FolderBlobs(self.folder / "blobs"),
                database=self.database,
                clock=lambda: self.now,
                report=self.reports.append,
                **settings,
            )
        )

    def client(self, person: str | None = None) -> TestClient:
        """A browser without JavaScript, signed in as somebody."""
        client = TestClient(
            self.app(), base_url=ORIGIN, headers={"accept": "text/html"}, follow_redirects=False
        )
        if person is not None:
            app: FastAPI = self.app()
            with self.database.write() as session:
                client.cookies.set("rvosbench", begin(session, self.people[person], app.state.settings))
        return client

    def add_person(self, session: Session, name: str, **more: Any) -> str:
        key = self._key()
        session.add(
            User(
                id=key,
                name=name.title(),
                email=f"{name}@bench.test",
                password_hash=self._hash,
                created_at=NOW - timedelta(days=90),
                **more,
            )
        )
        session.flush()
        self.people[name] = key
        return key

    def add_team(self, session: Session, name: str, owner: str) -> str:
        key = self._key()
        session.add(Team(id=key, name=name, name_key=name_key(name), created_at=NOW - timedelta(days=80)))
        session.flush()
        session.add(
            Member(team=key, user=self.people[owner], role="owner", joined_at=NOW - timedelta(days=80))
        )
        self.teams[name] = key
        return key

    def add_submission(
        self,
        session: Session,
        name: str,
        team: str,
        user: str,
        state: str = "scored",
        score: float | None = None,
        details: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> str:
        """`score` is J&F; J and F lie one point below and above."""
        key, self._count = self._key(), self._count + 1
        at = NOW - timedelta(days=40) + timedelta(days=self._count)
        common = {"phase": self.phase, "team": self.teams[team], "user": self.people[user]}
        size, sha256 = 1_500_000_000 + self._count, f"{self._count:064x}"
        session.add(
            Upload(
                id=key,
                **common,
                name="preds.zip",
                size=size,
                sha256=sha256,
                blob=key,
                created_at=at,
                touched_at=at,
                expires_at=at + timedelta(days=1),
                state="received",
            )
        )
        session.flush()
        session.add(
            Slot(
                id=key,
                team=self.teams[team],
                phase=self.phase,
                number=self._count,
                upload=key,
                at=at,
                state="spent",
                state_at=at,
            )
        )
        row: dict[str, Any] = {
            "number": self._count,
            "name": "preds.zip",
            "state": state,
            "state_at": at,
            "created_at": at,
            "details": {"method": name} | dict(details or {}),
            "blob": key,
            "size": size,
            "sha256": sha256,
            "published_at": at if state in ("published", "withdrawn") else None,
        }
        session.add(Submission(id=key, upload=key, **common, **(row | more)))
        session.flush()
        session.add(Event(submission=key, at=at, before=None, after=state, actor=self.people[user]))
        if score is not None:
            self.add_score(session, key, score, self.scorer, at)
        self.submissions[name] = key
        return key

    def add_score(self, session: Session, submission: str, score: float, scorer: str, at: datetime) -> None:
        session.add(
            Score(
                id=self._key(),
                submission=submission,
                scorer=scorer,
                metrics={"J&F": score, "J": score - 0.01, "F": score + 0.01},
                intervals={"J&F": [score - 0.02, score + 0.02]},
                attributes={},
                vector_hash=f"{score}",
                seconds=240.0,
                created_at=at,
            )
        )

    def add_scorer(self, session: Session, version: int, fingerprint: str = "d" * 64) -> str:
        key = self._key()
        session.add(
            Scorer(
                id=key,
                track=self.track,
                scoring_version=version,
                config_hash="c" * 64,
                dataset_fingerprint=fingerprint,
                created_at=NOW - timedelta(days=50 - version),
                found_at=NOW - timedelta(days=50 - version),
            )
        )
        session.flush()
        return key

    def _key(self) -> str:
        return new_id(NOW)


def copied(site: Site, folder: Path) -> Site:
    """The same site once more, in a folder of its own: what a test changes there stays there."""
    folder.mkdir(parents=True)
    source, target = (sqlite3.connect(one / "server.db") for one in (site.folder, folder))
    with closing(source), closing(target):
        source.backup(target)
    database = open_database(f"sqlite:///{folder}/server.db")
    names: dict[str, Any] = {name: dict(getattr(site, name)) for name in ("people", "teams", "submissions")}
    return replace(site, database=database, folder=folder, reports=[], _app=None, **names)


def furnished(folder: Path, url: str | None = None) -> Site:
    """Ada and Bo have a team each, Cy is in Ada's; Olga organises, Root administers."""
    folder.mkdir(parents=True, exist_ok=True)
    database = open_database(url or f"sqlite:///{folder}/server.db")
    upgrade(database)
    site = Site(database, folder)
    with database.write() as session:
        for name in ("ada", "bo", "cy", "olga"):
            site.add_person(session, name)
        site.add_person(session, "root", admin=True)
        ada = site.add_team(session, "Motion Lab", "ada")
        site.add_team(session, "Team of Bo", "bo")
        session.add(Member(team=ada, user=site.people["cy"], role="member", joined_at=NOW))
        _benchmark(site, session)
        _submissions(site, session)
    return site


def _benchmark(site: Site, session: Session) -> None:
    key = site._key()
    session.add(
        Benchmark(
            id=key,
            slug="mevis",
            title="MeViS",
            description="Motion expressions in videos.\n\nThe ground truth stays with us.",
            homepage="https://example.org/mevis",
            created_at=NOW - timedelta(days=60),
        )
    )
    session.flush()
    session.add(Organiser(benchmark=key, user=site.people["olga"]))
    site.track = site._key()
    session.add(
        Track(
            id=site.track,
            benchmark=key,
            slug="valid",
            title="Validation",
            dataset="mevis-v1",
            split="valid",
            protocol="mevis",
            hidden=True,
            key_metric="J&F",
            metrics=["J&F", "J", "F"],
        )
    )
    session.flush()
    site.scorer = site.add_scorer(session, 1)
    session.get_one(Track, site.track).current_scorer = site.scorer
    session.get_one(Scorer, site.scorer).shown_at = NOW - timedelta(days=49)
    site.phase = site._key()
    for position, (phase, slug, title) in enumerate(
        ((site.phase, "open", "Always open"), (site._key(), "cvpr", "CVPR 2026"))
    ):
        session.add(
            Phase(
                id=phase,
                track=site.track,
                slug=slug,
                title=title,
                opens_at=NOW - timedelta(days=60),
                closes_at=NOW + timedelta(days=30) if position else None,
                per_day=3,
                total=100,
                bytes=4_000_000_000,
                position=position,
            )
        )
    session.flush()


def _submissions(site: Site, session: Session) -> None:
    told = {
        "paper": "https://example.org/paper",
        "code": "https://example.org/code",
        "parameters": 156.2,
        "fps": 21.5,
        "training": "RefCOCO, MeViS",
        "setting": "trained on this dataset",
    }
    add = site.add_submission
    add(session, "Slow Motion", "Motion Lab", "ada", "published", 0.5231, told)
    add(session, "Slow Motion v2", "Motion Lab", "ada", "published", 0.55049, told | {"parameters": 310.0})
    add(session, "Optical Follow", "Team of Bo", "bo", "published", 0.5231, {"fps": 4})
    add(session, "First Frame", "Team of Bo", "bo", "published", 0.2931, kind="baseline")
    add(
        session,
        "Secretive",
        "Team of Bo",
        "bo",
        "published",
        0.4102,
        anonymous_until=NOW + timedelta(days=100),
    )
    add(
        session,
        "Taken Back",
        "Motion Lab",
        "ada",
        "withdrawn",
        0.6,
        withdrawn_at=NOW,
        withdrawn_reason="a mistake in training",
    )
    add(
        session,
        "Too Good",
        "Team of Bo",
        "bo",
        "published",
        0.97,
        disqualified_at=NOW,
        disqualified_reason="trained on the validation split",
    )
    add(session, "Not Shown", "Motion Lab", "ada", "scored", 0.5612)
    add(session, "In Work", "Motion Lab", "ada", "scoring", stage="scoring", percent=42.0)
    add(
        session,
        "Broken",
        "Motion Lab",
        "ada",
        "rejected",
        code="RVB120",
        report={
            "problems": [
                {
                    "code": "RVB120",
                    "severity": "error",
                    "path": "0a1b2c/3",
                    "expected": "a mask for every frame",
                    "found": "60 of 64 frames",
                    "fix": "predict the missing frames too; an empty mask counts as one",
                    "count": 12,
                    "examples": ["0a1b2c/3: 60 of 64 frames", "0a1b2c/4: 60 of 64 frames"],
                },
                {
                    "code": "RVB111",
                    "severity": "warning",
                    "path": "__MACOSX",
                    "expected": "predictions alone",
                    "found": "files of macOS",
                    "fix": "leave them out",
                    "count": 1,
                    "examples": ["__MACOSX: files of macOS"],
                },
            ]
        },
    )
    add(session, "Hapless", "Motion Lab", "ada", "failed_internal")


def send(
    client: TestClient, path: str, form: Mapping[str, str] | None = None, page: str | None = None
) -> Any:
    """Sends a form as a browser does: with the token of the page that it is on."""
    shown = client.get(page or ("/login" if path == "/login" else "/account"))
    return client.post(
        path, data={"csrf": token_of(shown.text)} | dict(form or {}), headers={"origin": ORIGIN}
    )


def token_of(html: str) -> str:
    return html.split('name="csrf" value="')[1].split('"')[0]
