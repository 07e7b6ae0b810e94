"""What the routes of one application share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from fastapi import Request

from rvosbench_leaderboard.database.engine import Database
from rvosbench_leaderboard.web.config import WebSettings
from rvosbench_leaderboard.web.limits.bucket import Buckets
from rvosbench_leaderboard.web.limits.places import Places
from rvosbench_leaderboard.web.security.passwords import Passwords
from rvosbench_leaderboard.web.uploads.interrupters import Interrupters
from rvosbench_leaderboard.web.uploads.sums import Sums


@dataclass(frozen=True, slots=True)
class Services:
    settings: WebSettings
    per_address: Buckets
    per_account: Buckets
    failures: Buckets
    new_accounts: Buckets
    streams: Places
    uploading: Places
    interrupters: Interrupters = field(default_factory=Interrupters)
    sums: Sums = field(default_factory=Sums)
    passwords: Passwords = field(default_factory=Passwords)

    @classmethod
    def of(cls, settings: WebSettings) -> Services:
        limits = settings.limits
        return cls(
            settings,
            per_address=Buckets(limits.address),
            per_account=Buckets(limits.account),
            failures=Buckets(limits.failures),
            new_accounts=Buckets(limits.accounts),
            streams=Places(limits.streams),
            uploading=Places(limits.uploads_at_once),
        )

    @property
    def database(self) -> Database:
        return self.settings.database


def services_of(request: Request) -> Services:
    return cast(Services, request.app.state.services)
