"""Style sheets and script of the pages, held in memory. There is no folder that a path could lead out of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from rvosbench_leaderboard.web.refusal import not_there
from rvosbench_leaderboard.web.security.allow import Allow, Granted

router = APIRouter(include_in_schema=False)
TYPES: Mapping[str, str] = MappingProxyType(
    {
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml; charset=utf-8",
    }
)
KEPT = "public, max-age=86400"  # addresses in pages carry the content's hash


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    type: str
    tag: str


def load() -> Mapping[str, Asset]:
    found = {}
    for file in files("rvosbench_leaderboard").joinpath("static").iterdir():
        ending = file.name.rpartition(".")[2]
        if ending in TYPES:
            body = file.read_bytes()
            found[file.name] = Asset(body, TYPES[ending], hashlib.sha256(body).hexdigest()[:16])
    return MappingProxyType(found)


@router.get("/static/{name}")
def asset(request: Request, name: str, granted: Annotated[Granted, Depends(Allow("site.read"))]) -> Response:
    one = request.app.state.assets.get(name)
    if one is None:
        raise not_there()
    headers = {"Cache-Control": KEPT, "ETag": f'"{one.tag}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(one.body, media_type=one.type, headers=headers)
