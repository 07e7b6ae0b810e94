"""All routes of the JSON API, version 1."""

from __future__ import annotations

from fastapi import APIRouter

from rvosbench_leaderboard.web.api import accounts, benchmarks, submissions, teams, tokens
from rvosbench_leaderboard.web.events import stream
from rvosbench_leaderboard.web.uploads import tus

router = APIRouter(prefix="/api/v1")
for one in (benchmarks, accounts, tokens, teams, tus, submissions, stream):
    router.include_router(one.router)
