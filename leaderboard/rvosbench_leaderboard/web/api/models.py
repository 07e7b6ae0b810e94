"""What the API takes and answers, about people, teams and tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from rvosbench_leaderboard.web.security.matrix import Scope

Short = Annotated[str, Field(max_length=300)]


class Taken(BaseModel):
    """A request body: an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*")
    @classmethod
    def _no_nul(cls, value: Any) -> Any:
        """No text of ours holds it, and PostgreSQL keeps none that does."""
        texts = value.values() if isinstance(value, dict) else [value]
        if any(isinstance(text, str) and "\x00" in text for text in texts):
            raise ValueError("printable characters")
        return value


class Answer(BaseModel):
    """A response body."""

    model_config = ConfigDict(from_attributes=True)


class ProblemAnswer(Answer):
    code: str
    path: str
    expected: str
    found: str
    fix: str
    severity: str
    count: int
    examples: list[str]


class Failure(Answer):
    problems: list[ProblemAnswer]
    request_id: str


FAILURES: dict[int | str, dict[str, Any]] = {"4XX": {"model": Failure}, "5XX": {"model": Failure}}


class AccountAnswer(Answer):
    id: str
    name: str
    email: str
    admin: bool
    organises: list[str]


class TokenAnswer(Answer):
    id: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class NewToken(TokenAnswer):
    """`token` is told this once."""

    token: str


class SignIn(Taken):
    email: Short
    password: Short
    name: Short = "rvosbench submit"
    scopes: list[Scope] = Field(default=[Scope.READ, Scope.SUBMIT], min_length=1, max_length=3)
    days: int = Field(default=90, ge=1, le=365)


class TokenRequest(Taken):
    name: Short
    scopes: list[Scope] = Field(min_length=1, max_length=3)
    days: int = Field(default=90, ge=1, le=365)


class MemberAnswer(Answer):
    user: str
    name: str
    role: Literal["owner", "member"]
    joined_at: datetime


class TeamAnswer(Answer):
    id: str
    name: str
    created_at: datetime
    members: list[MemberAnswer]


class TeamRequest(Taken):
    name: Short


class RoleRequest(Taken):
    role: Literal["owner", "member"]


class JoinRequest(Taken):
    secret: Short


class InvitationAnswer(Answer):
    """`secret` is told this once, and works once."""

    secret: str
    expires_in_days: int
