"""Who may do what: one row for each action. A route names its action, and has no other check of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody is to the object in question. `SELF` is the person it belongs to, `MEMBER` and `OWNER`
    are roles in the team it belongs to, `ORGANISER` is one of the benchmark it belongs to."""

    ANYONE = "anyone"
    USER = "user"
    SELF = "self"
    MEMBER = "member"
    OWNER = "owner"
    ORGANISER = "organiser"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a token may be used for. `ADMIN` is asked for on top of the role, and gives none."""

    READ = "read"
    SUBMIT = "submit"
    ADMIN = "admin"


class Subject(StrEnum):
    """The kind of object that the path names, in the parameter of the same name."""

    SUBMISSION = "submission"
    UPLOAD = "upload"
    TEAM = "team"
    TOKEN = "token"  # noqa: S105  (no password)
    BENCHMARK = "benchmark"
    PHASE = "phase"


@dataclass(frozen=True, slots=True)
class Rule:
    """One of the roles is enough. `scope` is what a token needs; None: no token may do it, only a person
    who is signed in."""

    roles: frozenset[Role]
    subject: Subject | None = None
    scope: Scope | None = None


def _rule(*roles: Role, of: Subject | None = None, scope: Scope | None = None) -> Rule:
    return Rule(frozenset(roles), of, scope)


_ANYONE, _USER, _SELF = Role.ANYONE, Role.USER, Role.SELF
_MEMBER, _OWNER, _ORGANISER, _ADMIN = Role.MEMBER, Role.OWNER, Role.ORGANISER, Role.ADMIN

MATRIX: Mapping[str, Rule] = MappingProxyType(
    {
        # What everybody sees.
        "site.read": _rule(_ANYONE, scope=Scope.READ),
        "benchmark.read": _rule(_ANYONE, of=Subject.BENCHMARK, scope=Scope.READ),
        "phase.read": _rule(_ANYONE, of=Subject.PHASE, scope=Scope.READ),
        "entry.read": _rule(_ANYONE, of=Subject.SUBMISSION, scope=Scope.READ),  # the page: published ones
        # An account, before and after there is one.
        "account.enter": _rule(_ANYONE),
        "account.token": _rule(_ANYONE),
        "account.read": _rule(_USER, scope=Scope.READ),
        "account.change": _rule(_USER),
        "token.change": _rule(_SELF, of=Subject.TOKEN),
        # Teams.
        "team.list": _rule(_USER, scope=Scope.READ),
        "team.create": _rule(_USER),
        "team.join": _rule(_USER),
        "team.read": _rule(_MEMBER, _ADMIN, of=Subject.TEAM, scope=Scope.READ),
        "team.leave": _rule(_MEMBER, _ADMIN, of=Subject.TEAM),
        "team.change": _rule(_OWNER, _ADMIN, of=Subject.TEAM),
        # Submitting. Whether somebody is in the team that the request names is decided with the quota.
        "upload.page": _rule(_USER, of=Subject.PHASE),
        "upload.create": _rule(_USER, scope=Scope.SUBMIT),
        "upload.continue": _rule(_MEMBER, of=Subject.UPLOAD, scope=Scope.SUBMIT),
        "submission.list": _rule(_USER, scope=Scope.READ),
        "submission.read": _rule(_MEMBER, _ORGANISER, _ADMIN, of=Subject.SUBMISSION, scope=Scope.READ),
        "submission.change": _rule(_MEMBER, of=Subject.SUBMISSION, scope=Scope.SUBMIT),
        # Organising, and looking after the site.
        "organise.list": _rule(_USER),
        "organise.read": _rule(_ORGANISER, _ADMIN, of=Subject.BENCHMARK, scope=Scope.ADMIN),
        "organise.change": _rule(_ORGANISER, _ADMIN, of=Subject.BENCHMARK),
        "submission.judge": _rule(_ORGANISER, _ADMIN, of=Subject.SUBMISSION),
        "site.administer": _rule(_ADMIN),
        "site.measure": _rule(_ADMIN, scope=Scope.ADMIN),
    }
)
