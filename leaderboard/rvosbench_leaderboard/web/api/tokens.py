"""Tokens: which there are, a new one, and the end of one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from rvosbench_leaderboard.database.tables import Token
from rvosbench_leaderboard.web.api.models import NewToken, TokenAnswer, TokenRequest
from rvosbench_leaderboard.web.api.shared import Shared, new_router
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.tokens import tokens

router = new_router("tokens")


@router.get("/tokens")
def list_tokens(
    services: Shared, granted: Annotated[Granted, Depends(Allow("account.read"))]
) -> list[TokenAnswer]:
    """Your tokens that are not revoked, the newest first."""
    with services.database.read() as session:
        return [token_answer(one) for one in tokens.of_user(session, granted.user) if one.revoked_at is None]


@router.post("/tokens", status_code=201)
def create_token(
    services: Shared, wanted: TokenRequest, granted: Annotated[Granted, Depends(Allow("account.change"))]
) -> NewToken:
    """A new token, for a person who is signed in: a token cannot make another."""
    with services.database.write() as session:
        token, secret = tokens.create(
            session, granted.user, wanted.name, wanted.scopes, wanted.days, services.settings.clock()
        )
    return NewToken(token=secret, **token_answer(token).model_dump())


@router.delete("/tokens/{token}", status_code=204)
def revoke_token(
    token: str, services: Shared, granted: Annotated[Granted, Depends(Allow("token.change"))]
) -> None:
    """From now on the token is refused."""
    with services.database.write() as session:
        tokens.revoke(session, granted.id, services.settings.clock())


def token_answer(token: Token) -> TokenAnswer:
    return TokenAnswer(
        id=token.id,
        name=token.name,
        scopes=token.scopes,
        created_at=token.created_at,
        expires_at=token.expires_at,
        used_at=token.used_at,
    )
