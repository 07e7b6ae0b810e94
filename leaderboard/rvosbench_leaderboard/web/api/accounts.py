"""The account in use, and the way to a token by password."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import select

from rvosbench_leaderboard.database.tables import Benchmark, Organiser, User
from rvosbench_leaderboard.web.accounts.people import sign_in
from rvosbench_leaderboard.web.api.models import AccountAnswer, NewToken, SignIn
from rvosbench_leaderboard.web.api.shared import Shared, new_router
from rvosbench_leaderboard.web.api.tokens import token_answer
from rvosbench_leaderboard.web.security.actor import address_of
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.tokens import tokens

router = new_router("account")


@router.get("/account")
def account(services: Shared, granted: Annotated[Granted, Depends(Allow("account.read"))]) -> AccountAnswer:
    """Who is asking."""
    with services.database.read() as session:
        user = session.get_one(User, granted.user)
        organises = session.scalars(
            select(Benchmark.slug)
            .join(Organiser, Organiser.benchmark == Benchmark.id)
            .where(Organiser.user == user.id)
            .order_by(Benchmark.slug)
        ).all()
    return AccountAnswer(
        id=user.id, name=user.name, email=user.email, admin=user.admin, organises=list(organises)
    )


@router.post("/sign-in", status_code=201, dependencies=[Depends(Allow("account.token", checks_form=False))])
def sign_in_for_token(request: Request, services: Shared, wanted: SignIn) -> NewToken:
    """A token for e-mail address and password, for programs on the command line."""
    user = sign_in(services, address_of(request), wanted.email, wanted.password)
    with services.database.write() as session:
        token, secret = tokens.create(
            session, user.id, wanted.name, wanted.scopes, wanted.days, services.settings.clock()
        )
    return NewToken(token=secret, **token_answer(token).model_dump())
