"""What the routes of the API have in common."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from rvosbench_leaderboard.web.api.models import FAILURES
from rvosbench_leaderboard.web.services import Services, services_of

Shared = Annotated[Services, Depends(services_of)]


def new_router(tag: str) -> APIRouter:
    return APIRouter(tags=[tag], responses=FAILURES)
