"""What the routes of the API have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, TypeAdapter

from rvosbench_leaderboard.web.api.models import FAILURES
from rvosbench_leaderboard.web.services import Services, services_of

Shared = Annotated[Services, Depends(services_of)]
_ANY: TypeAdapter[BaseModel | Sequence[BaseModel]] = TypeAdapter(BaseModel | Sequence[BaseModel])


def new_router(tag: str) -> APIRouter:
    return APIRouter(tags=[tag], responses=FAILURES)


def with_tag(request: Request, answer: BaseModel | Sequence[BaseModel]) -> Response:
    """The answer with an ETag."""
    body = _ANY.dump_json(answer, serialize_as_any=True)
    return tagged(request, body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def tagged(request: Request, body: bytes, tag: str) -> Response:
    """304 for who has it already. What an account sees is for no shared cache."""
    private = "authorization" in request.headers or "cookie" in request.headers
    headers = {
        "ETag": tag,
        "Cache-Control": f"{'private' if private else 'public'}, no-cache",
        "Vary": "Authorization, Cookie",
    }
    given = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in given:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
