"""Every failure as one answer: problems, a request id, and never a path, a traceback or another's data."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.exceptions import HTTPException

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench_leaderboard.phases.refusals import storage_full
from rvosbench_leaderboard.web.config import ErrorPage
from rvosbench_leaderboard.web.refusal import (
    Refusal,
    not_there,
    server_failed,
    status_of,
    unavailable,
)

API = "/api/"
MOST_PROBLEMS = 50
_NO_JSON = "json_invalid"  # as pydantic says it
_DISK_FULL = "53100"  # as PostgreSQL says it


def install(app: FastAPI) -> None:
    app.add_exception_handler(RvosbenchError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(OperationalError, _database_down)
    app.add_exception_handler(DBAPIError, _database_down)


def answer(
    request: Request, status: int, problems: Sequence[Problem], headers: Mapping[str, str] | None = None
) -> Response:
    """JSON for programs; the page of the templates for people."""
    request_id: str = getattr(request.state, "request_id", "")
    page: ErrorPage | None = getattr(request.app.state, "error_page", None)
    if page is not None and wants_page(request):
        response = page(request, status, problems, request_id)
    else:
        response = JSONResponse(
            {"problems": [problem.as_json() for problem in problems], "request_id": request_id}, status
        )
    response.headers.update(headers or {})
    return response


def wants_page(request: Request) -> bool:
    return not request.url.path.startswith(API) and "text/html" in request.headers.get("accept", "")


def failed(request: Request) -> Response:
    """For a defect of ours: 500, whatever it was."""
    return answer(request, 500, [server_failed()])


def _known(request: Request, error: Exception) -> Response:
    known = cast(RvosbenchError, error)
    if isinstance(known, Refusal):
        return answer(request, known.status, known.problems, known.headers)
    if any(problem.code is Code.DATABASE_UNAVAILABLE for problem in known.problems):
        return _database_down(request, error)
    return answer(request, status_of(known.problems), known.problems)


def _invalid(request: Request, error: Exception) -> Response:
    """What pydantic found, by field. Values are not repeated: one of them may be a password."""
    found = cast(RequestValidationError, error).errors()[:MOST_PROBLEMS]
    problems = [
        Problem(
            Code.BAD_REQUEST,
            _place(one),
            expected=_expected(one),
            found=_found(one),
            fix="see the API description at /api/v1/openapi.json",
        )
        for one in found
    ]
    return answer(request, 422, problems)


def _place(one: Mapping[str, Any]) -> str:
    """Of a body that is no JSON, the place in it is the last part."""
    parts = [str(part) for part in one["loc"]]
    return f"{parts[0]}, character {parts[-1]}" if one["type"] == _NO_JSON else ".".join(parts)


def _expected(one: Mapping[str, Any]) -> str:
    known = {"missing": "this field", "extra_forbidden": "no field of this name", _NO_JSON: "JSON"}
    text = re.sub(r"^[A-Z][a-z]+ should (be|have) |^Value error, ", "", str(one["msg"]))
    return known.get(one["type"], f"{text[:1].lower()}{text[1:]}")


def _found(one: Mapping[str, Any]) -> str:
    """What kind of value, never the value."""
    known = {"missing": "none", "extra_forbidden": "one", _NO_JSON: "something that is no JSON"}
    value = one.get("input")
    if isinstance(value, str):
        return known.get(one["type"], f"a text of {len(value)} characters")
    kinds = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return known.get(one["type"], kinds.get(type(value), "nothing"))


def _of_framework(request: Request, error: Exception) -> Response:
    status = cast(HTTPException, error).status_code
    headers = cast(HTTPException, error).headers
    if status == 404:
        return answer(request, 404, not_there().problems)
    if status == 405:
        method = Problem(
            Code.BAD_REQUEST,
            "method",
            expected=f"one of {(headers or {}).get('Allow', 'another method')}",
            found=request.method if request.method.isalpha() else "something else",
            fix="use another method",
        )
        return answer(request, 405, [method], headers)
    malformed = Problem(
        Code.BAD_REQUEST, "request", expected="a well-formed request", found="another", fix="check its form"
    )
    return answer(request, status, [malformed], headers)


def _database_down(request: Request, error: Exception) -> Response:
    refusal = Refusal(*storage_full().problems) if _is_full(error) else unavailable()
    request.app.state.settings.report(f"request {request.state.request_id}: {type(error).__name__}: {error}")
    return answer(request, refusal.status, refusal.problems, refusal.headers)


def _is_full(error: Exception) -> bool:
    """Whether it was for want of room that the database could not write."""
    cause = getattr(error.__cause__ or error, "orig", None)
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
    return getattr(cause, "sqlstate", None) == _DISK_FULL
