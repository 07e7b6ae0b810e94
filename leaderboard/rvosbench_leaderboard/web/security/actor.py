"""Who is asking: nobody, a person with a session, or a program with a token."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from fastapi import Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import Login, Token, User
from rvosbench_leaderboard.web.config import WebSettings
from rvosbench_leaderboard.web.refusal import not_signed_in, too_many
from rvosbench_leaderboard.web.security.matrix import Scope
from rvosbench_leaderboard.web.security.secrets import digest, is_token
from rvosbench_leaderboard.web.services import Services, services_of


@dataclass(frozen=True, slots=True)
class Actor:
    """`user` is None for nobody. `login` is the hash of the session, `token` the id of the token in use."""

    user: str | None = None
    name: str = ""
    admin: bool = False
    login: str | None = None
    csrf: str | None = None
    token: str | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def signed_in(self) -> bool:
        return self.user is not None

    def may_use(self, scope: Scope | None) -> bool:
        """Sessions may do all that the person may; a token only what its scopes allow."""
        return self.token is None or (scope is not None and scope in self.scopes)


NOBODY = Actor()


def current_actor(request: Request) -> Actor:
    """A dependency. A token that is wrong is refused, never taken for nobody; a session that has ended is."""
    known: Actor | None = getattr(request.state, "actor", None)
    if known is not None:
        return known
    services = services_of(request)
    header = request.headers.get("authorization")
    if header is not None:
        actor = _by_token(request, services, header)
    elif secret := request.cookies.get(session_cookie(services.settings)):
        actor = _by_session(services, secret)
    else:
        actor = NOBODY
    if actor.user is not None and (seconds := services.per_account.take(actor.user)):
        raise too_many("requests of this account", seconds)
    request.state.actor = actor
    return actor


def session_cookie(settings: WebSettings) -> str:
    """Behind TLS with the prefix that keeps other hosts of the domain from setting it."""
    return "__Host-rvosbench" if settings.secure else "rvosbench"


def _by_token(request: Request, services: Services, header: str) -> Actor:
    kind, _, token = header.partition(" ")
    well_formed = kind.lower() == "bearer" and is_token(token.strip())
    if well_formed:
        with services.database.read() as session:
            found = _token_row(session, digest(token.strip()), services.settings.clock())
        if found is not None:
            row, user = found
            _touch_token(services, row)
            return replace(_of(user), token=row.id, scopes=frozenset(row.scopes))
    # Only who fails pays, so that nobody is locked out by others behind the same address.
    address = address_of(request)
    if seconds := services.failures.take(("token", address)):
        raise too_many("wrong tokens from this address", seconds)
    if not well_formed:
        raise not_signed_in("a token that was mistyped or cut short: its checksum does not fit")
    raise not_signed_in("a token that is not known, has expired or was revoked")


def _token_row(session: Session, hashed: str, now: datetime) -> tuple[Token, User] | None:
    found = session.execute(
        select(Token, User).join(User, User.id == Token.user).where(Token.hash == hashed)
    ).one_or_none()
    if found is None:
        return None
    token, user = found
    expired = token.expires_at is not None and token.expires_at <= now
    if expired or token.revoked_at is not None or user.disabled_at is not None:
        return None
    return token, user


def _touch_token(services: Services, token: Token) -> None:
    now = services.settings.clock()
    if token.used_at is not None and now - token.used_at < services.settings.sessions.touched_every:
        return
    with services.database.write() as session:
        if (row := session.get(Token, token.id)) is not None:
            row.used_at = now


def _by_session(services: Services, secret: str) -> Actor:
    settings, now = services.settings, services.settings.clock()
    with services.database.read() as session:
        found = session.execute(
            select(Login, User).join(User, User.id == Login.user).where(Login.id_hash == digest(secret))
        ).one_or_none()
    if found is None:
        return NOBODY
    login, user = found
    idle = now - login.seen_at
    if now >= login.expires_at or idle >= settings.sessions.idle or user.disabled_at is not None:
        return NOBODY
    if idle >= settings.sessions.touched_every:
        with services.database.write() as session:
            if (row := session.get(Login, login.id_hash)) is not None:
                row.seen_at = now
    return replace(_of(user), login=login.id_hash, csrf=login.csrf)


def _of(user: User) -> Actor:
    return Actor(user=user.id, name=user.name, admin=user.admin)


def address_of(request: Request) -> str:
    """Of the client, as the server or a trusted proxy before it says."""
    return request.client.host if request.client is not None else "unknown"
