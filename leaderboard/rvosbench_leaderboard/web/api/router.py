"""All routes of the JSON API, version 1."""

from __future__ import annotations

from fastapi import APIRouter

from rvosbench_leaderboard.web.api import accounts, teams, tokens
from rvosbench_leaderboard.web.uploads import tus

STREAMING = ("/api/v1/uploads",)

router = APIRouter(prefix="/api/v1")
router.include_router(accounts.router)
router.include_router(tokens.router)
router.include_router(teams.router)
router.include_router(tus.router)
