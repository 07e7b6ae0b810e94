"""Accounts: made, entered, and given a new password."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rvosbench.errors import Code, Problem
from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import User
from rvosbench_leaderboard.organisers.audit import record
from rvosbench_leaderboard.web.accounts.links import Purpose, no_longer, use
from rvosbench_leaderboard.web.accounts.policy import Policy, policy
from rvosbench_leaderboard.web.refusal import Refusal, not_allowed, not_now, too_many
from rvosbench_leaderboard.web.security.passwords import LONGEST, SHORTEST
from rvosbench_leaderboard.web.security.sessions import begin, end_all
from rvosbench_leaderboard.web.services import Services

_ADDRESS = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,189}")
LONGEST_NAME = 100
OF_ONE_ACCOUNT = 2.0  # what a failure with one account counts, against 1 of those with any
FEWEST_DIFFERENT = 4  # characters of a password


def register(
    services: Services, address: str, name: str, email: str, password: str, invitation: str | None = None
) -> User:
    """A new account. Under `approval` it is disabled until an administrator enables it. Under `invitation`
    the secret of an unused link is needed."""
    if seconds := services.new_accounts.take(address):
        raise too_many("new accounts from this address", seconds)
    name, email = _checked(name, email, password)
    hashed, now = services.passwords.hash(password), services.settings.clock()
    with services.database.write() as session:
        rule = policy(session)
        if invitation is not None:
            use(session, Purpose.INVITE, invitation, now)
        elif rule is Policy.INVITATION:
            raise not_allowed(
                "registration",
                expected="a link of invitation",
                found="none",
                fix="ask the organisers for an invitation",
            )
        waits = rule is Policy.APPROVAL and invitation is None
        return _add(session, name, email, hashed, now, disabled_at=now if waits else None)


def register_admin(services: Services, secret: str, name: str, email: str, password: str) -> User:
    """By the link that `rvosbench serve` or `rvosbench admin` prints. An existing account with this e-mail
    address and password becomes an administrator; else a new one is made."""
    name, email = _checked(name, email, password)
    with services.database.read() as session:
        known = session.scalar(select(User).where(User.email == email))
    if known is not None and not services.passwords.fits(password, known.password_hash):
        raise _in_use()
    hashed, now = services.passwords.hash(password), services.settings.clock()
    with services.database.write() as session:
        use(session, Purpose.ADMIN, secret, now)
        user = session.scalar(select(User).where(User.email == email))
        if user is None:
            user = _add(session, name, email, hashed, now, admin=True)
        user.admin, user.disabled_at = True, None
        on = f"user:{user.id}"
        record(session, actor=user.id, action="administrator by link", on=on, now=now, name=user.name)
        return user


def sign_in(services: Services, address: str, email: str, password: str) -> User:
    """The same refusal, after the same work, for a name that does not exist and for a wrong password.
    Failures count for the pair of address and account, and for the address: nobody can lock another out."""
    key = email.strip().lower()[:254]
    for place, amount in (((address, key), OF_ONE_ACCOUNT), (address, 1.0)):
        if seconds := services.failures.wait(("password", place), amount):
            raise too_many("failed sign-ins", seconds)
    with services.database.read() as session:
        user = session.scalar(select(User).where(User.email == _plain(key)))
    right = len(password) <= LONGEST and services.passwords.fits(
        password, None if user is None else user.password_hash
    )
    if user is None or not right:
        services.failures.take(("password", (address, key)), OF_ONE_ACCOUNT)
        services.failures.take(("password", address))
        raise _wrong()
    if user.disabled_at is not None:
        raise not_allowed(
            "account",
            expected="an account that is enabled",
            found="one that is disabled, or waits for an administrator",
            fix="ask the organisers",
        )
    if services.passwords.is_outdated(user.password_hash):
        _store(services, user.id, services.passwords.hash(password))
    return user


def begin_session(services: Services, user: User) -> str:
    with services.database.write() as session:
        return begin(session, user.id, services.settings)


def change_password(services: Services, address: str, user: str, old: str, new: str) -> str:
    """Ends all sessions of this person, and gives the secret of a new one."""
    with services.database.read() as session:
        row = session.get_one(User, user)
    sign_in(services, address, row.email, old)
    _check_password(new, row.name, row.email)
    hashed = services.passwords.hash(new)
    with services.database.write() as session:
        session.get_one(User, user).password_hash = hashed
        end_all(session, user)
        return begin(session, user, services.settings)


def reset_password(services: Services, secret: str, new: str) -> User:
    """By a link that an administrator made; ends all sessions of this person."""
    _check_password(new)
    hashed, now = services.passwords.hash(new), services.settings.clock()
    with services.database.write() as session:
        link = use(session, Purpose.RESET, secret, now)
        user = session.get(User, link.subject) if link.subject is not None else None
        if user is None:
            raise no_longer()
        user.password_hash = hashed
        end_all(session, user.id)
        return user


def _add(
    session: Session,
    name: str,
    email: str,
    hashed: str,
    now: datetime,
    *,
    admin: bool = False,
    disabled_at: datetime | None = None,
) -> User:
    if session.scalar(select(User.id).where(User.email == email)) is not None:
        raise _in_use()
    user = User(
        id=new_id(now),
        name=name,
        email=email,
        password_hash=hashed,
        admin=admin,
        created_at=now,
        disabled_at=disabled_at,
    )
    session.add(user)
    return user


def _store(services: Services, user: str, hashed: str) -> None:
    with services.database.write() as session:
        session.get_one(User, user).password_hash = hashed


def _checked(name: str, email: str, password: str) -> tuple[str, str]:
    """All that is wrong at once."""
    name, email = unicodedata.normalize("NFC", name.strip()), email.strip().lower()
    problems = []
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        found = "some that cannot be printed" if 1 <= len(name) <= LONGEST_NAME else f"{len(name)} of them"
        problems.append(_problem("name", f"1 to {LONGEST_NAME} printable characters", found))
    if not _ADDRESS.fullmatch(email) or not email.isprintable():
        problems.append(_problem("email", "an e-mail address, such as ada@example.org"))
    problems += _of_password(password, name, email)
    if problems:
        raise Refusal(*problems)
    return name, email


def _check_password(password: str, name: str = "", email: str = "") -> None:
    if problems := _of_password(password, name, email):
        raise Refusal(*problems)


def _of_password(password: str, name: str, email: str) -> list[Problem]:
    if not SHORTEST <= len(password) <= LONGEST:
        return [_problem("password", f"{SHORTEST} to {LONGEST} characters", f"{len(password)} of them")]
    if password.lower() in (name.lower(), email):
        return [_problem("password", "another password than your name or address", "just that")]
    if (different := len(set(password))) < FEWEST_DIFFERENT:
        expected = f"at least {FEWEST_DIFFERENT} different characters"
        return [_problem("password", expected, f"{different} of them")]
    return []


def _problem(field: str, expected: str, found: str = "something else") -> Problem:
    return Problem(Code.BAD_REQUEST, field, expected, found, "correct the field")


def _plain(text: str) -> str:
    return text.replace("\x00", "")


def _in_use() -> Refusal:
    return not_now(
        "email",
        expected="an address without an account",
        found="one that has an account",
        fix="sign in, or ask an administrator for a link that sets a new password",
    )


def _wrong() -> Refusal:
    return Refusal(
        Problem(
            Code.NOT_SIGNED_IN,
            "sign-in",
            expected="the e-mail address and password of an account",
            found="no account that has both",
            fix="check both; an administrator can make a link that sets a new password",
        )
    )
