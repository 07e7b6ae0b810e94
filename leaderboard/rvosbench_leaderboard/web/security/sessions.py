"""Sessions of browsers: begun with a new secret at every sign-in, so that nobody can prepare one for
another."""

from __future__ import annotations

from fastapi import Request, Response
from sqlalchemy import delete
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import Login
from rvosbench_leaderboard.web.config import WebSettings
from rvosbench_leaderboard.web.security.actor import session_cookie
from rvosbench_leaderboard.web.security.csrf import form_cookie
from rvosbench_leaderboard.web.security.secrets import digest, new_secret
from rvosbench_leaderboard.web.services import services_of


def begin(session: Session, user: str, settings: WebSettings) -> str:
    """The secret for the cookie. Ended sessions of this person are swept on the way."""
    now = settings.clock()
    session.execute(delete(Login).where(Login.user == user, Login.expires_at <= now))
    secret = new_secret()
    session.add(
        Login(
            id_hash=digest(secret),
            user=user,
            csrf=new_secret(),
            created_at=now,
            seen_at=now,
            expires_at=now + settings.sessions.absolute,
        )
    )
    return secret


def end(session: Session, id_hash: str) -> None:
    session.execute(delete(Login).where(Login.id_hash == id_hash))


def end_all(session: Session, user: str) -> None:
    session.execute(delete(Login).where(Login.user == user))


def give_cookie(request: Request, response: Response, secret: str) -> None:
    settings = services_of(request).settings
    response.set_cookie(
        session_cookie(settings),
        secret,
        max_age=int(settings.sessions.absolute.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.secure,
    )
    response.delete_cookie(form_cookie(settings), path="/", secure=settings.secure)


def take_cookie(request: Request, response: Response) -> None:
    settings = services_of(request).settings
    response.delete_cookie(session_cookie(settings), path="/", secure=settings.secure)
