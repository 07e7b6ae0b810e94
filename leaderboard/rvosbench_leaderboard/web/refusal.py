"""What a request is answered with when it is not done: a status, and problems from a closed list of codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench_leaderboard.web.limits.bucket import retry_after

CHECKSUM_MISMATCH = 460  # the status that the checksum extension of tus has for it

STATUS: Mapping[Code, int] = MappingProxyType(
    {
        Code.NOT_SIGNED_IN: 401,
        Code.NOT_ALLOWED: 403,
        Code.NOT_THERE: 404,
        Code.TOO_MANY_REQUESTS: 429,
        Code.BAD_REQUEST: 422,
        Code.UPLOAD_BROKEN: 409,
        Code.UPLOAD_TOO_LARGE: 413,
        Code.SERVER_FAILED: 503,
        Code.NOT_NOW: 409,
        Code.DATABASE_UNAVAILABLE: 503,
        Code.PHASE_CLOSED: 409,
        Code.QUOTA_SPENT: 409,
        Code.STORAGE_FULL: 507,
        Code.ILLEGAL_MOVE: 409,
    }
)
UNDECIDED = 409  # for codes of the engine: the request was understood, and cannot be done as things are


class Refusal(RvosbenchError):
    """Raised anywhere below a route; the status follows from the first code unless it is given."""

    def __init__(
        self, *problems: Problem, status: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(*problems)
        self.status = status or status_of(problems)
        self.headers = dict(headers or {})


def status_of(problems: Iterable[Problem]) -> int:
    return next((STATUS.get(problem.code, UNDECIDED) for problem in problems), UNDECIDED)


def not_signed_in(found: str = "neither") -> Refusal:
    problem = Problem(
        Code.NOT_SIGNED_IN,
        "sign-in",
        expected="a session, or a token in the header `Authorization: Bearer`",
        found=found,
        fix="sign in, or make a token on the account page",
    )
    return Refusal(problem, headers={"WWW-Authenticate": 'Bearer realm="rvosbench"'})


def not_allowed(what: str, expected: str, found: str, fix: str) -> Refusal:
    return Refusal(Problem(Code.NOT_ALLOWED, what, expected, found, fix))


def not_there(what: str = "address") -> Refusal:
    """The same for what does not exist and for what the actor may not see."""
    problem = Problem(
        Code.NOT_THERE,
        what,
        expected="something that exists and that this account may see",
        found="nothing",
        fix="check the address, and who is signed in",
    )
    return Refusal(problem)


def too_many(what: str, seconds: float) -> Refusal:
    after = retry_after(seconds)
    problem = Problem(
        Code.TOO_MANY_REQUESTS,
        what,
        expected="fewer requests",
        found="more than the server takes in this time",
        fix=f"wait {after} s",
    )
    return Refusal(problem, headers={"Retry-After": after})


def bad_request(field: str, expected: str, found: str, fix: str = "correct the field") -> Refusal:
    return Refusal(Problem(Code.BAD_REQUEST, field, expected, found, fix))


def not_now(what: str, expected: str, found: str, fix: str) -> Refusal:
    return Refusal(Problem(Code.NOT_NOW, what, expected, found, fix))


def server_failed(fix: str = "try again; if it happens again, tell the organisers the request id") -> Problem:
    return Problem(
        Code.SERVER_FAILED, "server", expected="an answer", found="a defect or a part that is down", fix=fix
    )


def unavailable(seconds: float = 2.0) -> Refusal:
    return Refusal(
        server_failed("try again in a moment; nothing was done and no submission was charged"),
        status=503,
        headers={"Retry-After": retry_after(seconds)},
    )
